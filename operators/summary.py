"""The summary at the end of a run: one line in the log, and a message to a webhook where one is set.

Airflow calls :func:`tell` in its DAG processor, after the last task, whatever became of the run.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from operators.summary_webhook import post

LOG = logging.getLogger("facelib.runs")

#: Numbers that tasks return, summed up over them.
_SUMMED = ("downloaded", "quarantined", "committed", "clips", "files", "size_bytes")
_BY_REASON = {"rejects": "rejects", "quarantine_reasons": "quarantine", "reasons": "failed_downloads"}


def tell(context: Mapping[str, Any]) -> None:
    """Log the summary of a run, and post it. Nothing that goes wrong here concerns the run."""
    summary = run_summary(context)
    LOG.info("%s", json.dumps(summary, sort_keys=True, default=str))
    problem = post(summary)
    if problem:
        LOG.warning("the summary was not posted: %s", problem)


def run_summary(context: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a run: state, tasks by state, seconds, and what its tasks have counted.

    Args:
        context: of a DAG callback. What cannot be asked of Airflow is left out.
    """
    dag, run_id = context["dag"], str(context["run_id"])
    run: Any = context.get("dag_run")
    found: dict[str, Any] = {"event": "run", "dag": dag.dag_id, "run": run_id, "reason": context.get("reason")}
    if run is not None:
        found |= {
            "state": str(getattr(run.state, "value", run.state)),
            "partition": getattr(run, "partition_key", None),
        }
        found["seconds"] = _seconds(run)
    try:
        states = _states(dag.dag_id, run_id)
        found["tasks"] = dict(sorted(Counter(states.values()).items()))
        found |= counted(_results(dag, run_id))
    except Exception as error:  # the run is over: a summary that says less is better than none
        found["incomplete"] = type(error).__name__
    return {name: value for name, value in found.items() if value not in (None, {}, [])}


def counted(results: Iterable[Any]) -> dict[str, Any]:
    """What the results of a run's tasks say together.

    Args:
        results: what each task returned; those that are no mappings do not count.

    Returns:
        The sums of their counts, ``hours_of_video`` that the stage which saw most of it has seen, ``rejects``,
        ``quarantine`` and ``failed_downloads`` by reason, and the channels that could not be listed.

    Example:
        >>> counted([{"stage": "probe", "media_seconds": 1800.0, "rejects": {"small": 2}}, {"committed": 3}, None])
        {'committed': 3, 'hours_of_video': 0.5, 'rejects': {'small': 2}}
    """
    sums: Counter[str] = Counter()
    seen: dict[str, float] = {}
    reasons: dict[str, Counter[str]] = {name: Counter() for name in _BY_REASON.values()}
    channels: set[str] = set()
    for result in results:
        if not isinstance(result, Mapping):
            continue
        for name in _SUMMED:
            if isinstance(result.get(name), int) and not isinstance(result.get(name), bool):
                sums[name] += result[name]
        stage = str(result.get("stage"))
        seen[stage] = seen.get(stage, 0.0) + float(result.get("media_seconds") or 0.0)
        for name, told in _BY_REASON.items():
            if isinstance(result.get(name), Mapping):
                reasons[told].update(result[name])
        if isinstance(result.get("failed"), Mapping):
            channels |= set(result["failed"])
    found: dict[str, Any] = dict(+sums)
    hours = max(seen.values(), default=0.0) / 3600
    found |= {"hours_of_video": round(hours, 3)} if hours else {}
    found |= {name: dict(sorted(counts.items())) for name, counts in reasons.items() if counts}
    return found | ({"channels_not_listed": len(channels)} if channels else {})


def _states(dag_id: str, run_id: str) -> dict[str, str]:
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    states = RuntimeTaskInstance.get_task_states(dag_id=dag_id, run_ids=[run_id]).get(run_id, {})
    return {name: str(state or "none") for name, state in states.items()}


def _results(dag: Any, run_id: str) -> list[Any]:
    """What every task of a run returned, mapped ones once for each index."""
    from airflow.sdk.execution_time.xcom import XCom

    from operators.command import RESULT_KEY

    found: list[Any] = []
    for task in dag.tasks:
        whole = RESULT_KEY if getattr(task, "partial_kwargs", vars(task)).get("returns") else "return_value"
        found += XCom.get_all(key=whole, dag_id=dag.dag_id, task_id=task.task_id, run_id=run_id) or []
    return found


def _seconds(run: Any) -> float | None:
    if run.start_date is None:
        return None
    seconds: float = ((run.end_date or datetime.now(UTC)) - run.start_date).total_seconds()
    return round(seconds, 1)
