"""How tasks run: where, with how many retries, and in what kind of pod.

Read from the environment when a DAG file is parsed, so a change shows after the next parse.
"""

import os
import shutil
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

# Settings of the scheduler's side and of its disk; a pod gets every other FACELIB_ variable.
_OWN_PREFIXES = ("FACELIB_TASK_", "FACELIB_POD_", "FACELIB_BACKEND", "FACELIB_CONFIG", "FACELIB_WORK_DIR")


class TaskSettings(BaseSettings):
    """Retries, time limit and command of every task.

    Environment: ``FACELIB_TASK_`` and the name in upper case, such as ``FACELIB_TASK_RETRIES``.
    """

    model_config = SettingsConfigDict(env_prefix="FACELIB_TASK_")

    retries: int = Field(default=2, ge=0, description="tries after the first one")
    retry_seconds: float = Field(default=60, ge=0, description="wait before the first retry; doubles up to an hour")
    hours: float = Field(default=12, gt=0, description="a task that runs longer is stopped")
    command: str = Field(default="", description="path of the facelib command; default: beside this Python, then PATH")

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


class PodSettings(BaseSettings):
    """The pod of a stage on Kubernetes. Environment: ``FACELIB_POD_`` and the name in upper case."""

    model_config = SettingsConfigDict(env_prefix="FACELIB_POD_")

    image: str = Field(default="facelib:latest", description="image with the facelib command")
    namespace: str = Field(default="facelib", description="Kubernetes namespace of the pods")
    config_file: str | None = Field(
        default=None, description="kubeconfig; default: the pod's own account, then KUBECONFIG"
    )
    service_account: str | None = Field(default=None, description="account of the pods; default: the namespace's")
    pull_secret: str | None = Field(default=None, description="Kubernetes Secret for pulling the image")
    secret: str | None = Field(default=None, description="Kubernetes Secret whose keys become environment variables")
    user: int = Field(default=1000, gt=0, description="numeric user and group of the container")
    cpu: str = Field(default="2", description="CPUs of a pod, as Kubernetes writes them")
    memory: str = Field(default="8Gi", description="memory of a pod, as Kubernetes writes it")
    gpu: str = Field(default="nvidia.com/gpu", description="resource name of one GPU; empty: no stage asks for one")
    scratch: str = Field(default="20Gi", description="size limit of /tmp, the only folder that can be written")
    startup_seconds: int = Field(default=900, gt=0, description="wait for a node and the image")

    def environment(self) -> dict[str, str]:
        """Variables copied into the pod: every ``FACELIB_`` one that is not about Airflow.

        They can be read in the pod's specification, so secrets belong in ``secret``.
        """
        return {
            k: v for k, v in sorted(os.environ.items()) if k.startswith("FACELIB_") and not k.startswith(_OWN_PREFIXES)
        }


class BackendSettings(BaseSettings):
    """Where stages run. Environment: ``FACELIB_BACKEND``."""

    model_config = SettingsConfigDict(env_prefix="FACELIB_")

    backend: Literal["local", "kubernetes"] = Field(
        default="local", description="local: a process of the worker; kubernetes: a pod"
    )
