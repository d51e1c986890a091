"""Quarantine: (video, stage, fingerprint) that failed, why, and whether a person has released it.

An entry never stops a shard and is not retried until it is released. Because the fingerprint is part of its key, a
fixed stage version, another model or other parameters are tried again by themselves.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from facelib.clock import now
from facelib.errors import StoreError
from facelib.store import documents, layout
from facelib.store.objects import Store

RELEASED = "released"


@dataclass(frozen=True)
class Entry:
    """One quarantined computation.

    Args:
        video_id: the video.
        stage: the stage that failed; ``download`` for an upload that could not be fetched.
        fingerprint: what was being computed.
        error: class of the exception, or ``Crash``.
        reason: stable code in snake_case.
        message: for a person to read.
        attempts: how often it was tried.
        entered: when, UTC, ISO 8601.
    """

    video_id: str
    stage: str
    fingerprint: str
    error: str
    reason: str
    message: str
    attempts: int
    entered: str


def enter(store: Store, video_id: str, stage: str, fingerprint: str, *, error: str, reason: str, message: str) -> Entry:
    """Put a computation in quarantine. One that is there already stays as it was."""
    existing = find(store, video_id, stage, fingerprint)
    if existing:
        return existing
    number = _last(store, layout.quarantine(video_id, stage, fingerprint)) + 1
    entry = Entry(video_id, stage, fingerprint, error, reason, message, number, now().isoformat())
    store.put(_key(entry), documents.encode(asdict(entry)))
    return entry


def find(store: Store, video_id: str, stage: str, fingerprint: str) -> Entry | None:
    """The entry in force for a computation; None when there is none or it was released."""
    folder = layout.quarantine(video_id, stage, fingerprint)
    number = _last(store, folder)
    if not number or store.exists(f"{folder}/{number:03d}.{RELEASED}"):
        return None
    return Entry(**documents.decode(store.read(f"{folder}/{number:03d}.json")))


def release(store: Store, entry: Entry, *, by: str) -> None:
    """Let a computation be tried again; noted for good with who did so."""
    key = _key(entry).removesuffix(".json") + f".{RELEASED}"
    store.put(key, documents.encode({"by": by, "at": now().isoformat()}))


def active(store: Store, *, video_id: str | None = None) -> Iterator[Entry]:
    """All entries in force, of one video or of all."""
    for video in [video_id] if video_id else store.names(layout.QUARANTINE):
        for stage in store.names(f"{layout.QUARANTINE}/{video}"):
            for fingerprint in store.names(f"{layout.QUARANTINE}/{video}/{stage}"):
                entry = find(store, video, stage, fingerprint)
                if entry:
                    yield entry


def _key(entry: Entry) -> str:
    return f"{layout.quarantine(entry.video_id, entry.stage, entry.fingerprint)}/{entry.attempts:03d}.json"


def _last(store: Store, folder: str) -> int:
    numbers = [name.split(".")[0] for name in store.names(folder)]
    try:
        return max((int(number) for number in numbers), default=0)
    except ValueError as error:
        raise StoreError(f"unexpected file in {folder}", reason="bad_record") from error
