"""Results do not depend on what is computed together: the shard that a video is in, or the batch."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.ingest import ingest
from facelib.settings import Settings
from facelib.stages import pipeline
from facelib.store import results, uploads
from facelib.store.results import Result
from tests.support.odd_videos import plain
from tests.support.pipelines import settings_in

pytest.importorskip("torch").set_num_threads(1)
pytestmark = [pytest.mark.media, pytest.mark.slow, pytest.mark.timeout(600)]

N_FRAMES = 40
PARAMS: dict[str, Any] = {
    "track": {"min_seconds": 1.0},
    "speaker": {"model": "light_asd", "max_shift": 6},
    "voice": {"model": "resemblyzer", "min_speech_s": 0.5},
    "iqa": {"frames": 3},
    "image": {"frames": 3},
    "embed": {"best": 3, "candidates": 4, "check_faces": 3},
}
STAGES = [stage.name for stage in pipeline.PIPELINE]
TOLERANCE = 1e-5

Results = dict[tuple[str, str], Result]


@dataclasses.dataclass(frozen=True)
class Run:
    """A collection, and the results in it by stage and video."""

    settings: Settings
    shards: int
    found: Results


@pytest.fixture(scope="module")
def runs(
    tmp_path_factory: pytest.TempPathFactory, media_dir: Path, shared_weights: Path, lite_models: Path
) -> tuple[Run, Run]:
    """The same two videos together with a batch of 1, and each in a shard of its own with a batch of 8."""
    videos = tmp_path_factory.mktemp("videos")
    for name in ("talker_a", "talker_b"):
        plain(media_dir / f"{name}.mp4", N_FRAMES).write(videos / f"{name}.mkv")

    def run(shard_minutes: float, batch: int) -> Run:
        settings = settings_in(tmp_path_factory.mktemp("store"), **PARAMS)
        settings.device, settings.batch = "cpu", batch
        settings.weights = {"light_asd": shared_weights / "light_asd_ava.model"}
        settings.plan.shard_minutes = shard_minutes
        report = ingest(settings, [str(videos)])
        return Run(settings, report["shards"], _results(settings))

    return run(15.0, 1), run(1e-6, 8)


def _results(settings: Settings) -> Results:
    store, document = settings.open_store(), settings.pipeline_document()
    found: Results = {}
    for video_id in uploads.videos(store):
        revision = uploads.revision(store, video_id)
        assert revision is not None
        for stage, name in pipeline.chain(document, revision.digest).items():
            result = results.read(store, stage, video_id, name)
            assert result is not None, (stage, video_id)
            found[stage, video_id] = result
    return found


def test_the_runs_differ_in_their_shards(runs: tuple[Run, Run]) -> None:
    assert [run.shards for run in runs] == [1, 2]
    assert all(len(run.found) == 2 * len(STAGES) for run in runs)


@pytest.mark.parametrize("stage", STAGES)
def test_tables_are_equal(runs: tuple[Run, Run], stage: str) -> None:
    together, apart = (run.found for run in runs)
    for key in (key for key in together if key[0] == stage):
        one, other = together[key], apart[key]
        assert one.fingerprint == other.fingerprint
        assert set(one.tables) == set(other.tables)
        for name in one.tables:
            _same(one.rows(name), other.rows(name), f"{stage}.{name}")
        _same(one.head["facts"], other.head["facts"], f"{stage} facts")
    assert stage in ("probe", "detect", "track") or any(
        together[key].tables[stage].num_rows for key in together if key[0] == stage
    )


@pytest.mark.parametrize("stage", ["track", "landmarks", "hubert"])
def test_files_are_equal(runs: tuple[Run, Run], stage: str) -> None:
    together, apart = runs
    for key in (key for key in together.found if key[0] == stage):
        files, others = together.found[key].media, apart.found[key].media
        assert files and [file.name for file in files] == [file.name for file in others]
        for file, other in zip(files, others, strict=True):
            if not file.name.endswith(".npy"):
                assert file.digest == other.digest
                continue
            one, two = (
                np.load(run.settings.open_store().path(each.key), allow_pickle=False)
                for run, each in ((together, file), (apart, other))
            )
            assert one.dtype == two.dtype and np.allclose(one, two, rtol=TOLERANCE, atol=TOLERANCE)


def _same(one: Any, other: Any, place: str) -> None:
    """Numbers with a point to 1e-5, of their size where that is above 1; all else exactly."""
    assert type(one) is type(other), place
    if isinstance(one, dict):
        assert list(one) == list(other), place
        for name in one:
            _same(one[name], other[name], f"{place}.{name}")
    elif isinstance(one, list):
        assert len(one) == len(other), place
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            _same(left, right, f"{place}[{number}]")
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=TOLERANCE, abs=TOLERANCE, nan_ok=True), place
    else:
        assert one == other, place
