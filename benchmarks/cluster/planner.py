"""The planner on a store that holds many uploads: its time and its memory."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.scale.child import Figures
from facelib.clock import day_of
from facelib.ids import video_id
from facelib.planning import finish, plan
from facelib.settings import Settings
from facelib.stages import pipeline
from facelib.store import generations, layout, uploads
from facelib.store.objects import Store
from facelib.store.uploads import Revision

DAYS = 100
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def fill(root: Path, number: int, new: int) -> Figures:
    """Write the names of that many uploads and of their commits, and that many new uploads without a commit.

    A commit's name settles it, so its record is left empty; a new upload is written as a download leaves it.
    """
    store, document = Store(root), Settings().pipeline_document()
    generation, settled = generations.current(store, document), pipeline.digest(document)
    for day in range(DAYS):
        moment = FIRST + timedelta(days=day)
        for folder in (f"{layout.DAYS}/{day_of(moment)}", f"{layout.COMMITS}/{day_of(moment)}"):
            store.path(folder).mkdir(parents=True, exist_ok=True)
        for item in range(day, number, DAYS):
            video = video_id("youtube", f"done{item}")
            when = moment + timedelta(microseconds=item)
            for key in (
                layout.day(day_of(moment), video),
                layout.commit(day_of(when), when, generation, video, settled),
            ):
                os.close(os.open(store.path(key), os.O_CREAT | os.O_WRONLY))
    for item in range(new):
        video = video_id("youtube", f"new{item}")
        uploads.record_sighting(store, video, {"title": "new", "duration_s": 360.0}, FIRST)
        uploads.resolve(store, video, {"upload_day": day_of(FIRST + timedelta(days=item % DAYS))})
        uploads.add_revision(store, Revision(1, f"{item:064x}", 1, "", "", FIRST.isoformat()), video)
    return {}


def plan_all(root: Path, new: int) -> Figures:
    """Plan every day of the store."""
    store = Store(root)
    before = _resident()
    started = time.perf_counter()
    made = plan(store, Settings(), uploads.days(store))
    seconds = time.perf_counter() - started
    grown = _peak() - before
    assert finish(store, made.plan_id) == new
    return {"plan_s": seconds, "shards": len(made.shards), "grown_mib": grown}


def plan_day(root: Path, new: int) -> Figures:
    """Plan one day, as a scheduled run does."""
    store = Store(root)
    before, day = _resident(), day_of(FIRST)
    started = time.perf_counter()
    made = plan(store, Settings(), [day], name="one day")
    seconds = time.perf_counter() - started
    assert sum(len(shard.videos) for shard in made.shards) == new // DAYS
    return {"plan_s": seconds, "shards": len(made.shards), "grown_mib": _peak() - before}


def _resident() -> float:
    """MiB in RAM now; from here on the peak is counted anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> float:
    """The most MiB in RAM since the start, or since :func:`_resident`."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
