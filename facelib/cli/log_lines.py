"""What commands say while they work: sentences, or one JSON object a line for a log that machines read."""

import json
import os
from functools import lru_cache
from typing import Any

from facelib.clock import now
from facelib.errors import FacelibError

FORMAT = "FACELIB_LOG_FORMAT"
_RUN = {
    "run": ("FACELIB_RUN", "AIRFLOW_CTX_DAG_RUN_ID"),
    "dag": ("AIRFLOW_CTX_DAG_ID",),
    "task": ("AIRFLOW_CTX_TASK_ID",),
}
"""Which variable names the run that a process works for; Airflow sets its own for each task, and the pod of a task has
them too."""

_ABOUT: dict[str, str] = {}


def belong_to(**about: str) -> None:
    """What every later line of this process is about, also the one with which it fails: ``shard``, ``stage``.

    Where nothing was said, a line has only what it is given itself.
    """
    _ABOUT.update(about)


@lru_cache(maxsize=1)
def as_json() -> bool:
    """Whether lines are JSON: the setting ``log_format``; where no settings can be read, its variable alone."""
    from facelib import settings

    try:
        return settings.load().log_format == "json"
    except FacelibError:
        return os.environ.get(FORMAT) == "json"


def line(message: str, *, level: str = "info", **about: Any) -> str:
    """One JSON line: time (UTC, ISO 8601), level, message, the run that it belongs to, and what it is about.

    Args:
        message: for a person to read.
        level: ``info``, ``warning`` or ``error``.
        about: ids and codes, such as ``shard``, ``stage``, ``video``, ``reason``; those that are empty are left out.

    Example:
        >>> line("cut", video="file_a-0123456789", shard="")[-54:]
        '"message": "cut", "video": "file_a-0123456789"}'
    """
    run = {name: next(filter(None, map(os.environ.get, names)), "") for name, names in _RUN.items()}
    said = {"time": now().isoformat(timespec="milliseconds"), "level": level, "message": message}
    whole = {**said, **run, **_ABOUT, **about}
    return json.dumps({name: value for name, value in whole.items() if value not in ("", None)}, ensure_ascii=False)
