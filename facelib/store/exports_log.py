"""The log of exports: which datasets were made of the store, and whether one of them may hold a video.

An entry holds digests in place of the ids of videos, so that a takedown need not change it and yet finds, by the id
that it was given, the exports that may hold a video: one that was begun and never
completed counts too.
"""

import contextlib
import hashlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from facelib.clock import day_of, now
from facelib.store import documents, layout, log
from facelib.store.objects import Store

DIGITS = 24
ITEMS = "items.jsonl"
"""The file of a finished dataset that names the video of every item."""


@dataclass(frozen=True)
class NotedExport:
    """One export.

    Args:
        format: name of the format.
        folder: where it was written.
        at: when it was begun or gone on with, UTC, ISO 8601.
        publication: number of the publication that it was made of.
        snapshot: the snapshot that it was made of; empty where it was none.
        options: what was asked for, without the condition, which may name a video.
        items: how many items were planned.
        videos: :func:`digest_of` the videos that were planned, sorted.
    """

    format: str
    folder: str
    at: str
    publication: int
    snapshot: str
    options: dict[str, Any]
    items: int
    videos: tuple[str, ...]


def digest_of(video_id: str) -> str:
    """What stands for a video in the log.

    >>> digest_of("youtube_x-0123456789") == digest_of("youtube_x-0123456789"), len(digest_of("a"))
    (True, 24)
    """
    return hashlib.sha256(f"exported\0{video_id}".encode()).hexdigest()[:DIGITS]


def record(store: Store, *, videos: Iterable[str], **said: Any) -> NotedExport:
    """Note an export before its first file is written.

    The arguments are the fields of :class:`NotedExport`, videos by their ids.
    """
    moment = now()
    said["options"] = {name: value for name, value in said["options"].items() if name != "where"}
    entry = NotedExport(**said, at=moment.isoformat(), videos=tuple(sorted(digest_of(video) for video in set(videos))))
    folder = hashlib.sha256(entry.folder.encode()).hexdigest()
    store.put(layout.export_entry(day_of(moment), moment, folder), documents.encode(asdict(entry)))
    return entry


def read_all(store: Store) -> Iterator[NotedExport]:
    """All entries, the oldest first."""
    for key in log.entries(store, layout.EXPORTS):
        yield _read(store, key)


def newest(store: Store, limit: int) -> list[NotedExport]:
    """The newest entries, the last one first; the others are not read."""
    found: list[NotedExport] = []
    for day in reversed(log.days(store, layout.EXPORTS)):
        for name in reversed(store.names(f"{layout.EXPORTS}/{day}")):
            if len(found) >= limit:
                return found
            found.append(_read(store, f"{layout.EXPORTS}/{day}/{name}"))
    return found


def holding(store: Store, videos: Collection[str]) -> list[NotedExport]:
    """The exports that held one of these videos, the oldest first; of one folder only the last with the same content.

    A folder may have been moved or deleted since.
    """
    wanted = {digest_of(video) for video in videos}
    found: dict[tuple[str, tuple[str, ...]], NotedExport] = {}
    for entry in read_all(store):
        if wanted.intersection(entry.videos):
            found[entry.folder, entry.videos] = entry
    return sorted(found.values(), key=lambda entry: entry.at)


def state(entry: NotedExport, videos: Collection[str]) -> str:
    """What the folder of an export holds of these videos now.

    Returns:
        ``absent`` where this machine has no such folder; ``without`` where the dataset was finished without them;
        ``holds`` in all other cases, so also where it was not finished, or may not be read.
    """
    folder, gone = Path(entry.folder), set(videos)
    try:
        with (folder / ITEMS).open(encoding="utf-8") as lines:
            return "holds" if any(json.loads(line)["video_id"] in gone for line in lines) else "without"
    except (OSError, ValueError, KeyError, TypeError):
        with contextlib.suppress(OSError):  # where nobody may look, it may hold them
            return "holds" if folder.is_dir() else "absent"
        return "holds"


def _read(store: Store, key: str) -> NotedExport:
    document = documents.decode(store.read(key))
    return NotedExport(**{**document, "videos": tuple(document["videos"])})
