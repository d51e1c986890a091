"""Runs stages, and runs them again with SIGKILL at every point where they write; a process of its own, for it forks.

``python -m tests.support.killed_stages FOLDER FILM STAGE...`` prints one JSON line a stage: how many points there were,
and those after which a rerun left other results or media than an undisturbed run. The stage ``commit`` is the commit.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from facelib.fetching.crawl import crawl
from facelib.fetching.download import download
from facelib.planning import plan
from facelib.settings import Settings
from facelib.stages.commit import commit_shard
from facelib.stages.runner import StageRun
from facelib.store import commits, layout, uploads
from facelib.store.objects import Store
from facelib.store.plans import Shard

_WRITES = {"os.link", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.copyfile"}
_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_COUNT = "points"


def main(folder: Path, film: Path, stages: list[str]) -> None:
    """Every stage in turn, each on what the one before left."""
    cv2.setNumThreads(1)
    settings = Settings(
        store=str(folder / "store"),
        work_dir=folder / "work",
        models_dir=Path(os.environ["FACELIB_MODELS_DIR"]),
        threads=1,
        batch=4,
        pipeline={"probe": {"min_bytes": 1000, "min_seconds": 0.1}, "track": {"min_seconds": 0.2}},
    )
    films = folder / "films"
    films.mkdir(parents=True)
    shutil.copy(film, films)
    store = settings.open_store()
    crawl(store, settings, [str(films)])
    download(store, settings)
    shard = plan(store, settings, uploads.days(store)).shards[0]
    for stage in stages:
        print(json.dumps({"stage": stage, **_compare(folder, settings, shard, stage)}), flush=True)


def _compare(folder: Path, settings: Settings, shard: Shard, stage: str) -> dict[str, Any]:
    store, before, undisturbed = folder / "store", folder / "before", folder / "undisturbed"
    shutil.copytree(store, before)
    assert _forked(lambda: _work(folder, settings, shard, stage, 0)) == 0
    points = int((folder / _COUNT).read_text())
    store.rename(undisturbed)
    wanted, other = _contents(undisturbed), []
    for point in range(1, points + 1):
        shutil.copytree(before, store)
        ended = _forked(lambda point=point: _work(folder, settings, shard, stage, point))  # type: ignore[misc]
        again = _forked(lambda: _work(folder, settings, shard, stage, 0))
        if (ended, again) != (-signal.SIGKILL, 0) or _contents(store) != wanted:
            other.append(point)
        shutil.rmtree(store)
    undisturbed.rename(store)
    shutil.rmtree(before)
    return {"points": points, "files": len(wanted), "other": other}


def _work(folder: Path, settings: Settings, shard: Shard, stage: str, kill_at: int) -> None:
    """A stage, killed before the write of that number; 0 counts the writes."""
    place, count = str(folder), 0

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        opened = event == "open" and arguments[2] & _FLAGS and place in str(arguments[0])
        if opened or event in _WRITES:
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    store: Store = settings.open_store()
    sys.addaudithook(watch)
    if stage == "commit":
        commit_shard(store, shard)
    else:
        StageRun(store, shard, stage, work_dir=settings.work_dir, **settings.stage_options()).run()
    if not kill_at:
        points = count
        (folder / _COUNT).write_text(str(points))


def _forked(work: Callable[[], None]) -> int:
    """The exit code of a child that did the work; negative: the signal that ended it."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def _contents(root: Path) -> dict[str, str]:
    """sha256 of every result and media file, and of the tables of the current commits."""
    found = {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for top in (layout.RESULTS, layout.MEDIA)
        for path in sorted((root / top).rglob("*"))
        if path.is_file()
    }
    store = Store(root)
    for video_id, name in commits.current(commits.all_names(store)).items():
        record = commits.read(store, name)
        stages = json.dumps(record.head["stages"], sort_keys=True)
        tables = [str(record.tables[table].to_pylist()) for table in sorted(record.tables)]
        found[f"commit of {video_id}"] = hashlib.sha256("".join([stages, *tables]).encode()).hexdigest()
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
