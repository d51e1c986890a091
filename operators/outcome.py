"""The end of a run in which tasks may fail without stopping the others."""

from collections.abc import Iterable, Mapping
from typing import Any

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException

_BAD = ("failed", "upstream_failed")
_NAMED = 20


def committed(results: Mapping[str, Any] | Iterable[Mapping[str, Any] | None] | None) -> int:
    """Videos committed by a run.

    Args:
        results: what the ``commit`` tasks returned. Airflow gives one result for a group mapped over one item, None for
            one over no item, and leaves out the results of tasks that failed.

    Example:
        >>> committed({"committed": 2}), committed([{"committed": 1}, None]), committed(None)
        (2, 1, 0)
    """
    several = [results] if isinstance(results, Mapping) else results or []
    return sum(int(result["committed"]) for result in several if result)


def fail_if_any_failed(context: Context) -> int:
    """Fail the run, naming its failed tasks, if there are any.

    Returns:
        How many tasks the run has besides this one.

    Raises:
        AirflowFailException: at least one failed. A retry would find the same, so there is none.
    """
    ti: Any = context["ti"]
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id]).get(ti.run_id, {})
    others = {name: str(state) for name, state in states.items() if name != ti.task_id}
    bad = failed(others)
    if bad:
        more = f" and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
        raise AirflowFailException(f"{len(bad)} tasks failed: {', '.join(bad[:_NAMED])}{more}")
    return len(others)


def failed(states: dict[str, str]) -> list[str]:
    """Names of the tasks that failed, or were not run because one before them failed, those that failed first.

    Example:
        >>> failed({"b": "upstream_failed", "a": "success", "c": "failed"})
        ['c', 'b']
    """
    return sorted((n for n, s in states.items() if s in _BAD), key=lambda n: (_BAD.index(states[n]), n))
