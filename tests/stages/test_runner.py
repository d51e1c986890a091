"""The runner, with the real stage ``probe`` and ``detect``'s place after it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from facelib.errors import ModelError, StageOff
from facelib.fetching.crawl import crawl
from facelib.fetching.download import download
from facelib.planning import plan
from facelib.settings import Settings
from facelib.stages import pipeline
from facelib.stages.commit import commit_shard
from facelib.stages.runner import StageRun
from facelib.store import commits, deny, layout, leases, plans, quarantine, results, uploads
from facelib.store.markers import CRASHES, Marker
from facelib.store.objects import Store
from facelib.store.plans import Manifest, Shard
from tests.support.pipelines import settings_in, write_film


class Bench:
    """A planned shard of one good and one broken upload."""

    def __init__(self, folder: Path) -> None:
        self.films = folder / "films"
        self.films.mkdir()
        write_film(self.films / "good.mp4", 60)
        (self.films / "torn.mp4").write_bytes(bytes(range(1, 251)) * 60)
        self.settings: Settings = settings_in(folder, probe={"min_bytes": 1000})
        self.store: Store = self.settings.open_store()
        crawl(self.store, self.settings, [str(self.films)])
        download(self.store, self.settings)
        made = plan(self.store, self.settings, uploads.days(self.store))
        self.shard: Shard = made.shards[0]
        self.good, self.torn = sorted(self.shard.videos)

    def run(self, stage: str = "probe", **options: bool) -> Manifest:
        runner = StageRun(
            self.store,
            self.shard,
            stage,
            weights=self.settings.open_weights(),
            work_dir=self.settings.work_dir,
            **options,  # type: ignore[arg-type]
        )
        return runner.run()

    def fingerprint(self, video_id: str, stage: str = "probe") -> str:
        revision = uploads.revision(self.store, video_id)
        assert revision is not None
        return pipeline.chain(self.settings.pipeline_document(), revision.digest)[stage]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def counts(manifest: Manifest) -> tuple[int, int, int, int]:
    return manifest.done, manifest.skipped, manifest.quarantined, manifest.blocked


def test_a_broken_upload_does_not_stop_its_shard_and_a_second_run_does_nothing(bench: Bench) -> None:
    first = bench.run()
    assert counts(first) == (1, 0, 1, 0)
    assert first.quarantine_reasons == {"not_media": 1}
    assert counts(bench.run()) == (0, 1, 0, 1)
    assert [m.done for m in plans.manifests(bench.store)] == [1, 0]


def test_force_computes_again_under_the_same_name(bench: Bench) -> None:
    bench.run()
    key = layout.result("probe", bench.good, bench.fingerprint(bench.good))
    before = bench.store.path(key).stat().st_mtime_ns
    assert bench.run(force=True).done == 1
    assert bench.store.path(key).stat().st_mtime_ns != before


def test_a_released_entry_is_tried_again(bench: Bench) -> None:
    bench.run()
    (entry,) = quarantine.active(bench.store)
    assert (entry.stage, entry.reason, entry.video_id) == ("probe", "not_media", bench.torn)
    quarantine.release(bench.store, entry, by="test")
    assert counts(bench.run()) == (0, 1, 1, 0)
    assert [e.attempts for e in quarantine.active(bench.store)] == [2]


@pytest.mark.parametrize(("crashes", "expected"), [(CRASHES - 1, (1, 0, 1, 0)), (CRASHES, (0, 0, 2, 0))])
def test_two_crashes_are_enough(bench: Bench, crashes: int, expected: tuple[int, int, int, int]) -> None:
    for _ in range(crashes):
        Marker(bench.store, "probe", bench.good, bench.fingerprint(bench.good)).begin()
    assert counts(bench.run()) == expected
    assert ("crashed" in {e.reason for e in quarantine.active(bench.store)}) is (crashes == CRASHES)
    assert list(bench.store.walk(layout.MARKERS)) == []


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda film: film.unlink(), "source_gone"),
        (lambda film: film.write_bytes(film.read_bytes() + b"x"), "source_changed"),
    ],
)
def test_a_source_that_is_not_what_it_was(bench: Bench, harm, reason: str) -> None:  # type: ignore[no-untyped-def]
    harm(bench.films / "good.mp4")
    assert bench.run().quarantine_reasons == {"not_media": 1, reason: 1}


def test_a_denied_video_is_not_touched(bench: Bench) -> None:
    deny.add(bench.store, bench.good, "asked to")
    assert counts(bench.run()) == (0, 0, 1, 0)
    assert results.read(bench.store, "probe", bench.good, bench.fingerprint(bench.good)) is None


def test_a_video_that_another_plan_holds_is_left_alone(bench: Bench) -> None:
    leases.release(bench.store, f"video/{bench.good}")
    leases.take(bench.store, f"video/{bench.good}", "somebody else", minutes=5)
    assert counts(bench.run()) == (0, 0, 1, 1)


def test_what_a_stage_reads_must_be_there(bench: Bench) -> None:
    assert counts(bench.run("track")) == (0, 0, 0, 2)


def test_absent_weights_stop_the_task_and_harm_no_video(bench: Bench, tmp_path: Path) -> None:
    bench.run()
    bench.settings.models_dir = tmp_path / "nowhere"
    with pytest.raises(ModelError, match="facelib models fetch centerface"):
        bench.run("detect")
    assert {entry.stage for entry in quarantine.active(bench.store)} == {"probe"}
    assert list(bench.store.walk(layout.MARKERS)) == []
    commit_shard(bench.store, bench.shard)
    current = commits.current(commits.all_names(bench.store))[bench.good]
    states = commits.read(bench.store, current, only=()).head["stages"]
    assert states["detect"]["reason"] == "not_computed: no_weights: centerface"
    assert states["track"]["reason"] == states["detect"]["reason"]
    again = plan(bench.store, bench.settings, uploads.days(bench.store), name=bench.shard.holder)
    assert bench.good in again.shards[0].videos


def test_weights_other_than_the_planned_ones_compute_nothing(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "other.onnx").write_bytes(b"one")
    bench.settings.weights = {"centerface": tmp_path / "other.onnx"}
    bench.run()
    bench.shard = plan(bench.store, bench.settings, uploads.days(bench.store), name=bench.shard.holder).shards[0]
    (tmp_path / "other.onnx").write_bytes(b"two")
    with pytest.raises(ModelError) as caught:
        bench.run("detect")
    assert caught.value.reason == "other_weights"


def test_weights_named_after_planning_compute_nothing(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "other.onnx").write_bytes(b"one")
    bench.run()
    bench.settings.weights = {"centerface": tmp_path / "other.onnx"}
    with pytest.raises(ModelError) as caught:
        bench.run("detect")
    assert caught.value.reason == "other_weights"


def test_weights_that_no_library_can_read_stop_the_task_and_harm_no_video(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "other.onnx").write_bytes(b"no graph")
    bench.settings.weights = {"centerface": tmp_path / "other.onnx"}
    bench.shard = plan(bench.store, bench.settings, uploads.days(bench.store), name=bench.shard.holder).shards[0]
    bench.run()
    with pytest.raises(ModelError) as caught:
        bench.run("detect")
    assert caught.value.reason == "bad_weights"
    assert {entry.stage for entry in quarantine.active(bench.store)} == {"probe"}


def test_a_stage_that_is_off_is_skipped(bench: Bench) -> None:
    with pytest.raises(StageOff, match="the stage voice is off") as caught:
        bench.run("voice")
    assert caught.value.exit_code == ModelError.exit_code


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.usefixtures("lite_models")
def test_a_run_that_is_told_to_stop_leaves_nothing_half_written(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    bench = Bench(tmp_path)
    write_film(bench.films / "long.mp4", 3000, size=256)
    crawl(bench.store, bench.settings, [str(bench.films)], force=True)
    download(bench.store, bench.settings)
    bench.run()
    bench.shard = plan(bench.store, bench.settings, uploads.days(bench.store), name=bench.shard.holder).shards[0]
    bench.run()
    environment = {
        **os.environ,
        "FACELIB_STORE": str(bench.store.root),
        "FACELIB_WORK_DIR": str(bench.settings.work_dir),
        "FACELIB_MODELS_DIR": str(bench.settings.models_dir.resolve()),
    }
    command = [sys.executable, "-m", "facelib.cli", "run", "detect", "--shard", bench.shard.key]
    long = next(video for video in bench.shard.videos if "long" in video)
    marker = layout.markers("detect", long, bench.fingerprint(long, "detect"))
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        deadline = time.monotonic() + 60
        while not bench.store.names(marker) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
        time.sleep(0.2)
        process.send_signal(number)
        _, said = process.communicate(timeout=120)
    assert process.returncode == code, said
    assert "next run goes on" in said
    assert results.read(bench.store, "detect", long, bench.fingerprint(long, "detect")) is None
    assert bench.store.names(marker) == []
    assert bench.store.names(".tmp") == []
    assert [e.stage for e in quarantine.active(bench.store)] == ["probe"]
