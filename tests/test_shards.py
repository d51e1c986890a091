"""Shards on this machine, in one process and in several."""

from pathlib import Path

import pytest

from facelib.fetching.crawl import crawl
from facelib.fetching.download import download
from facelib.planning import plan
from facelib.shards import run_shards
from facelib.store import commits, plans, uploads
from tests.support.pipelines import settings_in, write_film


@pytest.mark.usefixtures("lite_models")
@pytest.mark.parametrize("processes", [1, 2])
def test_every_shard_is_run_and_told_of(tmp_path: Path, processes: int) -> None:
    films = tmp_path / "films"
    films.mkdir()
    for number in range(3):
        write_film(films / f"film{number}.mp4", 30, value=60 + 20 * number)
    settings = settings_in(tmp_path, probe={"min_bytes": 1000})
    settings.plan.shard_minutes = 0.0001
    settings.processes = processes
    store = settings.open_store()
    crawl(store, settings, [str(films)])
    download(store, settings)
    made = plan(store, settings, uploads.days(store))
    assert len(made.shards) == 3
    told: list[tuple[str, str]] = []
    run_shards(settings, made.shards, watch=lambda stage, total, video, outcome: told.append((stage, video)), say=print)
    videos = uploads.videos(store)
    assert {video for stage, video in told if stage == "track"} == set(videos)
    assert {name.video_id for name in commits.all_names(store)} == set(videos)
    assert sum(manifest.done for manifest in plans.manifests(store) if manifest.stage == "detect") == 3


@pytest.mark.parametrize("processes", [1, 2])
def test_absent_weights_are_told_and_the_rest_goes_on(tmp_path: Path, processes: int) -> None:
    films = tmp_path / "films"
    films.mkdir()
    for number in range(2):
        write_film(films / f"film{number}.mp4", 30, value=60 + 20 * number)
    settings = settings_in(tmp_path, probe={"min_bytes": 1000})
    settings.plan.shard_minutes = 0.0001
    settings.processes, settings.models_dir = processes, tmp_path / "nowhere"
    store = settings.open_store()
    crawl(store, settings, [str(films)])
    download(store, settings)
    said: list[str] = []
    made = plan(store, settings, uploads.days(store))
    run_shards(settings, made.shards, watch=lambda *told: None, say=said.append)
    assert sum("facelib models fetch centerface" in line for line in said) == 2
    reasons = [
        commits.read(store, name, only=()).head["stages"]["track"]["reason"] for name in commits.all_names(store)
    ]
    assert reasons == ["not_computed: no_weights: centerface"] * 2
