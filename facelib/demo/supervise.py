"""Keeps the processes of a small Airflow together, and leaves none behind.

``python -m facelib.demo.supervise HOME --tasks-port N [--parent PID]`` makes the database, runs scheduler, DAG
processor and API servers, and ends them all when it is told to, when one of them ends, or when ``--parent`` is gone.
"""

import argparse
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from facelib.demo.airflow_config import write_private

PID_FILE = "supervisor.json"
_AIRFLOW = (sys.executable, "-m", "airflow")
# The scheduler's log server is for workers on other machines.
_AFTER_DATABASE = {"scheduler": ("scheduler", "--skip-serve-logs"), "dag-processor": ("dag-processor",)}
_PR_SET_CHILD_SUBREAPER = 36
_STOP_SECONDS = 10.0


class Supervisor:
    """Starts the processes of one AIRFLOW_HOME and waits."""

    def __init__(self, home: Path, tasks_port: int, parent: int | None = None) -> None:
        self.home = home
        # Two servers, since one builds the pages' API and then, at the first task, the tasks' API: seconds each.
        self.servers = {
            "api-server": ("api-server", "--apps", "core"),
            "tasks-server": ("api-server", "--apps", "execution", "--port", str(tasks_port)),
        }
        self.parent = parent
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.told_to_stop = False

    def run(self) -> int:
        """Run until told to stop. Returns an exit code: 0 after a stop, 1 where a process ended by itself."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        _adopt_orphans()
        try:
            # The servers take longest to start, and need the database only when they are asked something.
            for name, command in self.servers.items():
                self._start(name, command)
            # Waited for even when told to stop: a database that is half made may never be made whole.
            if self._start("db", ("db", "migrate")).wait() == 0 and not self.told_to_stop:
                del self.children["db"]
                for name, command in _AFTER_DATABASE.items():
                    self._start(name, command)
            return self._watch()
        finally:
            self._stop()
            (self.home / PID_FILE).unlink(missing_ok=True)

    def _start(self, name: str, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
        with (self.home / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                [*_AIRFLOW, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.children[name] = child
        pids = [os.getpid(), *(child.pid for child in self.children.values())]
        write_private(self.home / PID_FILE, json.dumps([identity(pid) for pid in pids]))
        return child

    def _watch(self) -> int:
        while not self.told_to_stop:
            _reap({child.pid for child in self.children.values()})
            ended = [name for name, child in self.children.items() if child.poll() is not None]
            if ended:
                print(f"{', '.join(ended)} ended; see {self.home}/{ended[0]}.log", flush=True)
                return 1
            if self.parent is not None and os.getppid() != self.parent:
                print("the process that started this one is gone", flush=True)
                return 0
            time.sleep(0.2)
        return 0

    def _stop(self) -> None:
        """SIGINT ends each cleanly. The scheduler goes first: its tasks report to the API server as they end."""
        below = descendants(os.getpid())
        scheduler = self.children.pop("scheduler", None)
        _interrupt([scheduler] if scheduler else [])
        _interrupt(list(self.children.values()))
        kill_all([*below, *descendants(os.getpid())])

    def _on_signal(self, number: int, frame: Any) -> None:
        self.told_to_stop = True


def identity(pid: int) -> dict[str, float]:
    """A process id with its start time, so that a later process with the same id is not taken for it."""
    import psutil  # type: ignore[import-untyped]

    return {"pid": pid, "created": psutil.Process(pid).create_time()}


def same_process(known: dict[str, float]) -> Any:
    """The running process of ``identity``, or None."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(int(known["pid"]))
        if abs(process.create_time() - known["created"]) < 1 and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def recorded(home: Path) -> tuple[Any, list[Any]]:
    """What runs in a home: the supervisor, or None where it was killed, and the processes that it started."""
    try:
        supervisor, *children = json.loads((home / PID_FILE).read_text())
    except (FileNotFoundError, ValueError):
        return None, []
    return same_process(supervisor), [process for process in map(same_process, children) if process is not None]


def descendants(pid: int) -> list[Any]:
    """Processes below one, however deep, as psutil processes."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        return list(psutil.Process(pid).children(recursive=True))
    return []


def kill_all(processes: list[Any]) -> None:
    """Ask processes to end, and kill those that do not within three seconds."""
    import psutil

    alive = [process for process in processes if process.is_running()]
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(alive, timeout=3)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=3)


def _interrupt(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGINT)
    deadline = time.monotonic() + _STOP_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(max(0.0, deadline - time.monotonic()))


def _adopt_orphans() -> None:
    """On Linux, a process whose parent dies becomes a child of this one and is found again when it stops."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reap(own: set[int]) -> None:
    """Take note of the end of adopted processes; that of ``own`` children is left to their Popen objects."""
    with suppress(ChildProcessError):
        done = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if done is not None and done.si_pid not in own:
            os.waitpid(done.si_pid, os.WNOHANG)


def main() -> int:
    """Entry point of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--tasks-port", type=int, required=True, help="port of the API that tasks talk to")
    parser.add_argument("--parent", type=int, help="stop when this process, the caller, is gone")
    options = parser.parse_args()
    return Supervisor(options.home, options.tasks_port, options.parent).run()


if __name__ == "__main__":
    sys.exit(main())
