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
from facelib.demo.run import AIRFLOW_PORT, DAGS, feed_url, require_free
from facelib.errors import FacelibError

DASHBOARD_PORT = int(os.environ.get("FACELIB_DASHBOARD_PORT", "8501"))
APP = Path(__file__).resolve().parents[2] / "dashboards" / "app.py"
START_SECONDS = 60.0


def up(console: Console) -> None:
    """Start both, wait until they answer, and say where they are."""
    place = Place.current(feed_url())
    airflow = Airflow(place.airflow, DAGS, place.environment(), port=AIRFLOW_PORT)
    if not airflow.running():
        require_free(AIRFLOW_PORT, "FACELIB_AIRFLOW_PORT", "Airflow")
        with console.status("starting Airflow"):
            airflow.start(detached=True)
    if not _dashboard_pid(place):
        require_free(DASHBOARD_PORT, "FACELIB_DASHBOARD_PORT", "the dashboard")
        with console.status("starting the dashboard"):
            _start_dashboard(place)
    password = airflow.home / PASSWORDS_FILE
    console.print(
        f"dashboard  http://127.0.0.1:{DASHBOARD_PORT}\n"
        f"Airflow    http://127.0.0.1:{AIRFLOW_PORT}   user {ADMIN}, password in {password}\n"
        "make down stops both.",
        highlight=False,
    )


def down(console: Console) -> None:
    """Stop both, if they run."""
    place = Place.current(feed_url())
    with console.status("stopping"):
        stopped = Airflow(place.airflow, DAGS, place.environment(), port=AIRFLOW_PORT).stop()
        pid = _dashboard_pid(place)
        if pid:
            _stop(pid)
    console.print("stopped" if stopped or pid else "nothing was running")


def _start_dashboard(place: Place) -> None:
    place.root.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.address", "127.0.0.1"]
    command += ["--server.port", str(DASHBOARD_PORT), "--server.headless", "true"]
    with (place.root / "dashboard.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={**os.environ, **place.environment()},
            cwd=APP.parents[1],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (place.root / "dashboard.pid").write_text(str(process.pid))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{DASHBOARD_PORT}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.3)
    _stop(process.pid)
    tail = (place.root / "dashboard.log").read_text(errors="replace")[-1500:]
    raise FacelibError(f"the dashboard did not start:\n{tail}", hint="see dashboard.log", reason="dashboard_failed")


def _dashboard_pid(place: Place) -> int | None:
    """The dashboard's process; None when it does not run, or the number belongs to another program by now."""
    path = place.root / "dashboard.pid"
    try:
        pid = int(path.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if str(APP).encode() in command else None


def _stop(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGTERM)
        for _ in range(50):
            os.killpg(pid, 0)
            time.sleep(0.1)
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
