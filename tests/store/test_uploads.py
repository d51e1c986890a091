from datetime import UTC, datetime, timedelta

import pytest

from facelib.store import generations, uploads
from facelib.store.objects import Store
from facelib.store.uploads import Revision

SEEN = datetime(2026, 3, 4, 23, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("listed", "learned", "expected"),
    [
        ("2026-01-05", None, "2026-01-05"),
        (None, "2026-01-06", "2026-01-06"),
        ("2026-01-05", "2026-01-06", "2026-01-06"),
        (None, None, "2026-03-04"),
    ],
)
def test_the_day_is_decided_once(store: Store, listed: str | None, learned: str | None, expected: str) -> None:
    assert uploads.record_sighting(store, "v", {"video_id": "v", "upload_day": listed}, SEEN)
    assert not uploads.record_sighting(store, "v", {"video_id": "v", "upload_day": "2000-01-01"}, SEEN)
    assert uploads.resolve(store, "v", {"upload_day": learned} if learned else {}) == expected
    assert uploads.resolve(store, "v", {"upload_day": "2020-02-02"}) == expected
    assert uploads.days(store) == [expected]
    assert uploads.videos_of(store, expected) == ["v"]


def test_the_first_revision_is_in_force(store: Store) -> None:
    first, second = (Revision(1, digest * 64, 1, "", "/x", "t") for digest in "ab")
    assert uploads.revision(store, "v") is None
    assert uploads.add_revision(store, first, "v") == first
    assert uploads.add_revision(store, second, "v") == first
    assert uploads.revision(store, "v") == first


def test_listed_since(store: Store) -> None:
    uploads.record_listing(store, {"channel_id": "c", "url": "u"}, [], SEEN)
    assert uploads.listed_since(store, "c", SEEN - timedelta(hours=6))
    assert not uploads.listed_since(store, "c", SEEN + timedelta(seconds=1))
    assert not uploads.listed_since(store, "d", SEEN)


def test_a_changed_setting_is_a_new_generation_and_so_is_going_back(store: Store) -> None:
    numbers = [generations.current(store, {"step": step}) for step in (5, 5, 6, 6, 5)]
    assert numbers == [1, 1, 2, 2, 3]
    assert generations.read(store, 2) == {"step": 6}
