"""What a pod is told: settings that a stage reads, never a secret."""

import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from facelib import settings as library
from facelib import variables

#: Settings of the scheduler's side and of its disk.
_OWN = ("FACELIB_TASK_", "FACELIB_POD_", "FACELIB_BACKEND", "FACELIB_CONFIG", "FACELIB_WORK_DIR")
#: What tells a pod its DAG, its task and its run.
RUN_VARIABLES = ("AIRFLOW_CTX_DAG_ID", "AIRFLOW_CTX_TASK_ID", "AIRFLOW_CTX_DAG_RUN_ID")
#: What only crawl and download read: no pod of a stage fetches anything.
_FETCHING = ("FACELIB_CRAWL", "FACELIB_DOWNLOAD", "FACELIB_CHANNELS", "FACELIB_SELECT")
#: A stage's parameters are in the settings generation of its shard.
_IN_STORE = "pipeline."
_SECRET_NAME = re.compile(
    r"(^|_)(\w*KEYS?|\w*SECRETS?|\w*TOKENS?|PASSWORDS?|PASSWD|WEBHOOK\w*|COOKIE\w*|CREDENTIALS?|PROXY)(_|$)"
)
_SECRET_VALUE = re.compile(r"://[^/\s@\"']+:[^/\s@\"']+@")


def environment() -> dict[str, str]:
    """Variables for the pod of a stage: settings in force that it reads, from the environment and ``facelib.toml``.

    They can be read in the pod's specification, so a secret is left out: it belongs in a Kubernetes Secret. A variable
    counts as secret by the type of its setting, by its name (key, secret, token, password, webhook, cookie, credential,
    proxy) and by a value that holds a user and a password.

    Raises:
        SettingsError: a setting cannot be used.
    """
    found = dict(_from_file())
    found |= {name: value for name, value in os.environ.items() if name.startswith(variables.PREFIX)}
    return {name: value for name, value in sorted(found.items()) if not _is_left_out(name, value)}


def of_run(ti: Any) -> dict[str, str]:
    """Variables by which lines of the log name the run of a task instance, as Airflow sets them for its own processes.

    They are no part of how a pod is found again: that goes by its labels.
    """
    return dict(zip(RUN_VARIABLES, (str(ti.dag_id), str(ti.task_id), str(ti.run_id)), strict=True))


def is_secret(name: str, value: str) -> bool:
    """Whether a variable must not be shown in a pod's specification.

    >>> is_secret("FACELIB_DOWNLOAD__YOUTUBE__KEYS", "[]"), is_secret("FACELIB_STORE", "s3://bucket")
    (True, False)
    >>> is_secret("FACELIB_STORE", "s3://me:pass@host/bucket")
    True
    """
    upper = name.upper()
    return upper in _secret_variables() or bool(_SECRET_NAME.search(upper) or _SECRET_VALUE.search(value))


def _is_left_out(name: str, value: str) -> bool:
    return name.startswith((*_OWN, *_FETCHING)) or is_secret(name, value) or not _is_setting(name)


def _is_setting(name: str) -> bool:
    """Whether a variable is a setting, a section, or an entry of a setting that holds many.

    The cluster itself gives variables for a service whose name begins with facelib.
    """
    upper = name.upper()
    known = [setting.variable for setting in variables.settings(library.Settings)]
    return any(one == upper or one.startswith(f"{upper}__") or upper.startswith(f"{one}__") for one in known)


@lru_cache(maxsize=1)
def _secret_variables() -> frozenset[str]:
    """Secret settings, and the sections that may hold one when a variable gives the whole section as JSON."""
    names: set[str] = set()
    for setting in variables.settings(library.Settings):
        if "SecretStr" in str(setting.field.annotation):
            parts = setting.variable.split("__")
            names |= {"__".join(parts[:n]) for n in range(1, len(parts) + 1)}
    return frozenset(names)


def _from_file() -> Iterator[tuple[str, str]]:
    """Settings that were chosen, in a file or a variable, as variables."""
    chosen = library.load()
    for setting in variables.settings(library.Settings):
        if not setting.key.startswith(_IN_STORE):
            given, value = _chosen(chosen, setting.key.split("."))
            if given:
                yield setting.variable, _text(value)


def _chosen(model: BaseModel, path: list[str]) -> tuple[bool, Any]:
    first, *rest = path
    if first not in model.model_fields_set:
        return False, None
    value = getattr(model, first)
    return _chosen(value, rest) if rest else (True, value)


def _text(value: Any) -> str:
    if isinstance(value, str | Path):
        return str(value)
    if isinstance(value, SecretStr):
        return ""
    return json.dumps(value, default=str, ensure_ascii=False)
