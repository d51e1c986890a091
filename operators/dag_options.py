"""What all DAGs have in common: owner, retries, time limits, and the summary that each run ends with."""

from datetime import timedelta
from typing import Any

from operators.settings import TaskSettings
from operators.summary import tell


def dag_options(*tags: str, in_a_row: int | None) -> dict[str, Any]:
    """Arguments of a DAG.

    Args:
        tags: besides ``facelib``.
        in_a_row: the run fails when it takes longer than so many tasks that each take the longest time that one may
            take; None for a run whose length depends on how many shards it has, whose every task has its own limit.
    """
    settings = TaskSettings()
    return {
        "catchup": False,
        "tags": ["facelib", *tags],
        "default_args": settings.defaults(),
        "dagrun_timeout": timedelta(hours=settings.hours * in_a_row) if in_a_row else None,
        "on_success_callback": tell,
        "on_failure_callback": tell,
    }
