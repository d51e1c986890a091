"""An export in a process of its own: found again by its folder, however the one that began it ends."""

import fcntl
import threading
import time
from pathlib import Path

import pytest

from facelib.errors import SettingsError
from facelib.export.options import ExportOptions
from facelib.export_jobs import FOLDER, ExportJob, jobs, start
from facelib.store.objects import Store


def ended(folder: Path) -> ExportJob:
    deadline = time.monotonic() + 120
    while True:
        (job,) = jobs(folder)
        if job.state != "running":
            return job
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_failure_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    Store(tmp_path / "store").put("a", b"")
    start(tmp_path / "exports", "talks", "clips", ExportOptions(), "anna")
    with pytest.raises(SettingsError, match="being written"):
        start(tmp_path / "exports", "talks", "clips", ExportOptions(), "anna")
    job = ended(tmp_path / "exports")
    assert (job.name, job.by, job.state) == ("talks", "anna", "failed")
    assert "nothing was published" in job.message


def test_a_process_that_died_is_stopped(tmp_path: Path) -> None:
    place = tmp_path / FOLDER / "talks"
    place.mkdir(parents=True)
    (place / "job.json").write_text('{"format": "clips", "by": "anna", "started": "2026-01-05T00:00:00+00:00"}')
    (place / "lock").touch()
    (place / "progress.json").write_text('{"done": 2, "total": 5}')
    (place / "log.txt").write_text("one\nKilled\n")
    (job,) = jobs(tmp_path)
    assert (job.state, job.done, job.total, job.message) == ("stopped", 2, 5, "Killed")


def test_a_page_that_looks_is_no_running_export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_STORE", str(tmp_path / "store"))
    monkeypatch.setattr("facelib.export_jobs.LOOKS", 6000)
    place = tmp_path / FOLDER / "talks"
    place.mkdir(parents=True)
    (place / "job.json").write_text("{}")
    with (place / "lock").open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert [job.state for job in jobs(tmp_path)] == ["stopped"]
        threading.Timer(0.05, fcntl.flock, (looking.fileno(), fcntl.LOCK_UN)).start()
        start(tmp_path, "talks", "clips", ExportOptions(), "anna")
    assert ended(tmp_path).state == "failed"


@pytest.mark.parametrize("name", ["", "../up", ".jobs", "a b", "x" * 101])
def test_a_name_is_one_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="no name of a folder"):
        start(tmp_path, name, "clips", ExportOptions(), "anna")
    assert not any(tmp_path.iterdir())
