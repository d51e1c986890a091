"""Takedown in what is derived: catalogues, vector tables, snapshots, under the lock of publish."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import lancedb
import pytest

from facelib.catalog.reader import Catalog
from facelib.catalog.redact import redact
from facelib.clock import day_of, now
from facelib.collection.snapshots import publication
from facelib.collection.takedown import derived as takedown_derived
from facelib.collection.takedown.takedown import takedown
from facelib.errors import StoreError
from facelib.publish import publish
from facelib.store import leases, published, snapshots
from facelib.store.mentions import Mentions
from facelib.store.objects import Store
from facelib.store.video_files import remove_trees
from tests.support.collections import commit_video
from tests.support.filled_store import GONE, KEPT, OTHER, clips_of, left, run_sql

pytestmark = pytest.mark.timeout(120)


def test_snapshots_are_rewritten_marked_and_still_open(store: Store) -> None:
    assert takedown(store, "video", GONE, "asked to", dry_run=True).takedown.snapshots == ("after", "before")
    report = takedown(store, "video", GONE, "asked to")
    assert report.takedown.snapshots == ("after", "before")
    assert clips_of(store, "before") == ([f"{KEPT}--0", f"{KEPT}--1"],) * 2
    assert clips_of(store, "after") == ([f"{KEPT}--0", f"{KEPT}--1", f"{OTHER}--0"],) * 2
    for name in ("before", "after"):
        snapshot = snapshots.read(store, name)
        assert [r.takedown_id for r in snapshot.redacted] == [report.takedown.takedown_id]
        assert snapshot.redacted[0].at[:10] == day_of(now())
        assert snapshot.counts["clips"] == len(clips_of(store, name)[0])
        tables = lancedb.connect(str(store.path(snapshot.index)))
        assert name in tables.open_table(snapshot.vectors[0].name).tags.list()
    publish(store)
    commit_video(store, OTHER, clips=3, generation=2)
    publish(store)
    assert clips_of(store, "before") == ([f"{KEPT}--0", f"{KEPT}--1"],) * 2


def test_a_snapshot_that_never_held_it_is_not_marked(store: Store) -> None:
    assert takedown(store, "video", OTHER, "asked to", dry_run=True).takedown.snapshots == ("after",)
    report = takedown(store, "video", OTHER, "asked to")
    assert report.takedown.snapshots == ("after",)
    assert snapshots.read(store, "before").redacted == ()
    assert len(clips_of(store, "before")[0]) == 4


def test_catalogues_keep_their_views(store: Store) -> None:
    takedown(store, "video", GONE, "asked to")
    for one in (published.newest(store), publication(store, "before"), publication(store, "after")):
        with Catalog(store, one) as catalog:
            rows = catalog.rows("SELECT clip_id, url FROM provenance ORDER BY 1")
            assert len(rows) == len(catalog.rows("SELECT clip_id FROM clips")) > 0


@pytest.mark.parametrize("how", ["lock", "number"])
def test_one_that_lost_the_lock_leaves_what_is_published(
    store: Store, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    newest = published.newest(store)
    assert newest is not None
    theirs = replace(newest, number=newest.number + 1) if how == "number" else newest

    def late(*args: Any, **options: Any) -> dict[str, int]:
        removed = redact(*args, **options)
        if how == "number":
            assert published.write(store, theirs)
        else:
            leases.release(store, "publish")
            assert leases.take(store, "publish", "another", minutes=5)
        return removed

    with monkeypatch.context() as patch, pytest.raises(StoreError) as caught:
        patch.setattr(takedown_derived, "redact", late)
        takedown(store, "video", GONE, "asked to")
    assert caught.value.reason == "locked"
    assert published.newest(store) == theirs
    assert len(clips_of(store)[0]) == len(clips_of(store)[1]) == 4
    leases.release(store, "publish")
    report = takedown(store, "video", GONE, "asked to")
    assert left(store, report.takedown) == []


def test_persons_are_counted_anew_and_one_without_a_clip_goes(store: Store, tmp_path: Path) -> None:
    newest, target = published.newest(store), tmp_path / "new.duckdb"
    assert newest is not None
    shown = ((GONE, "person-p"), (KEPT, "person-p"), (GONE, "person-q"), (OTHER, "person-r"))
    clips = ", ".join(f"('{n}', '{video}', '{person}', 2.0)" for n, (video, person) in enumerate(shown))
    run_sql(store, f"INSERT INTO clip_people (clip_id, video_id, person_id, seconds) VALUES {clips}")
    people = ", ".join(f"('person-{one}', 'Name of {one}', 7)" for one in "pqr")
    run_sql(store, f"INSERT INTO people (person_id, name, clips) VALUES {people}")
    assert redact(store.path(newest.catalog), target, Mentions([GONE]))["people"] == 1
    with duckdb.connect(str(target)) as connection:
        counted = "SELECT person_id, name, clips, seconds, videos, channels, last_day FROM people ORDER BY 1"
        assert connection.execute(counted).fetchall() == [
            ("person-p", "Name of p", 1, 2.0, 1, 1, "2026-01-05"),
            ("person-r", "Name of r", 7, None, None, None, None),
        ]


def test_the_lock_is_kept_for_each_table_and_each_video(store: Store, tmp_path: Path) -> None:
    newest, kept = published.newest(store), list[int]()
    assert newest is not None
    redact(store.path(newest.catalog), tmp_path / "new.duckdb", Mentions([GONE]), lambda: kept.append(1))
    assert len(kept) >= len(newest.counts)
    kept.clear()
    remove_trees(store, [GONE, KEPT], lambda: kept.append(1))
    assert len(kept) == 2
