"""A folder in which a test runs the demo as a user does, and what it finds there afterwards."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]
import pytest

from facelib.catalog.reader import Catalog
from facelib.demo.airflow_config import free_port
from facelib.demo.portraits import PORTRAITS, portrait_path
from facelib.demo.truth import Truth, read_truth
from facelib.demo.uploads import UPLOADS
from facelib.settings import Settings
from facelib.store.objects import Store
from tests.support.pipelines import MODELS, ROOT, require_models, settings_in

CACHE = ROOT / "data" / "cache"
COLUMNS = 80
Row = dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, and all that it printed."""

    code: int
    output: str

    def row(self, name: str) -> tuple[str, str]:
        """The cells of a line of the final table: this run, in all."""
        cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in self.output.splitlines()]
        found: list[tuple[str, str]] = [(row[1], row[2]) for row in cells if row and row[0] == name]
        assert len(found) == 1, f"{len(found)} lines {name!r} in:\n{self.output}"
        return found[0]


@dataclass(frozen=True)
class Published:
    """The published catalogue, by the name that an upload has in the channel."""

    uploads: dict[str, Row]
    videos: dict[str, Row]
    shots: dict[str, list[tuple[int, int]]]
    clips: dict[str, list[Row]]
    quarantine: dict[str, list[Row]]
    people: dict[str, str]
    number: int


class DemoFolder:
    """The current folder of a demo; weights and portraits that were fetched before are lent to it.

    Args:
        root: the folder.
        channel: a sample channel whose uploads are lent to it too; None has the demo make them.
    """

    def __init__(self, root: Path, channel: Path | None = None) -> None:
        self.root = root
        self.demo = root / "data" / "demo"
        self.demo.mkdir(parents=True)
        (root / "data" / "models").symlink_to(MODELS, target_is_directory=True)
        (root / "data" / "cache").symlink_to(CACHE, target_is_directory=True)
        if channel:
            # Not its list: what was added there is not listed here.
            self.channel.mkdir()
            for path in (*channel.glob("*.mp4"), *channel.glob("*.truth.json")):
                shutil.copy2(path, self.channel)
        self.ports = {"FACELIB_AIRFLOW_PORT": str(free_port()), "FACELIB_FEED_PORT": str(free_port())}

    @property
    def channel(self) -> Path:
        return self.demo / "channel"

    @property
    def settings(self) -> Settings:
        return settings_in(self.demo)

    @property
    def store(self) -> Store:
        return self.settings.open_store()

    def run(
        self, *arguments: str, timeout: float = 400, stop_when: Callable[[], bool] = lambda: False, within: float = 60
    ) -> Ended:
        """Run `python -m facelib.demo` with these arguments.

        Args:
            arguments: the command.
            timeout: seconds that it may take.
            stop_when: asked again and again; once true, Ctrl-C is pressed: SIGINT to the whole process group.
            within: seconds that it may take to end after that.
        """
        own = {key: value for key, value in os.environ.items() if not key.startswith(("FACELIB_", "AIRFLOW_"))}
        environment = {**own, **self.ports, "COLUMNS": str(COLUMNS)}
        log = self.root / "output.txt"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "facelib.demo", *arguments],
                cwd=self.root, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + timeout
        try:
            while process.poll() is None and time.monotonic() < deadline and not stop_when():
                time.sleep(0.05)
            if process.poll() is None and time.monotonic() < deadline:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(within)
            assert process.poll() is not None, f"not done after {timeout:.0f} s:\n{log.read_text()}"
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)
        return Ended(process.returncode, log.read_text())

    def left_running(self, within: float = 10) -> list[str]:
        """Every process that works in the folder, or was started for it, and has not ended after so many seconds."""
        deadline = time.monotonic() + within
        while (found := self._running()) and time.monotonic() < deadline:
            time.sleep(0.2)
        return found

    def _running(self) -> list[str]:
        own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
        found = []
        for process in psutil.process_iter():
            try:
                command = process.cmdline()
                about = [*command, process.cwd(), *process.environ().values()]
            except psutil.Error:
                continue
            if process.pid not in own and any(str(self.root) in text for text in about):
                found.append(f"{process.pid}: {' '.join(command)}")
        return found

    def files(self, folder: str) -> dict[str, int]:
        """The files below a folder of the store: key → time of the last change, ns."""
        return {key: self.store.path(key).stat().st_mtime_ns for key in self.store.walk(folder)}

    def truths(self) -> dict[str, Truth]:
        """The truth of every upload that the channel has, listed or not."""
        return {spec.name: read_truth(self.channel, spec.name) for spec in UPLOADS}

    def published(self) -> Published:
        """What is published now."""
        with Catalog(self.store) as catalog:
            uploads = {name_in_channel(row["url"]): row for row in catalog.rows("SELECT * FROM uploads")}
            name_of = {row["video_id"]: name for name, row in uploads.items()}

            def by_name(sql: str) -> dict[str, list[Row]]:
                rows: dict[str, list[Row]] = {name: [] for name in uploads}
                for row in catalog.rows(sql):
                    rows[name_of[row["video_id"]]].append(row)
                return rows

            shots = by_name("SELECT * FROM shots ORDER BY start_frame")
            people = catalog.rows("SELECT clip_id, person_id FROM clip_people")
            return Published(
                uploads=uploads,
                videos={name: rows[0] for name, rows in by_name("SELECT * FROM videos").items() if rows},
                shots={name: [(row["start_frame"], row["end_frame"]) for row in rows] for name, rows in shots.items()},
                clips=by_name("SELECT * FROM clips ORDER BY start_frame, face_x1"),
                quarantine=by_name("SELECT * FROM quarantine"),
                people={row["clip_id"]: row["person_id"] for row in people},
                number=catalog.publication.number,
            )


def name_in_channel(url: str) -> str:
    """The name of an upload of the sample channel, from its address."""
    return PurePosixPath(urlsplit(url).path).stem


def require_fetched() -> None:
    """Skip where weights or portraits were not fetched: this needs a package index once."""
    require_models()
    missing = [key for key, portrait in PORTRAITS.items() if not portrait_path(portrait, CACHE / "portraits").is_file()]
    if missing:
        pytest.skip(f"the portraits {', '.join(missing)} are not in {CACHE / 'portraits'} (run: make demo)")
