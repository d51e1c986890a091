"""Lets raw downloads go: every stage after ``track`` reads the clip, so a finished video does not need them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from facelib.clock import now
from facelib.errors import StoreError
from facelib.maintenance.report import Freed
from facelib.settings import Settings
from facelib.stages import pipeline
from facelib.store import commits, deny, layout, leases, results, uploads
from facelib.store.commits import CommitName
from facelib.store.objects import Store

HOLDER = "maintenance"
WHAT = "raw downloads"


def let_go(store: Store, settings: Settings, *, dry_run: bool) -> Freed:
    """Remove the downloaded files of videos that have been done for ``maintenance.raw_days``.

    A video is done when every stage of the settings in force has a result, none is missing, in quarantine or stale, and
    the files of each result are there with their sizes. A video that somebody works on, that waits for its commit or
    that is on the deny list is left alone. Files that are read in place are not in the store, and stay.
    """
    freed = Freed(WHAT)
    if not settings.maintenance.raw_days:
        return freed
    before = now() - timedelta(days=settings.maintenance.raw_days)
    for video_id in _done_before(store, settings, before):
        if leases.held(store, f"video/{video_id}"):
            continue
        keys = list(store.walk(f"{layout.RAW}/{video_id}"))
        sizes = [max(0, store.size(key)) for key in keys]
        if dry_run or _removed(store, video_id, keys):
            freed.add(sizes)
    return freed


def _removed(store: Store, video_id: str, keys: list[str]) -> bool:
    """Remove files under the video's lease, so that no stage reads them meanwhile; False when somebody else has it."""
    if not leases.take(store, f"video/{video_id}", HOLDER, minutes=10.0):
        return False
    try:
        for key in keys:
            store.remove(key)
        store.remove_tree(f"{layout.RAW}/{video_id}")
    finally:
        leases.release(store, f"video/{video_id}", HOLDER)
    return True


def _done_before(store: Store, settings: Settings, before: datetime) -> Iterator[str]:
    held = [video_id for video_id in store.names(layout.RAW) if store.names(f"{layout.RAW}/{video_id}")]
    newest, denied = commits.current_of(store, frozenset(held)), deny.denied(store)
    document = settings.pipeline_document()
    pending = {name for day in store.names(layout.PENDING) for name in store.names(f"{layout.PENDING}/{day}")}
    for video_id in held:
        current = newest.get(video_id)
        if video_id in denied or video_id in pending or current is None or current.time > before:
            continue
        if _is_done(store, document, current):
            yield video_id


def _is_done(store: Store, document: dict[str, object], current: CommitName) -> bool:
    """Whether every stage has a sound result under these settings: only then nothing will ask for the source."""
    revision = uploads.revision(store, current.video_id)
    if revision is None:
        return False
    states = commits.read(store, current, only=()).head["stages"]
    for stage, wanted in pipeline.chain(document, revision.digest).items():
        state = states.get(stage, {})
        if state.get("fingerprint") != wanted or "reason" in state:
            return False
        try:
            result = results.read(store, stage, current.video_id, wanted)
        except StoreError:
            return False
        if result is None or results.verify(store, result):
            return False
    return True
