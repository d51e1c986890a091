"""How tasks run: where, with how many retries, and in what kind of pod.

Read from the environment when a DAG file is parsed, so a change shows after the next parse.
"""

import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from operators.pod_settings import MOST_HOURS, PodSettings
from operators.variables import VariableSettings

__all__ = ["BackendSettings", "PodSettings", "TaskSettings"]


class TaskSettings(VariableSettings):
    """Retries, time limit and command of every task.

    Environment: ``FACELIB_TASK_`` and the name in upper case, such as ``FACELIB_TASK_RETRIES``.
    """

    model_config = SettingsConfigDict(env_prefix="FACELIB_TASK_")

    retries: int = Field(default=2, ge=0, description="tries after the first one")
    retry_seconds: float = Field(
        default=60, ge=0, le=86_400, description="wait before the first retry; doubles up to an hour"
    )
    hours: float = Field(default=12, gt=0, le=MOST_HOURS, description="a task that runs longer is stopped")
    command: str = Field(default="", description="path of the facelib command; default: beside this Python, then PATH")
    webhook: SecretStr | None = Field(
        default=None, description="address that the summary of each run is posted to: https, or this machine; a secret"
    )
    webhook_connection: str = Field(
        default="", description="Airflow connection whose password is that address, instead of the variable"
    )

    def defaults(self) -> dict[str, Any]:
        """``default_args`` of a DAG."""
        return {
            "owner": "facelib",
            "retries": self.retries,
            "retry_delay": timedelta(seconds=self.retry_seconds),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(hours=1),
            "execution_timeout": timedelta(hours=self.hours),
        }

    def executable(self) -> str:
        """Path of the facelib command on this machine.

        Raises:
            FileNotFoundError: there is none.
        """
        beside = Path(sys.executable).with_name("facelib")
        found = self.command or (str(beside) if beside.exists() else shutil.which("facelib"))
        if not found or not shutil.which(found):
            raise FileNotFoundError(f"no facelib command at {found or 'PATH'}; set FACELIB_TASK_COMMAND to its path")
        return found


class BackendSettings(VariableSettings):
    """Where stages run. Environment: ``FACELIB_BACKEND``."""

    model_config = SettingsConfigDict(env_prefix="FACELIB_")

    backend: Literal["local", "inprocess", "kubernetes"] = Field(
        default="local",
        description="local: a process of its own; inprocess: the task's own process; kubernetes: a pod",
    )
