import pytest

from facelib.errors import StoreError
from facelib.store import leases
from facelib.store.objects import Store


def test_one_holder_at_a_time(store: Store) -> None:
    assert leases.take(store, "video/v", "a", minutes=10)
    assert not leases.take(store, "video/v", "b", minutes=10)
    assert leases.take(store, "video/v", "a", minutes=10)
    assert leases.held(store, "video/v") == "a"


@pytest.mark.parametrize(("releaser", "freed"), [("a", True), ("b", False), (None, True)])
def test_release(store: Store, releaser: str | None, freed: bool) -> None:
    leases.take(store, "n", "a", minutes=10)
    assert leases.release(store, "n", releaser) is freed
    assert leases.take(store, "n", "b", minutes=10) is freed


def test_an_expired_lease_is_free(store: Store) -> None:
    leases.take(store, "n", "a", minutes=-1)
    assert leases.held(store, "n") is None
    assert leases.take(store, "n", "b", minutes=10)
    assert not leases.take(store, "n", "a", minutes=10)


def test_a_long_chain_stays_short_on_disk(store: Store) -> None:
    for number in range(20):
        assert leases.take(store, "n", f"h{number}", minutes=10)
        assert leases.release(store, "n")
    assert len(store.names("leases/n")) <= 4
    assert not leases.release(store, "n")


def test_who_was_overtaken_while_writing_does_not_hold(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put = Store.put

    def late(self: Store, key: str, data: bytes) -> bool:
        monkeypatch.setattr(Store, "put", put)
        for holder in ("b", "c"):
            assert leases.take(store, "n", holder, minutes=10)
            assert leases.release(store, "n", holder)
        assert leases.take(store, "n", "d", minutes=10)
        return self.put(key, data)

    monkeypatch.setattr(Store, "put", late)
    assert not leases.take(store, "n", "a", minutes=10)
    assert leases.held(store, "n") == "d"


def test_locked_names_the_lock_and_frees_it_after_an_error(store: Store) -> None:
    with pytest.raises(RuntimeError), leases.locked(store, "publish"):
        with pytest.raises(StoreError, match="'publish'"), leases.locked(store, "publish"):
            pass
        raise RuntimeError
    with leases.locked(store, "publish"):
        pass
