"""Processes that end with the one that began them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from facelib.stopping import stop_on
from facelib.worker_processes import worker_processes

OWNER = """
import os, signal, sys, time
from pathlib import Path
from facelib.stopping import Stopped, stop_on
from facelib.worker_processes import worker_processes
from tests.test_worker_processes import begin, sleep, sleep_in_order

if __name__ == "__main__":
    try:
        with stop_on(signal.SIGINT, signal.SIGTERM), worker_processes(2, begin, (sys.argv[1],)) as pool:
            for done in [pool.submit(sleep), pool.submit(sleep_in_order, sys.argv[1])]:
                done.result()
    except Stopped as stopped:
        sys.exit(stopped.exit_code)
"""


def begin(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()


def sleep() -> None:
    time.sleep(300)


def sleep_in_order(folder: str) -> None:
    """As a stage does: told to stop, it clears up, which takes a moment; a SIGTERM on top of that does no harm."""
    with stop_on(signal.SIGINT, signal.SIGTERM):
        (Path(folder) / "asleep").touch()
        try:
            time.sleep(300)
        finally:
            time.sleep(0.2)
            (Path(folder) / "in order").touch()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("number", "to_all", "code"),
    [(signal.SIGINT, True, 130), (signal.SIGTERM, False, 143), (signal.SIGKILL, False, -9)],
    ids=["Ctrl-C", "told to stop", "killed"],
)
def test_processes_end_with_their_owner(tmp_path: Path, number: signal.Signals, to_all: bool, code: int) -> None:
    script = tmp_path / "owner.py"
    script.write_text(OWNER)
    began = tmp_path / "began"
    began.mkdir()
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    owner = subprocess.Popen(
        [sys.executable, str(script), str(began)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
        text=True,
    )
    until = time.monotonic() + 120
    while len(list(began.iterdir())) < 3 and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.2)
    (os.killpg if to_all else os.kill)(owner.pid, number)
    _, told = owner.communicate(timeout=60)
    until = time.monotonic() + 30
    assert owner.returncode == code and "Traceback" not in told
    pids = [int(path.name) for path in began.iterdir() if path.name.isdecimal()]
    while any(alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(pids) == 2 and not any(alive(pid) for pid in pids)
    assert (began / "in order").exists()


def test_what_was_submitted_is_waited_for(tmp_path: Path) -> None:
    with worker_processes(1, begin, (str(tmp_path),)) as pool:
        done = [pool.submit(os.getpid) for _ in range(20)]
    assert {str(one.result()) for one in done} <= {path.name for path in tmp_path.iterdir()}
