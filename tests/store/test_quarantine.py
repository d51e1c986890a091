from facelib.store import quarantine
from facelib.store.markers import CRASHES, Marker
from facelib.store.objects import Store
from facelib.store.quarantine import Entry


def _enter(store: Store, fingerprint: str = "f1") -> Entry:
    return quarantine.enter(store, "v", "detect", fingerprint, error="MediaError", reason="no_video", message="m")


def test_enter_find_release_enter_again(store: Store) -> None:
    first = _enter(store)
    assert quarantine.find(store, "v", "detect", "f1") == first
    assert _enter(store) == first
    quarantine.release(store, first, by="anna")
    assert quarantine.find(store, "v", "detect", "f1") is None
    assert list(quarantine.active(store)) == []
    assert _enter(store).attempts == 2
    assert [entry.attempts for entry in quarantine.active(store, video_id="v")] == [2]


def test_another_fingerprint_is_another_try(store: Store) -> None:
    _enter(store)
    assert quarantine.find(store, "v", "detect", "f2") is None


def test_markers_count_only_what_died_without_a_word(store: Store) -> None:
    for _ in range(CRASHES):
        Marker(store, "detect", "v", "f").begin()
    stopped = Marker(store, "detect", "v", "f")
    stopped.begin()
    stopped.end()
    assert Marker(store, "detect", "v", "f").left_over() == CRASHES
    stopped.clear()
    assert Marker(store, "detect", "v", "f").left_over() == 0
