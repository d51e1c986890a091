"""``make up`` and ``make down``: Airflow and the dashboard, in the background, on 127.0.0.1."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from rich.console import Console

from facelib.demo.airflow import Airflow
from facelib.demo.airflow_config import ADMIN, PASSWORDS_FILE
from facelib.demo.place import Place
from facelib.demo.run import AIRFLOW_PORT, DAGS, FEED_PORT, feed_url, port_from_environment, require_free
from facelib.errors import FacelibError

DASHBOARD_PORT = port_from_environment("FACELIB_DASHBOARD_PORT", 8501)
ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "dashboards" / "app.py"
START_SECONDS = 60.0


class Background:
    """A process that goes on after this one ends, found again by its pid file.

    Args:
        place: the demo it belongs to.
        name: of its pid file and its log.
        command: its arguments.
        answers: an address that answers once it is ready.
    """

    def __init__(self, place: Place, name: str, command: list[str], answers: str) -> None:
        self._place = place
        self._pid_file = place.root / f"{name}.pid"
        self._log = place.root / f"{name}.log"
        self._name = name
        self._command = command
        self._answers = answers

    def pid(self) -> int | None:
        """Its process; None when it does not run, or the number belongs to another program by now."""
        try:
            pid = int(self._pid_file.read_text())
            running = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except (OSError, ValueError):
            return None
        return pid if running[1 : len(self._command)] == self._command[1:] else None

    def start(self) -> None:
        """Start it, if it does not run, and wait until it answers.

        Raises:
            FacelibError: it ended or did not answer in time; the message ends with its log.
        """
        if self.pid():
            return
        self._place.root.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            process = subprocess.Popen(
                self._command,
                env={**os.environ, **self._place.environment()},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._pid_file.write_text(str(process.pid))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(self._answers, timeout=2):  # noqa: S310 - an address of ours
                    return
            except OSError:
                time.sleep(0.3)
        self.stop()
        tail = self._log.read_text(errors="replace")[-1500:]
        raise FacelibError(f"the {self._name} did not start:\n{tail}", hint=f"see {self._log}", reason="not_started")

    def stop(self) -> bool:
        """Stop it and what it started. Returns whether it was running."""
        pid = self.pid()
        if pid is None:
            return False
        try:
            os.killpg(pid, signal.SIGTERM)
            for _ in range(50):
                os.killpg(pid, 0)
                time.sleep(0.1)
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._pid_file.unlink(missing_ok=True)
        return True


def dashboard(place: Place) -> Background:
    """The Streamlit process of a demo."""
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.address", "127.0.0.1"]
    command += ["--server.port", str(DASHBOARD_PORT), "--server.headless", "true"]
    return Background(place, "dashboard", command, f"http://127.0.0.1:{DASHBOARD_PORT}/_stcore/health")


def feed(place: Place) -> Background:
    """The server of the sample channel, so that its DAGs can be run from the Airflow UI."""
    command = [sys.executable, "-m", "facelib.demo.feed", str(place.channel), "--port", str(FEED_PORT)]
    return Background(place, "feed", command, feed_url())


def up(console: Console) -> None:
    """Start all, wait until they answer, and say where they are."""
    place = Place.current(feed_url())
    airflow = Airflow(place.airflow, DAGS, place.environment(), port=AIRFLOW_PORT)
    page = dashboard(place)
    if not airflow.running():
        require_free(AIRFLOW_PORT, "FACELIB_AIRFLOW_PORT", "Airflow")
    if not page.pid():
        require_free(DASHBOARD_PORT, "FACELIB_DASHBOARD_PORT", "the dashboard")
    if place.sample and place.channel.is_dir():
        feed(place).start()
    if not airflow.running():
        with console.status("starting Airflow"):
            airflow.start(detached=True)
    with console.status("starting the dashboard"):
        page.start()
    console.print(
        f"dashboard  http://127.0.0.1:{DASHBOARD_PORT}\n"
        f"Airflow    http://127.0.0.1:{AIRFLOW_PORT}\n"
        f"           user {ADMIN}, password in {airflow.home / PASSWORDS_FILE}\n"
        "make down stops both.",
        highlight=False,
        soft_wrap=True,
    )


def down(console: Console) -> None:
    """Stop all that runs."""
    place = Place.current(feed_url())
    with console.status("stopping"):
        stopped = [
            Airflow(place.airflow, DAGS, place.environment(), port=AIRFLOW_PORT).stop(),
            dashboard(place).stop(),
            feed(place).stop(),
        ]
    console.print("stopped" if any(stopped) else "nothing was running")
