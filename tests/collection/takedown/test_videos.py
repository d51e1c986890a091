"""Which videos a takedown of a person or a channel is about."""

import pytest

from facelib.catalog.reader import Catalog
from facelib.collection.takedown.takedown import takedown
from facelib.errors import StoreError
from facelib.store import decisions, deny, leases, published, takedowns
from facelib.store.decisions import Decision
from facelib.store.mentions import TAKEN_DOWN
from facelib.store.objects import Store
from tests.support.collections import commit_video
from tests.support.filled_store import GONE, KEPT, OTHER, PLACE, clips_of, contents, left, run_sql

pytestmark = pytest.mark.timeout(120)


def test_a_person_goes_with_every_video_that_shows_it(store: Store) -> None:
    newest = published.newest(store)
    assert newest is not None
    import duckdb

    with duckdb.connect(str(store.path(newest.catalog))) as connection:
        for video_id, person in ((GONE, "person-abc"), (OTHER, "person-abc"), (KEPT, "person-def")):
            values = [f"{video_id}--0", video_id, person]
            connection.execute("INSERT INTO clip_people (clip_id, video_id, person_id) VALUES (?, ?, ?)", values)
        connection.execute("INSERT INTO people (person_id, name) VALUES ('person-abc', 'Anna'), ('person-def', 'Bo')")
    decisions.append(store, Decision("name", "me", {"person": "person-old", "name": "Anna"}))
    decisions.append(store, Decision("merge", "me", {"into": "person-abc", "persons": ["person-old"]}))
    place = {"clip_id": f"{KEPT}--1", "video_id": KEPT, **PLACE}
    split = {"person": "person-abc", "new_person": "person-def", "clips": [place]}
    decisions.append(store, Decision("split", "me", split))
    report = takedown(store, "person", "person-abc", "asked to")
    assert report.takedown.aliases == ("person-old",)
    assert report.takedown.videos == (GONE, OTHER)
    assert left(store, report.takedown) == []
    assert not any(b"Anna" in data for _, data in contents(store.root))
    with Catalog(store) as catalog:
        assert [row["name"] for row in catalog.rows("SELECT name FROM people")] == ["Bo"]
    assert split | {"person": TAKEN_DOWN} in [d.value for d in decisions.read_all(store)]


def show(store: Store, person: str, *videos: str, snapshot: str | None = None) -> None:
    """Give the first clip of some videos to a person, in what is published or in a snapshot."""
    rows = ", ".join(f"('{video}--0', '{video}', '{person}')" for video in videos)
    run_sql(store, f"INSERT INTO clip_people (clip_id, video_id, person_id) VALUES {rows}", snapshot)


def split_kept(store: Store) -> None:
    value = {"person": "person-p", "new_person": "person-q"}
    place = {"clip_id": f"{KEPT}--0", "video_id": KEPT, **PLACE}
    decisions.append(store, Decision("split", "me", {**value, "clips": [place]}))


def test_a_clip_that_is_somebody_elses_now_does_not_count(store: Store) -> None:
    show(store, "person-p", KEPT, GONE, snapshot="before")
    show(store, "person-p", OTHER)
    show(store, "person-q", KEPT)
    assert takedown(store, "person", "person-p", "asked to", dry_run=True).takedown.videos == (GONE, OTHER)
    assert takedown(store, "person", "person-q", "asked to", dry_run=True).takedown.videos == (KEPT,)


def test_a_split_counts_before_it_is_published(store: Store) -> None:
    show(store, "person-p", KEPT, OTHER)
    split_kept(store)
    assert takedown(store, "person", "person-p", "asked to", dry_run=True).takedown.videos == (OTHER,)
    assert takedown(store, "person", "person-q", "asked to", dry_run=True).takedown.videos == (KEPT,)
    decisions.append(store, Decision("merge", "me", {"into": "person-p", "persons": ["person-q"]}))
    assert takedown(store, "person", "person-p", "asked to", dry_run=True).takedown.videos == (KEPT, OTHER)


@pytest.mark.parametrize("kind", ["person", "channel"])
def test_what_a_publish_told_that_was_waited_for_goes_too(store: Store, kind: str) -> None:
    show(store, "person-p", OTHER)
    assert leases.take(store, "publish", "another", minutes=5)

    def say(text: str) -> None:
        if "waiting" in text:
            show(store, "person-p", KEPT)
            run_sql(store, f"INSERT INTO sightings (channel_id, video_id) VALUES ('channel_y', '{KEPT}')")
            leases.release(store, "publish")

    target = {"person": "person-p", "channel": "channel_y"}[kind]
    report = takedown(store, kind, target, "asked to", say=say)
    assert report.takedown.videos == (KEPT, OTHER)
    assert takedowns.read(store, report.takedown.takedown_id).videos == (KEPT, OTHER)
    assert {KEPT, OTHER} <= deny.denied(store)
    assert left(store, report.takedown) == []


def test_a_person_waits_for_commits_to_be_published(store: Store) -> None:
    show(store, "person-p", OTHER)
    new = "toy_new-0123456789"
    commit_video(store, new, clips=1)
    with pytest.raises(StoreError) as caught:
        takedown(store, "person", "person-p", "asked to")
    assert (caught.value.reason, "facelib publish" in str(caught.value.hint)) == ("unpublished_commits", True)
    assert (takedowns.read_all(store), deny.denied(store)) == ([], frozenset())
    assert len(clips_of(store)[0]) == 4
    deny.add(store, new, "a video that is held out does not count")
    assert takedown(store, "person", "person-p", "asked to").complete
