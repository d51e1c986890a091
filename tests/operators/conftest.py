"""Airflow finds a home of its own before a test imports it; a small program stands for the facelib command."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from facelib import settings
from tests.support.airflow_home import use_scratch_home

use_scratch_home()

from tests.support.pod_server import PodServer  # noqa: E402 - imports Kubernetes' client, and that Airflow
from tests.support.pod_task import COMMAND, Body  # noqa: E402


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Makes an executable of some lines of Python, and has tasks call it as the facelib command."""

    def make(body: str) -> Path:
        path = tmp_path / "facelib"
        path.write_text(f"#!{sys.executable}\nimport os, signal, subprocess, sys, time\n{body}\n")
        path.chmod(0o755)
        monkeypatch.setenv("FACELIB_TASK_COMMAND", str(path))
        return path

    return make


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PodServer]:
    store = tmp_path / "store"
    store.mkdir()
    with PodServer(tmp_path / "cluster") as server:
        server.host.claims["store"] = store
        server.host.secrets["facelib"] = {"FACELIB_DOWNLOAD__PROXY": "http://me:hidden@proxy"}
        for name, value in {
            "FACELIB_BACKEND": "kubernetes",
            "FACELIB_POD_IMAGE": "registry.example/facelib-worker:1",
            "FACELIB_STORE": str(store),
            "FACELIB_POD_MOUNTS": f'{{"{store}": {{"claim": "store"}}}}',
            "FACELIB_POD_CONFIG_FILE": str(server.kubeconfig),
            "FACELIB_POD_SECRET": "facelib",
            "FACELIB_POD_POLL_SECONDS": "0.2",
            "AIRFLOW_CONN_KUBERNETES_DEFAULT": "kubernetes://",
        }.items():
            monkeypatch.setenv(name, value)
        settings.load.cache_clear()
        yield server
    settings.load.cache_clear()


@pytest.fixture
def body(cluster: PodServer, tmp_path: Path) -> Body:
    """Sets what the command of every pod does before it writes its manifest."""

    def write(text: str) -> None:
        path = tmp_path / "command"
        path.write_text(COMMAND.format(python=sys.executable, body=text))
        cluster.host.commands = {"facelib": [sys.executable, str(path)]}

    write("")
    return write
