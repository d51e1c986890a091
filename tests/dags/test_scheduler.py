"""The DAGs under a real scheduler, on real clips, with the real command line. Takes two to four minutes."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from facelib.demo.airflow import Airflow
from facelib.demo.airflow_config import free_port
from operators.shard_tasks import FEATURES

pytestmark = [pytest.mark.slow, pytest.mark.media, pytest.mark.timeout(2400)]

ROOT = Path(__file__).resolve().parents[2]
MODELS = Path(os.environ.get("FACELIB_MODELS_DIR", ROOT / "data" / "models"))
TODAY = datetime.now(UTC).date()
LONG_AGO, LATELY = TODAY - timedelta(days=5), TODAY - timedelta(days=2)
UPLOADS = {"talker_a": LONG_AGO, "talker_b": LONG_AGO, "talker_c": LATELY}
BREAKS = "talker_b"
IDLE_SECONDS = 900.0

# Runs the facelib command, but breaks one stage on the shard of one video while a file is there.
BREAKING_COMMAND = """\
#!{python}
import os, pathlib, sys
argv = sys.argv[1:]
if argv[:2] == ["run", "track"] and pathlib.Path({flag!r}).exists():
    if {breaks!r} in (pathlib.Path(os.environ["FACELIB_STORE"]) / argv[3]).read_text():
        sys.exit("error: this node is broken")
os.execv({command!r}, [{command!r}, *argv])
"""


@dataclass
class Story:
    """What happened: the runs that each step started, and what lay in the store after it.

    Results are files with the time of their last change, in ns.
    """

    airflow: Airflow
    store: Path
    seen: set[str] = field(default_factory=set)
    runs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    tasks: dict[str, dict[str, str]] = field(default_factory=dict)
    results: dict[str, dict[str, int]] = field(default_factory=dict)
    published: dict[str, dict[str, Any]] = field(default_factory=dict)

    def note(self, step: str) -> None:
        """Wait until nothing runs, and write down what is new."""
        runs = [run for run in self.airflow.wait_idle(IDLE_SECONDS) if run["dag_run_id"] not in self.seen]
        self.seen |= {run["dag_run_id"] for run in runs}
        self.runs[step] = runs
        files = (self.store / "results").rglob("*.parquet")
        self.results[step] = {str(path.relative_to(self.store)): path.stat().st_mtime_ns for path in files}
        for run in runs:
            tasks = self.airflow.task_instances(run["dag_id"], run["dag_run_id"])
            self.tasks[run["dag_run_id"]] = {
                task["task_id"] + (f"[{task['map_index']}]" if task["map_index"] >= 0 else ""): task["state"]
                for task in tasks
            }
        last = [run["dag_run_id"] for run in self.runs[step] if run["dag_id"] == "index_publish"]
        if last:
            self.published[step] = self.airflow.result("index_publish", last[-1], "publish")

    def states(self, step: str, dag_id: str) -> dict[str | None, str]:
        """Partition key to state of the runs of one DAG in one step, without those that the schedule started."""
        found = [run for run in self.runs[step] if run["dag_id"] == dag_id and run["run_type"] != "scheduled"]
        return {run["partition_key"]: run["state"] for run in found}

    def tasks_of(self, step: str, day: date) -> dict[str, str]:
        """Tasks of the pipeline's run for one day."""
        found = [
            run["dag_run_id"]
            for run in self.runs[step]
            if run["dag_id"] == "clip_pipeline" and run["partition_key"] == str(day)
        ]
        assert len(found) == 1
        return self.tasks[found[0]]


@pytest.fixture(scope="module")
def story(media_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    if not (MODELS / "centerface").is_dir():
        pytest.skip(f"no model weights in {MODELS}: run 'facelib models fetch'")
    folder = tmp_path_factory.mktemp("scheduler")
    flag = folder / "broken"
    flag.touch()
    config = folder / "facelib.toml"
    config.write_text("[pipeline.iqa]\nframes = 8\n")
    channel = upload_clips(media_dir, folder / "channel")
    env = {
        "FACELIB_CONFIG": str(config),
        "FACELIB_TASK_COMMAND": str(breaking_command(folder, flag)),
        "FACELIB_TASK_RETRIES": "1",
        "FACELIB_TASK_RETRY_SECONDS": "1",
        "FACELIB_STORE": str(folder / "store"),
        "FACELIB_WORK_DIR": str(folder / "work"),
        "FACELIB_MODELS_DIR": str(MODELS),
        "FACELIB_EXPORTS_DIR": str(folder / "exports"),
        "FACELIB_CHANNELS": f'["{channel}"]',
        "FACELIB_THREADS": "1",
        "FACELIB_PLAN__SHARD_MINUTES": "0.001",
    }
    with Airflow(folder / "airflow", ROOT / "dags", env, port=free_port(), parallelism=3) as airflow:
        told = Story(airflow, folder / "store")
        airflow.unpause("channel_ingest", "clip_pipeline", "index_publish", "dataset_export", "feature_backfill")
        airflow.trigger("channel_ingest")
        told.note("first")
        flag.unlink()
        airflow.trigger("clip_pipeline", str(LONG_AGO))
        told.note("repaired")
        airflow.backfill("channel_ingest", LONG_AGO, LONG_AGO)
        told.note("backfill")
        backfill_completed(airflow, LONG_AGO)
        told.note("completed")
        airflow.trigger("clip_pipeline")
        told.note("no day")
        wanted = {"name": "set", "format": "lmdb", "where": "clips.has_audio", "splits": "50/50"}
        airflow.trigger("dataset_export", conf={**wanted, "settings": {"every": 5}})
        airflow.trigger("dataset_export", conf={"name": "none", "where": "no such column"})
        told.note("export")
        config.write_text("[pipeline.iqa]\nframes = 4\n")
        airflow.trigger(
            "feature_backfill", conf={"stage": "iqa", "where": f"clips.video_id NOT LIKE 'file_{BREAKS}-%'"}
        )
        told.note("feature")
        yield told


def upload_clips(media: Path, channel: Path) -> Path:
    channel.mkdir()
    for name, day in UPLOADS.items():
        path = channel / f"{name}.mp4"
        subprocess.run(
            [get_ffmpeg_exe(), "-v", "error", "-i", media / f"{name}.mp4", "-t", "2", "-c", "copy", path],
            check=True,
        )
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()
        os.utime(path, (noon, noon))
    return channel


def breaking_command(folder: Path, flag: Path) -> Path:
    command = shutil.which("facelib", path=str(Path(sys.executable).parent))
    assert command
    path = folder / "facelib"
    path.write_text(BREAKING_COMMAND.format(python=sys.executable, flag=str(flag), breaks=BREAKS, command=command))
    path.chmod(0o755)
    return path


def backfill_completed(airflow: Airflow, day: date) -> None:
    """Airflow takes up to 30 s to see that the backfill before is over, and allows one at a time."""
    airflow.until(
        lambda: all(b["completed_at"] for b in airflow.call("GET", "/backfills?dag_id=channel_ingest")["backfills"]),
        180,
        "done with the first backfill",
    )
    airflow.backfill("channel_ingest", day, day, reprocess="completed")
    time.sleep(1)


def test_a_run_takes_every_new_upload_whatever_its_day(story: Story) -> None:
    assert story.states("first", "channel_ingest") == {None: "success"}
    assert story.states("first", "clip_pipeline") == {str(LONG_AGO): "failed", str(LATELY): "success"}


def test_an_upload_dated_five_days_ago_is_published(story: Story) -> None:
    assert set(story.states("first", "index_publish")) == {"all"}
    assert story.published["first"]["counts"]["clips"] == 2
    assert {name.split("/")[2].split("-")[0] for name in story.results["first"] if "/embed/" in name} == {
        "file_talker_a",
        "file_talker_c",
    }


def test_a_shard_that_fails_holds_back_no_other_and_fails_the_run(story: Story) -> None:
    tasks = story.tasks_of("first", LONG_AGO)
    broken = {name for name, state in tasks.items() if state in ("failed", "upstream_failed")}
    assert len([name for name in broken if name.startswith("shard.track")]) == 1
    assert tasks["announce_clips"] == tasks["finish"] == "success"
    assert tasks["shard.commit[0]"] == tasks["shard.commit[1]"] == "success"
    assert tasks["verdict"] == "failed"


def test_a_second_run_of_the_day_computes_what_is_missing_alone(story: Story) -> None:
    assert story.states("repaired", "clip_pipeline") == {str(LONG_AGO): "success"}
    new = story.results["repaired"].keys() - story.results["first"]
    assert {name.split("/")[2].split("-")[0] for name in new} == {"file_talker_b"}
    assert "shard.probe[1]" not in story.tasks_of("repaired", LONG_AGO)
    assert story.published["repaired"]["counts"]["clips"] == 3


def test_a_backfill_of_a_day_without_a_run_computes_nothing_that_is_done(story: Story) -> None:
    assert story.states("backfill", "channel_ingest") == {str(LONG_AGO): "success"}
    assert story.results["backfill"] == story.results["repaired"]


def test_reprocessing_a_completed_day_computes_nothing(story: Story) -> None:
    assert story.states("completed", "channel_ingest") == {str(LONG_AGO): "success"}
    assert story.results["completed"] == story.results["repaired"]
    assert not story.published.get("completed", {}).get("changed")


def test_a_pipeline_run_without_a_day_fails_at_once(story: Story) -> None:
    assert story.states("no day", "clip_pipeline") == {None: "failed"}
    (run,) = (run["dag_run_id"] for run in story.runs["no day"] if run["dag_id"] == "clip_pipeline")
    assert story.tasks[run]["plan"] == "failed"
    assert story.tasks[run]["verdict"] == "failed"


def test_a_dataset_is_exported_as_the_form_says_and_a_wrong_condition_fails(story: Story) -> None:
    runs = {run["conf"]["name"]: run for run in story.runs["export"]}
    assert {name: run["state"] for name, run in runs.items()} == {"set": "success", "none": "failed"}
    result = story.airflow.result("dataset_export", runs["set"]["dag_run_id"], "export")
    folder = Path(result["folder"])
    assert folder == story.store.parent / "exports" / "set"
    assert result["counts"]["items"] == 3
    assert len(list(folder.rglob("data.mdb"))) == 3
    assert {"train", "val"} == set(result["counts"]["splits"])
    assert not (folder.parent / "none").exists()


def test_a_changed_setting_of_a_stage_computes_that_stage_alone_for_the_clips_asked_for(story: Story) -> None:
    (run,) = (run for run in story.runs["feature"] if run["dag_id"] == "feature_backfill")
    assert run["state"] == "success"
    before, after = story.results["export"], story.results["feature"]
    new = {tuple(name.split("/")[1:3]) for name in after.keys() - before}
    assert {(stage, video.split("-")[0]) for stage, video in new} == {
        ("iqa", "file_talker_a"), ("iqa", "file_talker_c"),
    }  # fmt: skip
    assert {name: after.get(name) for name in before} == before
    tasks = story.tasks[run["dag_run_id"]]
    assert {name: state for name, state in tasks.items() if name.startswith("shard.")} == {
        **{f"shard.{stage}": "skipped" for stage in FEATURES if stage != "iqa"},
        **{f"shard.{task}[{number}]": "success" for task in ("iqa", "commit") for number in (0, 1)},
    }
    assert story.published["feature"]["changed"] and story.published["feature"]["counts"]["clips"] == 3
