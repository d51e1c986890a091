"""Pods that work on for tasks of a run that is over."""

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException

from operators.left_pods import LeftPodsOperator
from operators.stage import stage_operator
from tests.support.pod_server import PodServer
from tests.support.pod_task import Body, Instance

SHARD = "plans/daily-20260105T000000.000000Z/shard-00003.json"


def detect() -> Any:
    return stage_operator("detect", SHARD)


class Last(Instance):
    """The task that stops pods, and the states that Airflow tells it."""

    def __init__(self, run_id: str, states: dict[str, str | None]) -> None:
        super().__init__(run_id=run_id)
        self.states = states

    def get_task_states(self, dag_id: str, run_ids: list[str], task_ids: list[str]) -> dict[str, dict[str, str | None]]:
        """Of a run that Airflow knows, by the names of tasks with their map index."""
        known = dag_id == self.dag_id and self.run_id in run_ids and "shard.detect" in task_ids
        return {self.run_id: self.states} if known else {}


def stop(ti: Instance, state: str | None = "failed") -> list[str]:
    last = Last(ti.run_id, {f"shard.detect_{ti.map_index}": state, "shard.detect_0": "failed"})
    return LeftPodsOperator(task_id="left_pods").execute(last.context())


@pytest.mark.parametrize("run_id", ["manual__2026-01-05", "scheduled__2026-01-05T00:00:00+00:00 " + "x" * 80])
def test_a_pod_that_works_for_a_task_that_has_ended_is_deleted(cluster: PodServer, body: Body, run_id: str) -> None:
    body("time.sleep(60)")
    own, other = Instance(run_id=run_id), Instance(dag_id="feature_backfill", run_id=run_id)
    for ti in (own, other):
        ti.start(detect)
    first, second = (cluster.wait_for("detect", number) for number in (1, 2))
    for state in (None, "queued", "running", "deferred", "up_for_retry"):
        assert stop(own, state) == [], f"a task that is {state} waits for its pod, or finds it again"
    assert stop(own) == [first.name]
    assert first.ended.wait(60) and not second.deleted.is_set(), "of the other nothing is known"
    assert stop(own) == []


def test_a_pod_that_has_ended_is_kept_where_the_settings_say_so(
    cluster: PodServer, body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELIB_POD_ON_FINISH", "keep_pod")
    body("sys.exit(1)")
    ti = Instance()
    with pytest.raises(AirflowException, match="exit code 1"):
        ti.run(detect)
    assert stop(ti) == []
    assert len(cluster.pods) == 1


def test_a_cluster_that_is_away_for_a_moment_is_waited_for(cluster: PodServer, body: Body) -> None:
    body("time.sleep(60)")
    ti = Instance()
    ti.start(detect)
    pod = cluster.wait_for("detect")
    cluster.go_away(2)
    assert stop(ti) == [pod.name]
