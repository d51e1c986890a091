"""A real Airflow on this machine: SQLite, local processes, one address on 127.0.0.1."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from facelib.demo.airflow_config import ADMIN, admin_password, environment, free_port, local_url, write_config
from facelib.demo.airflow_rest import AirflowClient, AirflowError, tasks_ready
from facelib.demo.supervise import descendants, kill_all, recorded

_PARTS = ("metadatabase", "scheduler", "dag_processor")
_LOG_FILES = tuple(
    f"{name}.log" for name in ("supervisor", "db", "api-server", "tasks-server", "scheduler", "dag-processor")
)
_STOP_SECONDS = 40.0


class Airflow(AirflowClient):
    """Starts, asks and stops one Airflow. Nothing of it is left when the ``with`` block, or this process, ends.

    Args:
        home: its folder: database, logs, configuration and secrets.
        dags: folder of the DAG files; its ``pools.json``, if any, is applied at each start.
        env: variables for its processes, such as ``FACELIB_STORE``.
        port: port on 127.0.0.1.
        parallelism: tasks at a time.
    """

    def __init__(
        self, home: Path, dags: Path, env: Mapping[str, str] | None = None, port: int = 8080, parallelism: int = 4
    ) -> None:
        self.home = home.absolute()
        self.dags = dags.absolute()
        self.env = dict(env or {})
        self.port = port
        self.parallelism = parallelism
        self._supervisor: subprocess.Popen[bytes] | None = None
        super().__init__(local_url(port), lambda: (ADMIN, admin_password(self.home)))

    def __enter__(self) -> "Airflow":
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self, *, detached: bool = False, timeout: float = 240) -> "Airflow":
        """Start it and wait until it is healthy and its DAGs are read.

        Args:
            detached: let it run after this process ends, until `stop`.
            timeout: seconds to wait.

        Raises:
            AirflowError: already running, not healthy in time, or a DAG file that does not import. The message ends
                with the last lines of its logs.
        """
        if self.running():
            raise AirflowError(f"Airflow runs already in {self.home}", hint="stop it first", reason="airflow_runs")
        tasks_port = free_port()
        write_config(self.home, self.dags, self.port, tasks_port, self.parallelism)
        for name in _LOG_FILES:
            (self.home / name).unlink(missing_ok=True)
        command = [sys.executable, "-m", "facelib.demo.supervise", str(self.home), "--tasks-port", str(tasks_port)]
        command += [] if detached else ["--parent", str(os.getpid())]
        with (self.home / "supervisor.log").open("wb") as log:
            self._supervisor = subprocess.Popen(
                command, env=environment(self.home, self.env), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + timeout
        try:
            self.until(self._healthy, timeout, "healthy")
            self.until(lambda: tasks_ready(local_url(tasks_port)), deadline - time.monotonic(), "ready for tasks")
            self.until(self._dags_read, deadline - time.monotonic(), "done with reading its DAG files")
            if (self.dags / "pools.json").exists():
                self.set_pools(self.dags / "pools.json")
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> bool:
        """Stop it and everything that it started, also one that another process started.

        Returns:
            Whether it was running.
        """
        supervisor, children = recorded(self.home)
        left = [process for top in children for process in (*descendants(top.pid), top)]
        if supervisor is None and self._supervisor is not None and self._supervisor.poll() is None:
            self._supervisor.terminate()  # it has not started anything yet
        elif supervisor is not None:
            supervisor.send_signal(signal.SIGTERM)
        elif not left:
            return False
        deadline = time.monotonic() + _STOP_SECONDS
        while recorded(self.home)[0] is not None and time.monotonic() < deadline:
            time.sleep(0.1)
        if self._supervisor is not None:
            with suppress(subprocess.TimeoutExpired):
                self._supervisor.wait(max(0.0, deadline - time.monotonic()))
        kill_all([*left, *([supervisor] if supervisor is not None else [])])
        self._supervisor = None
        return True

    def running(self) -> bool:
        """Whether an Airflow runs in this home, started by whichever process."""
        supervisor, children = recorded(self.home)
        return supervisor is not None or bool(children)

    def until(self, done: Callable[[], bool], timeout: float, what: str) -> None:
        """Ask until something is done, or this Airflow has ended.

        Raises:
            AirflowError: with the last lines of its logs.
        """

        def done_or_ended() -> bool:
            if self._supervisor is not None and self._supervisor.poll() is not None:
                raise AirflowError("Airflow has ended", reason="airflow_ended")
            return done()

        try:
            super().until(done_or_ended, timeout, what)
        except AirflowError as error:
            raise AirflowError(f"{error.message}\n{self.log_tail()}", reason=error.reason) from None

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of its logs."""
        tails = []
        for path in (self.home / name for name in _LOG_FILES):
            if path.exists() and (text := path.read_text(errors="replace").splitlines()[-lines:]):
                tails.append("\n".join([f"--- {path}", *text]))
        return "\n".join(tails)

    def _healthy(self) -> bool:
        with suppress(AirflowError):
            state = self.health()
            return all(state.get(part) == "healthy" for part in _PARTS)
        return False

    def _dags_read(self) -> bool:
        for broken in self.call("GET", "/importErrors")["import_errors"]:
            raise AirflowError(f"{broken['filename']} does not import:\n{broken['stack_trace']}", reason="dag_import")
        listed = {dag["relative_fileloc"] for dag in self.call("GET", "/dags?limit=1000")["dags"]}
        return listed >= {path.name for path in self.dags.glob("*.py")}
