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


def stop(ti: Instance) -> list[str]:
    return LeftPodsOperator(task_id="left_pods").execute(ti.context())


@pytest.mark.parametrize("run_id", ["manual__2026-01-05", "scheduled__2026-01-05T00:00:00+00:00 " + "x" * 80])
def test_a_pod_that_works_for_its_own_run_is_deleted(cluster: PodServer, body: Body, run_id: str) -> None:
    body("time.sleep(60)")
    own, other = Instance(run_id=run_id), Instance(run_id="manual__2026-01-06")
    for ti in (own, other):
        ti.start(detect)
    first, second = (cluster.wait_for("detect", number) for number in (1, 2))
    assert stop(own) == [first.name]
    assert first.ended.wait(60) and not second.deleted.is_set()
    assert stop(Instance(dag_id="feature_backfill", run_id=other.run_id)) == [], "a run of another DAG"
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
