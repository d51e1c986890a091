"""Raw downloads are let go for good, so each condition that keeps one has its case."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from facelib.clock import now
from facelib.maintenance import raw
from facelib.planning import finish, plan
from facelib.settings import Settings
from facelib.shards import run_shards
from facelib.stages import pipeline
from facelib.store import commits, deny, layout, leases, quarantine, results, uploads
from facelib.store.objects import Store
from facelib.store.uploads import Revision
from tests.support.pipelines import settings_in, write_film

pytestmark = pytest.mark.usefixtures("lite_models")
OFF = {"landmarks": {"model": "none"}, "syncnet": {"model": "none"}, "image": {"model": "none"}}
OFF |= {"hubert": {"model": "none"}, "speech": {"model": "none"}, "voice": {"model": "none"}}
VIDEO = "file_film-0123456789"
DAY = "2026-01-05"


def settings_of(folder: Path, **values: Any) -> Settings:
    made = settings_in(folder, probe={"min_bytes": 1000}, **OFF)
    maintenance = made.maintenance.model_copy(update={"raw_days": 1.0, **values})
    return made.model_copy(update={"maintenance": maintenance})


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store in which one downloaded video is done."""
    from facelib.digests import digest_file

    folder = tmp_path_factory.mktemp("raw")
    settings = settings_of(folder)
    store = settings.open_store()
    film = write_film(folder / "film.mp4", 30)
    digest, size = digest_file(film), film.stat().st_size
    upload = {"video_id": VIDEO, "upload_day": DAY, "duration_s": 1.2, "url": "https://example.org/a"}
    upload |= {"extractor": "toy", "title": "", "channel_id": "c", "channel_title": ""}
    uploads.record_sighting(store, VIDEO, upload, now())
    uploads.resolve(store, VIDEO, {"upload_day": DAY})
    key = layout.raw(VIDEO, digest, ".mp4")
    store.put_file(key, film)
    uploads.add_revision(store, Revision(1, digest, size, key, "", now().isoformat()), VIDEO)
    made = plan(store, settings, [DAY])
    run_shards(settings, made.shards, watch=lambda *told: None, say=print)
    finish(store, made.plan_id)
    return folder


@pytest.fixture
def store(done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A copy of that store, two days later."""
    import shutil

    shutil.copytree(done / "store", tmp_path / "store")
    later = now() + timedelta(days=2)
    monkeypatch.setattr(raw, "now", lambda: later)
    yield Store(tmp_path / "store")


def raw_files(store: Store) -> list[str]:
    return list(store.walk(layout.RAW))


def test_the_download_of_a_video_that_is_done_goes(store: Store, tmp_path: Path) -> None:
    size = store.size(raw_files(store)[0])
    assert raw.let_go(store, settings_of(tmp_path), dry_run=True).size_bytes == size
    assert raw_files(store)
    freed = raw.let_go(store, settings_of(tmp_path), dry_run=False)
    assert (freed.things, freed.files, freed.size_bytes) == (1, 1, size)
    assert raw_files(store) == []
    assert plan(store, settings_of(tmp_path), [DAY]).shards == (), "nothing of it is computed again"
    assert raw.let_go(store, settings_of(tmp_path), dry_run=False).things == 0


def _lease(store: Store) -> None:
    leases.take(store, f"video/{VIDEO}", "plan", minutes=10.0)


def _media_lost(store: Store) -> None:
    name = commits.read(store, commits.all_names(store)[0], only=()).head["stages"]["probe"]["fingerprint"]
    results.discard(store, "probe", VIDEO, name)


KEEPS: dict[str, Callable[[Store], object]] = {
    "it is leased": _lease,
    "it waits for its commit": lambda store: uploads.set_pending(store, DAY, VIDEO),
    "it is on the deny list": lambda store: deny.add(store, VIDEO, "x"),
    "a result is gone": _media_lost,
    "it has no commit": lambda store: store.remove_tree(layout.COMMITS),
}


@pytest.mark.parametrize("why", KEEPS)
def test_it_stays_where(store: Store, tmp_path: Path, why: str) -> None:
    KEEPS[why](store)
    assert raw.let_go(store, settings_of(tmp_path), dry_run=False).things == 0
    assert raw_files(store)


@pytest.mark.parametrize("values", [{"raw_days": 0.0}, {"raw_days": 3.0}])
def test_it_stays_for_the_days_that_the_setting_says(store: Store, tmp_path: Path, values: dict[str, float]) -> None:
    assert raw.let_go(store, settings_of(tmp_path, **values), dry_run=False).things == 0


def test_it_stays_where_a_stage_is_stale_or_failed(store: Store, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    document = settings.pipeline.model_dump(mode="json")
    document["track"]["min_face_side"] += 1
    changed = settings.model_copy(update={"pipeline": settings.pipeline.model_validate(document)})
    assert raw.let_go(store, changed, dry_run=False).things == 0, "track is stale"
    revision = uploads.revision(store, VIDEO)
    assert revision
    name = pipeline.chain(changed.pipeline_document(), revision.digest)["track"]
    quarantine.enter(store, VIDEO, "track", name, error="E", reason="exception", message="x")
    made = plan(store, changed, [DAY])
    run_shards(changed, made.shards, watch=lambda *told: None, say=print)
    finish(store, made.plan_id)
    assert raw.let_go(store, changed, dry_run=False).things == 0, "track is in quarantine"
    assert raw_files(store)
