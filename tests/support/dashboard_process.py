"""The dashboard as it is run: a Streamlit process of its own on the loopback address."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "dashboards" / "app.py"
START_SECONDS = 120.0
FIRST_PORT, PORTS = 20_000, 10_000


@dataclass(frozen=True)
class Dashboard:
    """A dashboard that answers.

    Args:
        url: its address, without a slash at the end.
        pid: of its process.
        log: what it says.
    """

    url: str
    pid: int
    log: Path


@contextmanager
def serving(
    store: Path, folder: Path, variables: Mapping[str, str] | None = None, *, port: int = 0
) -> Iterator[Dashboard]:
    """Serve a store until the block ends.

    Args:
        store: its root.
        folder: where the process runs and writes its log.
        variables: more of the environment, such as settings.
        port: to listen on; one that is free by default.
    """
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.fileWatcherType", "none"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("FACELIB_", "STREAMLIT_"))}
    kept = {name: os.environ[name] for name in ("FACELIB_MODELS_DIR",) if name in os.environ}
    models = {"FACELIB_MODELS_DIR": str(ROOT / "data" / "models"), **kept}
    environment = {**inherited, **models, "FACELIB_STORE": str(store.resolve()), **(variables or {})}
    log = folder / "dashboard.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(process, f"{url}/_stcore/health", log)
            yield Dashboard(url, process.pid, log)
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_port() -> int:
    """A port on the loopback address that nothing uses.

    It lies below those that the system gives to connections: none takes it before the dashboard listens.
    """
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        with socket.socket() as bound, suppress(OSError):
            bound.bind(("127.0.0.1", port))
            return port


def _wait(process: "subprocess.Popen[bytes]", health: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(health, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the dashboard did not start:\n{log.read_text(errors='replace')[-2000:]}")
