"""Every DAG file imports, can be stored by the scheduler, and keeps the rules that the others rely on."""

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.serialization.serialized_objects import DagSerialization

from facelib import settings
from facelib.export.options import ExportOptions
from facelib.settings import Settings
from facelib.stage_backfill import models_of
from facelib.stages.pipeline import STAGES, active, params_of
from operators.settings import BackendSettings
from operators.shard_tasks import FEATURES
from operators.stage import GPU_STAGES
from operators.summary import tell

CUTTING = ("probe", "detect", "track")
DAGS = Path(__file__).resolve().parents[2] / "dags"
POOLS = json.loads((DAGS / "pools.json").read_text())
MAX_PARSE_SECONDS = 10

ON_GPU = {f"shard.{stage}": "gpu" for stage in ("detect", "landmarks", "syncnet", "iqa", "image", "hubert", "embed")}
ALL_ON_GPU = {f"shard.{stage}": "gpu" for stage in sorted(GPU_STAGES & set(FEATURES))}
# DAG: schedule, runs at a time, longest run (h; None: as many shards as there are), pools other than the default one
TABLE: dict[str, tuple[str, int, int | None, dict[str, str]]] = {
    "channel_ingest": ("CronPartitionTimetable", 2, 48, {"crawl": "crawl", "download": "download"}),
    "clip_pipeline": ("PartitionedAssetTimetable", 4, None, ON_GPU),
    "index_publish": ("PartitionedAssetTimetable", 1, 24, {}),
    "curate": ("NoneType", 1, 36, {}),
    "feature_backfill": ("NoneType", 1, None, ALL_ON_GPU),
    "dataset_export": ("NoneType", 2, 24, {}),
    "takedown": ("NoneType", 1, 36, {}),
    "source_check": ("CronTriggerTimetable", 1, 24, {"check": "crawl"}),
    "maintenance": ("CronTriggerTimetable", 1, 24, {}),
}
# Tasks that run although one before them failed
RULES = {
    "download": "all_done",
    "shard.syncnet": "none_failed",
    "shard.voice": "none_failed",
    "shard.commit": "all_done",
    "announce_clips": "all_done",
    "finish": "all_done_min_one_success",
    "verdict": "all_done",
    "left_pods": "all_done",
}


@pytest.fixture(scope="module", params=["local", "inprocess", "kubernetes"])
def bag(request: pytest.FixtureRequest) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACELIB_BACKEND", request.param)
        patch.setenv("FACELIB_TASK_RETRIES", "3")
        patch.setenv("FACELIB_STORE", "s3://bucket")
        settings.load.cache_clear()
        patch.setenv("FACELIB_STORE", "/data/store")
        patch.setenv("FACELIB_POD_IMAGE", "registry.example/facelib-worker:1")
        patch.setenv("FACELIB_POD_MOUNTS", '{"/data": {"claim": "facelib"}}')
        settings.load.cache_clear()
        # Of a CPU: how long it takes depends on what else runs here.
        started = time.process_time()
        bag: Any = DagBag(str(DAGS), known_pools={*POOLS, "default_pool"})
        bag.seconds = time.process_time() - started
        yield bag
    settings.load.cache_clear()
    settings.load.cache_clear()


def test_every_file_imports_without_error_or_warning(bag: Any) -> None:
    assert bag.import_errors == {}
    assert bag.captured_warnings == {}
    assert set(bag.dags) == set(TABLE)
    assert bag.seconds < MAX_PARSE_SECONDS


@pytest.mark.parametrize("dag_id", TABLE)
def test_dag(bag: Any, dag_id: str) -> None:
    schedule, active, hours, pools = TABLE[dag_id]
    dag = bag.dags[dag_id]
    assert type(dag.schedule).__name__ == schedule
    assert dag.max_active_runs == active
    assert (dag.dagrun_timeout.total_seconds() / 3600 if dag.dagrun_timeout else None) == hours
    assert not dag.catchup
    assert "facelib" in dag.tags and len(dag.tags) > 1
    assert dag.doc_md and dag.description
    assert dag.on_success_callback is dag.on_failure_callback is tell
    assert {t.task_id: t.pool for t in dag.tasks if t.pool != "default_pool"} == pools
    assert set(pools.values()) <= set(POOLS)


@pytest.mark.parametrize("dag_id", TABLE)
def test_tasks_of_a_dag(bag: Any, dag_id: str) -> None:
    for task in bag.dags[dag_id].tasks:
        assert task.owner == "facelib"
        assert task.retries == (0 if task.task_id == "verdict" else 3), task.task_id
        assert task.retry_exponential_backoff == 2.0
        assert task.max_retry_delay.total_seconds() == 3600
        assert task.execution_timeout.total_seconds() == 12 * 3600
        assert task.trigger_rule.value == RULES.get(task.task_id, "all_success"), task.task_id


@pytest.mark.parametrize("dag_id", TABLE)
def test_every_param_of_a_form_says_what_it_takes(bag: Any, dag_id: str) -> None:
    dag = bag.dags[dag_id]
    for name in dag.params:
        param = dag.params.get_param(name)
        about = {**param.schema, "description": param.schema.get("description") or param.description}
        assert about.get("title") and about.get("description"), name
        assert about.get("type") or about.get("enum"), name
        assert not name.endswith("day") or about["format"] == "date", name


@pytest.mark.parametrize("dag_id", TABLE)
def test_the_scheduler_can_store_and_read_it(bag: Any, dag_id: str) -> None:
    stored = json.loads(json.dumps(DagSerialization.to_dict(bag.dags[dag_id])))
    again = DagSerialization.from_dict(stored)
    assert again.timetable.partitioned == ("Partition" in TABLE[dag_id][0])
    assert set(again.task_dict) == set(bag.dags[dag_id].task_dict)


@pytest.mark.parametrize("dag_id", ["channel_ingest", "clip_pipeline", "feature_backfill"])
def test_the_verdict_is_the_only_end(bag: Any, dag_id: str) -> None:
    assert [task.task_id for task in bag.dags[dag_id].leaves] == ["verdict"]


@pytest.mark.parametrize("dag_id", ["clip_pipeline", "feature_backfill"])
def test_pods_that_are_left_are_stopped_after_the_last_stage(bag: Any, dag_id: str) -> None:
    dag = bag.dags[dag_id]
    assert dag.has_task("left_pods") == (BackendSettings().backend == "kubernetes")
    if dag.has_task("left_pods"):
        assert not dag.get_task("left_pods").is_teardown, "a run that is marked as failed would count as succeeded"
        assert dag.get_task("left_pods").upstream_task_ids == {"shard.commit"}
        assert dag.get_task("left_pods").downstream_task_ids == {"verdict"}


def test_a_backfill_of_a_feature_can_choose_every_stage_that_reads_clips(bag: Any) -> None:
    dag = bag.dags["feature_backfill"]
    reading = {stage.name for stage in STAGES.values() if not stage.reads_source}
    assert set(FEATURES) == reading == set(dag.params.get_param("stage").schema["enum"])
    assert {model for stage in FEATURES for model in models_of(stage)} < set(
        dag.params.get_param("model").schema["enum"]
    )
    choose = dag.get_task("choose")
    assert choose.task_group.is_root, "within a mapped group Airflow does not look at what a branch has chosen"
    assert choose.downstream_task_ids == {f"shard.{stage}" for stage in FEATURES}
    assert dag.get_task("shard.commit").upstream_task_ids == {"plan", *(f"shard.{stage}" for stage in FEATURES)}


def test_stages_run_in_the_order_of_the_pipeline(bag: Any) -> None:
    dag = bag.dags["clip_pipeline"]
    chain = ["plan", "shard.probe", "shard.detect", "shard.track", "shard.embed", "shard.commit", "announce_clips"]
    for before, after in pairwise(chain):
        assert after in dag.get_task(before).downstream_task_ids


def test_every_stage_of_the_pipeline_has_a_task_after_those_it_reads(bag: Any) -> None:
    document = Settings().pipeline.model_dump(mode="json")
    dag = bag.dags["clip_pipeline"]
    for stage in active(document):
        above = dag.get_task(f"shard.{stage.name}").get_flat_relative_ids(upstream=True)
        assert {f"shard.{before}" for before in stage.reads(params_of(document, stage.name))} <= above
        assert "shard.commit" in dag.get_task(f"shard.{stage.name}").downstream_task_ids or stage.name in CUTTING


@pytest.mark.parametrize("model", ["light_asd", "none"])
def test_a_stage_that_is_off_has_no_task(monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    monkeypatch.setenv("FACELIB_PIPELINE__SPEAKER__MODEL", model)
    settings.load.cache_clear()
    dag = DagBag(str(DAGS / "clip_pipeline.py"), known_pools={*POOLS, "default_pool"}).dags["clip_pipeline"]
    settings.load.cache_clear()
    assert dag.has_task("shard.speaker") == (model != "none")


def test_all_days_publish_under_one_key(bag: Any) -> None:
    stored = DagSerialization.from_dict(DagSerialization.to_dict(bag.dags["index_publish"]))
    mapper = stored.timetable.get_partition_mapper(name="facelib_clips")
    assert mapper.to_downstream("2026-01-05") == mapper.to_downstream("2026-01-06") == "all"


def test_the_ingest_of_a_day_has_the_key_of_the_day_before_it_runs(bag: Any) -> None:
    from airflow.timetables.base import TimeRestriction

    stored = DagSerialization.from_dict(DagSerialization.to_dict(bag.dags["channel_ingest"]))
    info = stored.timetable.next_dagrun_info_v2(
        last_dagrun_info=None, restriction=TimeRestriction(earliest=None, latest=None, catchup=False)
    )
    assert info is not None
    assert info.run_after.strftime("%H:%M") == "00:00"
    assert info.run_after.timestamp() > time.time(), "unpausing it starts no run"
    assert info.partition_key == info.run_after.subtract(days=1).strftime("%Y-%m-%d")


def test_the_form_of_an_export_takes_what_the_command_takes(bag: Any) -> None:
    dag = bag.dags["dataset_export"]
    fields = set(ExportOptions.model_fields)
    assert set(dag.params) == fields | {"name", "format"}
    asked = {name: dag.params[name] for name in fields if name != "settings"}
    assert ExportOptions(**asked) == ExportOptions(), "the form begins with the defaults"
    assert all(dag.params.get_param(name).schema.get("title") for name in dag.params)


def test_every_pool_counts_deferred_tasks() -> None:
    assert set(POOLS) == {"crawl", "download", "gpu"}
    assert all(pool["include_deferred"] and pool["slots"] > 0 for pool in POOLS.values())


@pytest.mark.parametrize(
    ("conf", "argv"),
    [
        (
            {"stage": "iqa"},
            [
                "backfill",
                "iqa",
                "--plan-only",
                "",
                "--where=(TRUE\n)",
                "--lane=backfill",
                "--name=r",
                "--most-shards=1000",
            ],
        ),
        (
            {"stage": "embed", "model": "arcface", "where": "a > 1 -- x", "first_day": "2026-01-05", "lane": "daily"},
            [
                "backfill",
                "embed",
                "--plan-only",
                "--model=arcface",
                "--where=(a > 1 -- x\n) AND uploads.upload_day >= '2026-01-05'",
                "--lane=daily",
                "--name=r",
                "--most-shards=1000",
            ],
        ),
    ],
)
def test_the_form_of_a_feature_backfill_becomes_a_command(bag: Any, conf: dict[str, Any], argv: list[str]) -> None:
    dag = bag.dags["feature_backfill"]
    chosen = {name: dag.params.get_param(name).value for name in dag.params if name not in conf}
    environment = dag.get_template_env()
    told = [
        environment.from_string(text).render(params={**chosen, **conf}, run_id="r")
        for text in dag.get_task("plan").argv
    ]
    assert told == argv
