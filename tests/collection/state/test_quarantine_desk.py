"""Quarantine as a person works through it; runs as their manifests tell; what takes how much on disk."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facelib.catalog.reader import Catalog
from facelib.clock import now
from facelib.collection.state import disk_use, quarantine_desk, runs
from facelib.collection.state.channels import freshness, overdue
from facelib.collection.state.quarantine_desk import QuarantineDesk
from facelib.publish import publish
from facelib.store import plans, quarantine, uploads
from facelib.store.objects import Store
from facelib.store.plans import Manifest, Shard
from tests.support.collections import commit_video, list_channel

VIDEOS = ["toy_a-0123456789", "toy_b-0123456789", "toy_c-0123456789"]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    list_channel(store, VIDEOS)
    commit_video(store, VIDEOS[0], clips=1)
    for number, video_id in enumerate(VIDEOS):
        uploads.resolve(store, video_id, {"upload_day": "2026-01-05"})
        reason = "not_media" if number else "out_of_memory"
        quarantine.enter(store, video_id, "probe", "f" * 32, error="MediaError", reason=reason, message="broken")
    publish(store)
    return store


def test_entries_are_counted_ignored_and_released(store: Store) -> None:
    with Catalog(store) as catalog:
        desk = QuarantineDesk(store, catalog)
        assert [(r["reason"], r["n"], r["ignored"]) for r in desk.reasons()] == [
            ("not_media", 2, 0),
            ("out_of_memory", 1, 0),
        ]
        assert desk.count(reason="not_media") == 2
        row = desk.page(1, reason="out_of_memory")[0]
        entry = desk.entry(row)
        assert entry and row["title"] == VIDEOS[0]
        quarantine_desk.release(store, entry, "anna")
        assert QuarantineDesk(store, catalog).entry(row) is None
        assert uploads.pending_days(store) == ["2026-01-05"]
        other = desk.entry(desk.page(1, reason="not_media")[0])
        assert other
        quarantine_desk.ignore(store, other, "anna")
        assert QuarantineDesk(store, catalog).count() == 2
    publish(store)
    with Catalog(store) as catalog:
        desk = QuarantineDesk(store, catalog)
        assert (desk.count(), desk.count(ignored=True), desk.reasons()[0]["ignored"]) == (1, 1, 1)
        quarantine_desk.ignore(store, other, "anna", ignored=False)
        assert QuarantineDesk(store, catalog).count() == 2


def test_runs_tell_what_was_done(store: Store) -> None:
    plan_id, holder = "daily-20260105T000000.000000Z", "scheduled__2026-01-05"
    for number, video_id in enumerate(VIDEOS[:2]):
        key = f"plans/{plan_id}/shard-{number:05d}.json"
        plans.write_shard(store, Shard(key, plan_id, holder, "daily", 1, (video_id,), 2.0, 120.0))
        plans.write_manifest(
            store, Manifest("probe", key, done=1, seconds=1.5, quarantine_reasons={"not_media": number})
        )
    (run,) = runs.runs(store, runs.plan_ids(store))
    assert (run.started, run.holder, run.shards, run.begun) == ("2026-01-05T00:00:00+00:00", holder, 2, 2)
    assert run.by_airflow
    shown = runs.shards(store, runs.shard_keys(store, plan_id))
    (done,) = runs.by_stage(manifest for _, manifests in shown for manifest in manifests)
    assert (done.stage, done.done, done.seconds, done.reasons) == ("probe", 2, 3.0, {"not_media": 1})
    assert set(runs.runs_of(store, VIDEOS)) == set(VIDEOS[:2])


def test_a_channel_is_overdue_after_a_while(store: Store) -> None:
    with Catalog(store) as catalog:
        (row,) = freshness(store, catalog, now(), 36, limit=5)
        assert (row.title, row.uploads, row.videos, row.last_upload, row.overdue) == ("X", 3, 1, "2026-01-05", False)
        later = datetime.now(UTC) + timedelta(hours=37)
        assert freshness(store, catalog, later, 36, limit=5)[0].overdue
        assert (overdue(catalog, later, 36), overdue(catalog, now(), 36)) == (1, 0)


def test_disk_use_is_counted_by_kind_and_kept(store: Store, tmp_path: Path) -> None:
    store.put("media/a/b/c.mp4", b"x" * 1000)
    assert disk_use.kept(store, tmp_path) is None
    use = disk_use.count(store)
    kinds = {one.kind: (one.files, one.size_bytes) for one in use.kinds}
    assert kinds["clips and arrays"] == (1, 1000)
    assert sum(files for files, _ in kinds.values()) == sum(1 for path in store.root.rglob("*") if path.is_file())
    disk_use.keep(store, tmp_path, use)
    assert disk_use.kept(store, tmp_path) == use
