"""Airflow finds a home of its own before a test imports it; a small program stands for the facelib command."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.airflow_home import use_scratch_home

use_scratch_home()


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
