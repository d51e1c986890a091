from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from airflow.utils.types import DagRunType

from operators.assets import required_day
from operators.lanes import lane_of_events, lane_of_run
from operators.outcome import committed, fail_if_any_failed


def events(*lanes: str | None) -> dict[str, list[Any]]:
    return {"videos": [SimpleNamespace(extra={"lane": lane} if lane else None) for lane in lanes]}


@pytest.mark.parametrize(
    ("found", "chosen", "lane"),
    [
        (events(), "auto", "daily"),
        (events("daily"), "auto", "daily"),
        (events("backfill", "backfill"), "auto", "backfill"),
        (events("backfill", "daily"), "auto", "daily"),
        (events("backfill", None), "auto", "daily"),
        (events("daily"), "backfill", "backfill"),
        (events("backfill"), "daily", "daily"),
    ],
)
def test_lane_of_events(found: dict[str, list[Any]], chosen: str, lane: str) -> None:
    assert lane_of_events(found, chosen) == lane


@pytest.mark.parametrize(("kind", "lane"), [("backfill", "backfill"), ("scheduled", "daily"), ("manual", "daily")])
def test_lane_of_run(kind: str, lane: str) -> None:
    assert lane_of_run(SimpleNamespace(run_type=kind)) == lane
    assert lane_of_run(SimpleNamespace(run_type=DagRunType(kind))) == lane


def test_required_day() -> None:
    assert required_day("2026-01-05") == "2026-01-05"
    for key in (None, "", "all", "2026-1", "2026-02-30"):
        with pytest.raises(AirflowFailException, match="YYYY-MM-DD"):
            required_day(key)


@pytest.mark.parametrize(
    ("results", "total"),
    [
        (None, 0),
        ([], 0),
        ({"committed": 3}, 3),
        ([{"committed": 1}, None, {"committed": 2}], 3),
        ([{"committed": 0}], 0),
    ],
)
def test_committed(results: Any, total: int) -> None:
    assert committed(results) == total


def test_verdict_names_what_failed() -> None:
    states = {"plan": "success", "shard.track_1": "failed", "shard.embed_1": "upstream_failed", "verdict": "running"}

    def run(states: dict[str, str]) -> int:
        ti = SimpleNamespace(dag_id="d", run_id="r", task_id="verdict", get_task_states=lambda **_: {"r": states})
        context: Any = {"ti": ti}
        return fail_if_any_failed(context)

    with pytest.raises(AirflowFailException, match=r"2 tasks failed: shard\.track_1, shard\.embed_1"):
        run(states)
    assert run({"plan": "success", "shard.embed_0": "skipped", "verdict": "running"}) == 2
