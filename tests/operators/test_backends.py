"""One stage on one shard by the real command: the same result wherever it runs."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

from facelib import settings
from facelib.store import plans
from operators.inprocess import InProcessStageOperator
from operators.pod import PodStageOperator
from operators.stage import LocalStageOperator, stage_operator
from tests.stages.test_runner import Bench
from tests.support.pod_server import PodServer
from tests.support.pod_server_process import Pod
from tests.support.pod_task import Instance

KINDS = {"local": LocalStageOperator, "inprocess": InProcessStageOperator, "kubernetes": PodStageOperator}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture(params=KINDS)
def backend(
    request: pytest.FixtureRequest, bench: Bench, cluster: PodServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A backend on a copy of the store."""
    store = tmp_path / "own"
    shutil.copytree(bench.store.root, store)
    cluster.host.claims["store"] = store
    for name, value in {
        "BACKEND": request.param,
        "STORE": str(store),
        "WORK_DIR": str(tmp_path / "work"),
        "PIPELINE__PROBE__MIN_BYTES": "1000",
        "POD_MOUNTS": json.dumps({str(store): {"claim": "store"}}),
        "POD_SECRET": "empty",
    }.items():
        monkeypatch.setenv(f"FACELIB_{name}", value)
    cluster.host.secrets["empty"] = {}
    settings.load.cache_clear()
    yield request.param


def run(stage: str, shard: str) -> tuple[Any, Any]:
    def make() -> Any:
        task: Any = stage_operator(stage, shard)
        task.startup_check_interval_seconds = 0.2
        return task

    ti = Instance()
    task: Any = make()
    if type(task) is not PodStageOperator:
        return task, task.execute(ti.context())
    result = ti.run(make)
    assert ti.pushed["return_value"] == result
    return ti.task, result


def test_every_backend_returns_and_shows_the_same(
    bench: Bench, backend: str, cluster: PodServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELIB_LOG_FORMAT", "json")
    task, result = run("probe", bench.shard.key)
    if backend == "kubernetes":
        lines_name_where_they_belong(cluster.created[0], bench.shard)
    assert type(task).__name__ == KINDS[backend].__name__
    assert result.pop("seconds") > 0
    assert result == {
        "stage": "probe", "shard": bench.shard.key, "done": 1, "skipped": 0, "quarantined": 1, "blocked": 0,
        "media_seconds": pytest.approx(2.4), "rejects": {}, "quarantine_reasons": {"not_media": 1}, "not_computed": "",
    }  # fmt: skip
    assert task.shard_label == "shard-00000 · 1 done · 1 in quarantine"
    assert task.map_index_template == "{{ task.shard_label }}"
    assert run("probe", bench.shard.key)[0].shard_label == "shard-00000 · 1 there before · 1 blocked"
    store = settings.load().open_store()
    assert [m.attempt != "" for m in plans.manifests_of(store, bench.shard.key)] == [backend == "kubernetes"] * 2


def lines_name_where_they_belong(pod: Pod, shard: plans.Shard) -> None:
    """Run, task, shard, stage and video are in each line of the pod's log about a video."""
    lines = [json.loads(text) for _, _, text in pod.lines if '"outcome"' in text]
    assert [line["video"] for line in lines] == list(shard.videos)
    run_of = {"dag": "clip_pipeline", "run": Instance().run_id, "task": Instance().task_id}
    expected = {**run_of, "shard": shard.key, "stage": "probe"}
    assert [{name: line.get(name) for name in expected} for line in lines] == [expected] * len(lines)


def test_every_backend_says_what_is_wrong_with_a_shard(backend: str) -> None:
    with pytest.raises(AirflowException, match="there is no shard plans/none/shard-00000"):
        run("probe", "plans/none/shard-00000.json")


def test_every_backend_skips_a_stage_without_weights(
    bench: Bench, backend: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FACELIB_MODELS_DIR", str(tmp_path / "no-models"))
    settings.load.cache_clear()
    run("probe", bench.shard.key)
    with pytest.raises(AirflowSkipException, match="centerface"):
        run("detect", bench.shard.key)
