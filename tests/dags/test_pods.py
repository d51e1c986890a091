"""Stages in pods under a real Airflow with scheduler and triggerer. Takes some minutes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from facelib.demo.airflow import Airflow
from facelib.demo.airflow_config import environment, free_port
from operators.pod import shard_label_value
from tests.support.pod_server import PodServer
from tests.support.pod_server_process import Fault, Pod
from tests.support.pod_task import COMMAND

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

HIDDEN = "s3cr3t"
DAG = """
from datetime import timedelta
from airflow.sdk import DAG, Param, task, task_group
from operators.shard_tasks import stop_left_pods
from operators.stage import stage_operator

with DAG(
    "stages",
    schedule=None,
    params={"shards": Param([], type="array")},
    default_args={"retries": 1, "retry_delay": timedelta(seconds=1), "execution_timeout": timedelta(hours=1)},
):
    @task
    def plan(params):
        return params["shards"]

    @task_group
    def shard(shard):
        stage_operator("detect", shard, pool="default_pool")

    @task(trigger_rule="all_done")
    def end():
        pass

    stop_left_pods(shard.expand(shard=plan()), end())
"""
# What a pod does is said by the folder of its shard.
BODY = """\
kind = shard.split("/")[1]
print("begun", kind, flush=True)
if kind == "long":
    while not os.path.exists(os.path.join(os.environ["FACELIB_STORE"], "release")):
        time.sleep(0.2)
time.sleep({"waits": 900, "unwatched": 900, "stopped": 900}.get(kind, 1))
if kind == "fails":
    print("error: no disk")
    sys.exit(1)
if kind == "weights":
    print("no weights: scrfd")
    sys.exit(78)
"""
FAULTS = {
    "image": Fault("image"),
    "oom": Fault("oom"),
    "evicted": Fault("evicted"),
    "deleted": Fault("deleted", 0.5),
}
#: Shards of the first run, by what becomes of them.
FIRST = ("one", "two", "fails", "weights", "waits", *FAULTS)
UNWATCHED = ("unwatched",)
STOPPED = ("stopped",)
SECOND = ("long", "long")


def keys(cases: tuple[str, ...]) -> list[str]:
    return [f"plans/{case}/shard-{number:05d}.json" for number, case in enumerate(cases)]


@dataclass
class Case:
    """One shard: its task, what that returned, its pods and its log."""

    task: dict[str, Any]
    pods: list[Pod]
    result: Any = None
    log: str = ""

    @property
    def state(self) -> tuple[str, int]:
        """State of the task and number of its tries."""
        return self.task["state"], self.task["try_number"]


@dataclass
class Bench:
    """An Airflow with a triggerer beside a cluster."""

    airflow: Airflow
    cluster: PodServer
    triggerer: subprocess.Popen[bytes] | None = None
    cases: dict[str, Case] = field(default_factory=dict)

    def start(self) -> None:
        self.airflow.start()
        self.start_triggerer()

    def start_triggerer(self) -> None:
        with (self.airflow.home / "triggerer.log").open("ab") as log:
            self.triggerer = subprocess.Popen(
                [sys.executable, "-m", "airflow", "triggerer", "--skip-serve-logs"],
                env=environment(self.airflow.home, self.airflow.env), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def stop(self) -> None:
        self.stop_triggerer()
        self.airflow.stop()

    def stop_triggerer(self) -> None:
        if self.triggerer is not None:
            below = psutil.Process(self.triggerer.pid).children(recursive=True)
            os.killpg(self.triggerer.pid, signal.SIGINT)
            try:
                self.triggerer.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.triggerer.pid, signal.SIGKILL)
                self.triggerer.wait(15)
            for process in psutil.wait_procs(below, timeout=5)[1]:
                process.kill()
            self.triggerer = None

    def begin(self, cases: tuple[str, ...]) -> str:
        """Start a run with a shard for each case. Returns its id."""
        for case, shard in zip(cases, keys(cases), strict=True):
            if case in FAULTS:
                labels = {"facelib/shard": shard_label_value(shard)}
                self.cluster.faults.append(Fault(FAULTS[case].kind, FAULTS[case].after, labels))
        return self.airflow.trigger("stages", conf={"shards": keys(cases)})

    def pods(self, shard: str) -> list[Pod]:
        """Every pod that a shard ever had."""
        label = shard_label_value(shard)
        return [pod for pod in self.cluster.created if pod.document["metadata"]["labels"]["facelib/shard"] == label]

    def fail(self, run_id: str, index: int) -> None:
        """Mark the task of a shard as failed."""
        path = f"/dags/stages/dagRuns/{run_id}/taskInstances/shard.detect/{index}"
        self.airflow.call("PATCH", path, {"new_state": "failed"})

    def until_waiting(self, run_id: str, cases: tuple[str, ...], indices: list[int]) -> None:
        """Wait until some tasks are deferred, their pods run and the triggerer, if there is one, has taken them up."""

        def watched(index: int) -> bool:
            if self.triggerer is None:
                return True
            begun = f"run_id={run_id}/task_id=shard.detect/map_index={index}/attempt=1.log.trigger.*"
            return any((self.airflow.home / "logs" / "dag_id=stages").glob(begun))

        def waiting() -> bool:
            tasks = {task["map_index"]: task["state"] for task in self.airflow.task_instances("stages", run_id)}
            pods = [pod for index in indices for pod in self.pods(keys(cases)[index]) if pod.started.is_set()]
            deferred = all(tasks.get(index) == "deferred" and watched(index) for index in indices)
            return len(pods) == len(indices) and deferred

        self.airflow.until(waiting, 600, f"waiting for the pods of {run_id}")

    def note(self, run_id: str, cases: tuple[str, ...]) -> None:
        """Wait until the run is over, and write down what became of each shard."""
        self.airflow.wait("stages", run_id, timeout=1200)
        path = f"/dags/stages/dagRuns/{run_id}/taskInstances/shard.detect"
        tasks = {task["map_index"]: task for task in self.airflow.task_instances("stages", run_id)}
        for index, (case, shard) in enumerate(zip(cases, keys(cases), strict=True)):
            found = Case(tasks[index], self.pods(shard))
            entries = self.airflow.call("GET", f"{path}/xcomEntries?map_index={index}")["xcom_entries"]
            if any(entry["key"] == "return_value" for entry in entries):
                found.result = self.airflow.result("stages", run_id, "shard.detect", index)
            for number in range(1, found.task["try_number"] + 1):
                found.log += json.dumps(self.airflow.call("GET", f"{path}/logs/{number}?map_index={index}"))
            self.cases[case if case not in self.cases else f"{case} again"] = found


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("pods")
    store, dags, command = folder / "store", folder / "dags", folder / "command"
    store.mkdir()
    dags.mkdir()
    (dags / "pods.py").write_text(DAG)
    command.write_text(COMMAND.format(python=sys.executable, body=BODY))
    with PodServer(folder / "cluster") as cluster:
        cluster.host.commands = {"facelib": [sys.executable, str(command)]}
        cluster.host.claims["store"] = store
        cluster.host.secrets["facelib"] = {"FACELIB_DOWNLOAD__PROXY": f"http://me:{HIDDEN}@proxy"}
        env = {
            "FACELIB_BACKEND": "kubernetes",
            "FACELIB_POD_IMAGE": "registry.example/facelib-worker:1",
            "FACELIB_STORE": str(store),
            "FACELIB_POD_MOUNTS": json.dumps({str(store): {"claim": "store"}}),
            "FACELIB_POD_CONFIG_FILE": str(cluster.kubeconfig),
            "FACELIB_POD_SECRET": "facelib",
            "FACELIB_POD_POLL_SECONDS": "0.5",
            "FACELIB_POD_LOG_SECONDS": "2",
            "FACELIB_DOWNLOAD__PROXY": f"http://me:{HIDDEN}@proxy",
            "FACELIB_DOWNLOAD__YOUTUBE__KEYS": f'["{HIDDEN}"]',
            "AWS_SECRET_ACCESS_KEY": HIDDEN,
            "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "300",
        }
        made = Bench(Airflow(folder / "airflow", dags, env, port=free_port(), parallelism=2), cluster)
        try:
            made.start()
            play(made)
            yield made
        finally:
            made.stop()


def play(bench: Bench) -> None:
    """Everything that happens, in four runs: what comes in the way of one shard must not matter to another."""
    bench.airflow.unpause("stages")
    first = bench.begin(FIRST)
    index = FIRST.index("waits")
    bench.until_waiting(first, FIRST, [index])
    bench.fail(first, index)
    bench.note(first, FIRST)
    bench.stop_triggerer()
    unwatched, stopped = bench.begin(UNWATCHED), bench.begin(STOPPED)
    bench.until_waiting(unwatched, UNWATCHED, [0])
    bench.until_waiting(stopped, STOPPED, [0])
    bench.airflow.call("PATCH", f"/dags/stages/dagRuns/{stopped}", {"state": "failed"})
    bench.note(stopped, STOPPED)
    bench.fail(unwatched, 0)
    bench.note(unwatched, UNWATCHED)
    bench.start_triggerer()
    second = bench.begin(SECOND)
    bench.until_waiting(second, SECOND, [0, 1])
    bench.stop()
    bench.start()
    bench.cluster.go_away(8)
    time.sleep(9)
    (bench.cluster.host.claims["store"] / "release").touch()
    bench.note(second, SECOND)


@pytest.mark.parametrize("case", ["one", "two"])
def test_shards_show_what_they_did(bench: Bench, case: str) -> None:
    told = bench.cases[case]
    shard = keys(FIRST)[FIRST.index(case)]
    assert told.state == ("success", 1)
    assert len(told.pods) == 1
    assert told.task["rendered_map_index"] == f"{Path(shard).stem} · 41 done · 2 rejected"
    assert told.result["shard"] == shard and told.result["rejects"] == {"small_face": 2}
    assert f"begun {case}" in told.log


def test_a_command_that_fails_is_tried_again_and_told(bench: Bench) -> None:
    case = bench.cases["fails"]
    assert case.state == ("failed", 2)
    assert len(case.pods) == 2
    assert "the pod of detect ended with exit code 1 (Error)" in case.log and "error: no disk" in case.log


def test_missing_weights_skip(bench: Bench) -> None:
    case = bench.cases["weights"]
    assert case.state == ("skipped", 1)
    assert len(case.pods) == 1


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("image", "cannot pull its image (ErrImagePull)"),
        ("oom", "ran out of memory (OOMKilled)"),
        ("evicted", "was evicted from its node (Evicted)"),
        ("deleted", "was deleted from outside before it was done"),
    ],
)
def test_a_fault_of_the_cluster_costs_one_try(bench: Bench, fault: str, told: str) -> None:
    case = bench.cases[fault]
    assert case.state == ("success", 2)
    assert len(case.pods) == 2
    assert told in case.log
    assert case.result["done"] == 41


@pytest.mark.parametrize("name", ["waits", "unwatched", "stopped"])
def test_marking_a_task_as_failed_stops_its_pod(bench: Bench, name: str) -> None:
    """At once where a trigger watches the pod, else at the end of the run, or of the next if that was marked too."""
    case = bench.cases[name]
    assert case.state[0] == "failed"
    (pod,) = case.pods
    assert pod.deleted.is_set() and pod.ended.wait(90)


@pytest.mark.parametrize("case", ["long", "long again"])
def test_after_a_restart_and_without_the_api_for_a_while_the_pods_are_found_again(bench: Bench, case: str) -> None:
    told = bench.cases[case]
    assert told.state == ("success", 1)
    assert len(told.pods) == 1, "none was started twice"
    assert told.result["done"] == 41


def test_no_pod_is_left_and_no_secret_shows(bench: Bench) -> None:
    until = time.monotonic() + 90
    while bench.cluster.pods and time.monotonic() < until:
        time.sleep(0.5)
    assert bench.cluster.pods == {}
    for case in bench.cases.values():
        shown = [json.dumps(case.task), json.dumps(case.result), case.log]
        assert not [text for text in shown if HIDDEN in text]
        assert not [pod.name for pod in case.pods if HIDDEN in json.dumps(pod.document)]
        assert "arguments" in case.task["rendered_fields"]
