"""The pod operator against a server that speaks the pod API: what each fault does to the task."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from operators.stage import stage_operator
from tests.support.pod_server import PodServer
from tests.support.pod_server_process import Fault, Pod
from tests.support.pod_task import Body, Instance

SHARD = "plans/daily-20260105T000000.000000Z/shard-00003.json"


def detect(shard: str = SHARD) -> Any:
    task: Any = stage_operator("detect", shard)
    task.startup_check_interval_seconds = 0.2
    return task


def waits_for(file: Path) -> str:
    """What a pod does until a file is there, two minutes at most."""
    return f"for _ in range(2400):\n    if os.path.exists({str(file)!r}): break\n    time.sleep(0.05)"


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done() and time.monotonic() < end:
        time.sleep(0.05)
    assert done()


def says(pod: Pod, text: str) -> bool:
    return text in [line for _, _, line in pod.lines]


def test_success_returns_what_the_pod_left_in_the_store_and_names_the_shard(cluster: PodServer, body: Body) -> None:
    ti = Instance()
    result = ti.run(detect)
    assert result == ti.pushed["return_value"]
    assert {k: result[k] for k in ("done", "seconds", "rejects")} == {
        "done": 41, "seconds": 1.5, "rejects": {"small_face": 2},
    }  # fmt: skip
    assert ti.task.shard_label == "shard-00003 · 41 done · 2 rejected"
    assert cluster.pods == {}, "it is deleted"
    labels = cluster.created[0].document["metadata"]["labels"]
    assert labels["facelib/stage"] == "detect" and labels["facelib/shard"].startswith("shard-00003-")
    assert (labels["dag_id"], labels["try_number"], labels["map_index"]) == ("clip_pipeline", "1", "3")
    told = {item["name"]: item.get("value") for item in cluster.created[0].document["spec"]["containers"][0]["env"]}
    assert {name: value for name, value in told.items() if name.startswith("AIRFLOW_")} == {
        "AIRFLOW_CTX_DAG_ID": "clip_pipeline", "AIRFLOW_CTX_TASK_ID": ti.task_id, "AIRFLOW_CTX_DAG_RUN_ID": ti.run_id,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("print('error: no disk'); sys.exit(1)", AirflowException, "ended with exit code 1 .Error.: .*error: no disk"),
        ("print('no weights: scrfd'); sys.exit(78)", AirflowSkipException, "no weights: scrfd"),
        ("sys.exit(2)", AirflowFailException, "exit code 2"),
        ("os.kill(os.getpid(), signal.SIGKILL)", AirflowException, "exit code 137"),
    ],
)
def test_exit_codes(cluster: PodServer, body: Body, text: str, kind: type[Exception], message: str) -> None:
    body(text)
    with pytest.raises(kind, match=f"(?s){message}") as caught:
        Instance().run(detect)
    assert type(caught.value) is kind
    assert cluster.pods == {}


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault("image"), r"cannot pull its image \(ErrImagePull\): .*not found\n.*FACELIB_POD_IMAGE"),
        (Fault("oom"), r'ran out of memory \(OOMKilled\).*FACELIB_POD_STAGES=.\{"detect": \{"memory"'),
        (Fault("evicted"), r"was evicted from its node \(Evicted\): The node was low on resource"),
        (Fault("deleted", 0.5), "was deleted from outside before it was done"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_faults_of_the_cluster(cluster: PodServer, body: Body, fault: Fault, message: str) -> None:
    """The first try fails and says why; the second one starts a new pod and succeeds."""
    body("time.sleep(1)")
    cluster.faults.append(fault)
    ti = Instance()
    with pytest.raises(AirflowException, match=f"(?s){message}"):
        ti.run(detect)
    assert "return_value" not in ti.pushed
    ti.try_number = 2
    assert ti.run(detect)["done"] == 41
    assert len(cluster.created) == 2
    assert cluster.pods == {}


def test_a_pod_that_runs_too_long_is_stopped_by_the_cluster(
    cluster: PodServer, body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    body("time.sleep(60)")
    monkeypatch.setenv("FACELIB_POD_STAGES", '{"detect": {"hours": 0.0003}}')
    with pytest.raises(AirflowException, match=r"(?s)ran longer than it may \(DeadlineExceeded\).*hours"):
        Instance().run(detect)
    assert cluster.pods == {}


def test_an_api_server_that_is_away_for_a_while_is_waited_for(cluster: PodServer, body: Body) -> None:
    body("time.sleep(1)")
    ti = Instance()
    deferred = ti.start(detect)
    cluster.wait_for("detect")
    cluster.go_away(2.5)
    assert ti.resume(detect, deferred)["done"] == 41
    assert len(cluster.created) == 1


def test_a_try_after_a_lost_worker_finds_the_pod_that_runs(cluster: PodServer, body: Body, tmp_path: Path) -> None:
    release = tmp_path / "release"
    body(waits_for(release))
    ti = Instance()
    ti.start(detect)
    cluster.wait_for("detect")
    ti.try_number = 2
    deferred = ti.start(detect)
    release.touch()
    assert ti.resume(detect, deferred)["done"] == 41
    assert len(cluster.created) == 1


def test_a_pod_that_is_cleaned_up_before_the_task_looks_has_left_its_result(cluster: PodServer, body: Body) -> None:
    ti = Instance()
    deferred = ti.start(detect)
    pod = cluster.wait_for("detect")
    assert pod.ended.wait(60)
    cluster.pods.clear()
    assert ti.resume(detect, deferred)["done"] == 41


def test_a_store_that_is_not_the_pods_store_is_an_error(cluster: PodServer, body: Body, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    cluster.host.claims["store"] = other
    body("os.environ['FACELIB_STORE'] = " + repr(str(other)))
    with pytest.raises(AirflowException, match="FACELIB_STORE must be the same place"):
        Instance().run(detect)


def test_cancelling_the_waiting_task_deletes_the_pod(cluster: PodServer, body: Body) -> None:
    body("time.sleep(60)")
    deferred = Instance().start(detect)
    pod = cluster.wait_for("detect")
    asyncio.run(deferred.trigger.on_kill())
    assert pod.ended.wait(60)
    assert cluster.pods == {} or all(p.deleted.is_set() for p in cluster.pods.values())


def test_a_deletion_goes_on_when_the_triggerer_cancels_again(cluster: PodServer, body: Body) -> None:
    """The triggerer cancels each second until a trigger has ended; here the cluster takes longer to answer."""
    body("time.sleep(60)")
    deferred = Instance().start(detect)
    pod = cluster.wait_for("detect")
    cluster.go_away(2)

    async def kill() -> None:
        told = asyncio.create_task(deferred.trigger.on_kill())
        await asyncio.sleep(0.5)
        told.cancel()
        with pytest.raises(asyncio.CancelledError):
            await told
        await asyncio.to_thread(pod.deleted.wait, 60)

    asyncio.run(kill())
    assert pod.deleted.is_set()


def test_two_shards_at_once_have_a_pod_each_and_get_their_own_result(cluster: PodServer, body: Body) -> None:
    body("manifest.done = int(shard[-6]); time.sleep(0.5)")
    shards = [SHARD.replace("00003", f"0000{n}") for n in (1, 2)]
    tis = [Instance(map_index=n) for n in (1, 2)]
    waits = [ti.start(lambda s=shard: detect(s)) for ti, shard in zip(tis, shards, strict=True)]  # type: ignore[misc]
    results = [
        ti.resume(lambda s=shard: detect(s), wait)  # type: ignore[misc]
        for ti, shard, wait in zip(tis, shards, waits, strict=True)
    ]
    assert [result["done"] for result in results] == [1, 2]
    assert len({pod.name for pod in cluster.created}) == 2


def test_the_log_of_a_running_pod_is_followed(
    cluster: PodServer,
    body: Body,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FACELIB_POD_LOG_SECONDS", "1")
    release = tmp_path / "release"
    body(waits_for(release))
    ti = Instance()
    deferred = ti.start(detect)
    pod = cluster.wait_for("detect")
    until(lambda: says(pod, "detect begins"))

    def let_go() -> None:
        before = len(cluster.calls)
        try:
            until(lambda: any(path.endswith("/log") for _, path in cluster.calls[before:]))
        finally:
            release.touch()

    reader = threading.Thread(target=let_go)
    reader.start()
    ti.resume(detect, deferred)
    reader.join()
    told = capsys.readouterr().out
    assert "[base] detect begins" in told, "while it waits"
    assert "[base] logs: detect begins" not in told, "no line twice"


def test_a_pod_is_kept_where_the_settings_say_so_and_not_taken_again(
    cluster: PodServer, body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELIB_POD_ON_FINISH", "delete_succeeded_pod")
    body("sys.exit(1)")
    ti = Instance()
    with pytest.raises(AirflowException, match="exit code 1"):
        ti.run(detect)
    assert len(cluster.pods) == 1
    body("")
    ti.try_number = 2
    assert ti.run(detect)["done"] == 41
    assert len(cluster.pods) == 1 and len(cluster.created) == 2


def test_a_pod_that_is_being_deleted_is_not_taken_again(cluster: PodServer, body: Body) -> None:
    """As after a task was cleared while its pod takes its time to end."""
    body("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\ntime.sleep(60)")
    ti = Instance()
    deferred = ti.start(detect)
    first = cluster.wait_for("detect")
    until(lambda: says(first, "ready"))
    asyncio.run(deferred.trigger.on_kill())
    assert not first.ended.is_set()
    body("")
    ti.try_number = 2
    assert ti.run(detect)["done"] == 41
    assert len(cluster.created) == 2


def test_a_pod_that_does_not_start_in_time_says_what_it_waits_for(
    cluster: PodServer, body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELIB_POD_STARTUP_SECONDS", "1")
    monkeypatch.setenv("FACELIB_POD_SECRET", "other")
    with pytest.raises(AirflowException, match=r'(?s)CreateContainerConfigError\): secret "other" not found.*too long'):
        Instance().run(detect)
    assert cluster.pods == {}
