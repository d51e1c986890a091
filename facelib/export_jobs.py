"""Exports in a process of their own, which goes on when the page that began it is closed, and is found again.

``python -m facelib.export_jobs NAME`` runs a job that was noted; pages call :func:`start` and :func:`jobs`.
"""

import fcntl
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from facelib import settings
from facelib.clock import now
from facelib.errors import FacelibError, SettingsError
from facelib.export.options import ExportOptions
from facelib.store import documents

FOLDER = ".jobs"
"""Below the folder of exports; no dataset can have this name."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
LOOKS, LOOK_SECONDS = 20, 0.01
"""How often a new job asks for its lock, and how long it waits between."""
State = Literal["running", "done", "failed", "stopped"]


@dataclass(frozen=True)
class ExportJob:
    """One export.

    Args:
        name: of the dataset, a folder below ``exports_dir``.
        format: name of the format.
        by: who began it.
        started: when, UTC, ISO 8601.
        state: ``stopped`` is one whose process ended without a word; begun again it goes on.
        done: items that are written.
        total: items in all; 0 while they are being chosen.
        message: why it failed, or how many items could not be written; empty otherwise.
        folder: where the dataset is.
    """

    name: str
    format: str
    by: str
    started: str
    state: State
    done: int
    total: int
    message: str
    folder: Path


def check_name(name: str) -> str:
    """Return ``name`` when a dataset can have it. Raises SettingsError otherwise; reason ``bad_name``."""
    if NAME.fullmatch(name):
        return name
    hint = "use up to 100 letters, digits, dots, - and _, the first one a letter or digit"
    raise SettingsError(f"{name!r} is no name of a folder", hint=hint, reason="bad_name")


def start(exports_dir: Path, name: str, format: str, options: ExportOptions, by: str) -> None:
    """Begin an export in a process of its own, with the settings in force here; one that stopped goes on.

    Raises:
        SettingsError: the name cannot be used (``bad_name``), or it is being written (``in_use``).
    """
    place = exports_dir / FOLDER / check_name(name)
    place.mkdir(parents=True, exist_ok=True)
    lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _taken(lock):
            hint = "wait for its end, or choose another name"
            raise SettingsError(f"the export {name} is being written", hint=hint, reason="in_use")
        for left in ("end.json", "progress.json"):
            (place / left).unlink(missing_ok=True)
        asked = {"format": format, "options": options.model_dump(mode="json"), "by": by, "started": now().isoformat()}
        _write(place / "job.json", asked)
        with (place / "log.txt").open("wb") as log:
            # The lock goes on to the process, and is free once that has ended, however it ends.
            subprocess.Popen(
                [sys.executable, "-m", "facelib.export_jobs", name],
                env={**os.environ, "FACELIB_EXPORTS_DIR": str(exports_dir.resolve())},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(lock,),
            )
    finally:
        os.close(lock)


def jobs(exports_dir: Path) -> list[ExportJob]:
    """The exports that were begun here, the newest first."""
    places = sorted((exports_dir / FOLDER).glob("*/job.json"))
    found = [_job(exports_dir, path.parent) for path in places]
    return sorted(found, key=lambda job: job.started, reverse=True)


def _job(exports_dir: Path, place: Path) -> ExportJob:
    # What says the end is read after the lock: it is written before the lock is free.
    running = _is_held(place / "lock")
    asked, progress, end = (_read(place / f"{name}.json") for name in ("job", "progress", "end"))
    state: State = "running" if running else ("failed" if end.get("error") else "done") if end else "stopped"
    message = str(end.get("error") or "")
    if end.get("failed"):
        message = f"{end['failed']:,} items could not be written; the manifest says why"
    numbers = int(progress.get("done", 0)), int(progress.get("total", 0))
    if state == "stopped":
        message = _last_line(place / "log.txt")
    kind, by, started = (str(asked.get(name, "")) for name in ("format", "by", "started"))
    return ExportJob(place.name, kind, by, started, state, *numbers, message, exports_dir / place.name)


def _last_line(path: Path) -> str:
    lines = path.read_text("utf-8", errors="replace").splitlines() if path.exists() else []
    return lines[-1][:300] if lines else ""


def main(name: str) -> int:
    """Run the export of a job that was noted; returns the exit code."""
    from facelib.export.job import export
    from facelib.models import identity

    conf = settings.load()
    place = conf.exports_dir / FOLDER / check_name(name)
    asked = _read(place / "job.json")
    try:
        manifest = export(
            conf.open_store(),
            asked["format"],
            conf.exports_dir / name,
            ExportOptions(**asked["options"]),
            same_person={kind.weights: kind.same_person for kind in identity.KINDS.values()},
            processes=max(1, (os.cpu_count() or 1) // 2),
            progress=lambda done, total: _write(place / "progress.json", {"done": done, "total": total}),
        )
    except FacelibError as error:
        _write(place / "end.json", {"error": f"{error.message}. {error.hint}".strip(". ")})
        return 1
    _write(place / "end.json", {"failed": len(manifest["failures"])})
    return 0


def _write(path: Path, document: dict[str, Any]) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(documents.encode(document))
    temporary.replace(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return document


def _is_held(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two pages that look at once do not take each other for a running export.
        return not _locked(file, fcntl.LOCK_SH)
    finally:
        os.close(file)


def _taken(file: int) -> bool:
    """The lock of a new job, also while pages look at the last one: they hold it for an instant."""
    for _ in range(LOOKS):
        if _locked(file, fcntl.LOCK_EX):
            return True
        time.sleep(LOOK_SECONDS)
    return False


def _locked(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
