"""The pointer to what is published: the newest one, also while others change it."""

from pathlib import Path

import pytest

from facelib.errors import StoreError
from facelib.store import layout, published
from facelib.store.objects import Store
from facelib.store.published import Publication


def publication(number: int) -> Publication:
    return Publication(number, f"catalog/{number}.duckdb", f"index/{number}", "", "2026-01-05T00:00:00+00:00")


def test_the_highest_number_is_current(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert published.newest(store) is None
    assert all(published.write(store, publication(number)) for number in (1, 2))
    assert not published.write(store, publication(2))
    assert published.newest(store) == publication(2)


@pytest.mark.parametrize("comes", [True, False])
def test_a_pointer_that_goes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, comes: bool) -> None:
    store, read = Store(tmp_path), Store.read

    def late(self: Store, key: str) -> bytes:
        if key == layout.published(1):
            if comes:
                published.write(store, publication(2))
                store.remove(key)
            raise StoreError("not in the store", reason="missing")
        return read(self, key)

    published.write(store, publication(1))
    monkeypatch.setattr(Store, "read", late)
    if comes:
        assert published.newest(store) == publication(2)
    else:
        with pytest.raises(StoreError, match="not in the store"):
            published.newest(store)
