"""Commit records: which results of a video belong together, and the rows that publish needs.

Current is the record with the highest (settings generation, commit time). Both are part of the file's name, so the
current commit of every video is known from a listing alone, and so is whether it leaves work under a pipeline.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from facelib.clock import day_of, now, parse_stamp
from facelib.errors import StoreError
from facelib.store import layout, log, packs, records
from facelib.store.objects import Store


@dataclass(frozen=True, slots=True)
class CommitName:
    """What the name of a commit record tells.

    Args:
        key: where the record lies.
        video_id: the video.
        generation: the settings generation that it was computed under.
        time: of the commit, UTC.
        settled: digest of the pipeline whose every stage has a result here; empty where one has none.
    """

    key: str
    video_id: str
    generation: int
    time: datetime
    settled: str = ""

    @property
    def order(self) -> tuple[int, datetime, str]:
        """The highest one of a video is current; the key settles a tie the same way everywhere."""
        return (self.generation, self.time, self.key)

    @classmethod
    def parse(cls, key: str) -> "CommitName":
        """Read the name of a commit record."""
        moment, mark, video_id = key.rsplit("/", 1)[1].removesuffix(".parquet").split("_", 2)
        generation, _, settled = mark.partition("-")
        return cls(key, video_id, int(generation[1:]), parse_stamp(moment), settled)


def write(
    store: Store,
    *,
    video_id: str,
    generation: int,
    head: dict[str, Any],
    tables: dict[str, pa.Table],
    settled: str = "",
) -> CommitName:
    """Append a commit record.

    Args:
        store: where.
        video_id: the video.
        generation: the settings generation that it was computed under.
        head: ``stages`` (stage → ``{"fingerprint": ...}`` with ``"reason"`` when it was not computed), upload, counts.
        tables: the rows that publish needs.
        settled: digest of the pipeline, when every stage of it has a result.
    """
    moment = now()
    key = layout.commit(day_of(moment), moment, generation, video_id, settled)
    head = {**head, "video_id": video_id, "generation": generation, "committed": moment.isoformat()}
    store.put(key, records.encode(records.Record(head, tables)))
    return CommitName.parse(key)


def read(store: Store, name: CommitName, *, only: Iterable[str] | None = None) -> records.Record:
    """A commit record, all tables or only some; with an empty ``only`` just its head."""
    return records.decode(_bytes(store, name.key), name=name.key, only=only)


def current(names: Iterable[CommitName]) -> dict[str, CommitName]:
    """The current commit of each video among these."""
    newest: dict[str, CommitName] = {}
    for name in names:
        if name.video_id not in newest or name.order > newest[name.video_id].order:
            newest[name.video_id] = name
    return newest


def current_of(store: Store, videos: Container[str]) -> dict[str, CommitName]:
    """The current commits of some videos; memory grows with those, not with the log."""
    names = (CommitName.parse(key) for key in _keys(store))
    return current(name for name in names if name.video_id in videos)


def all_names(store: Store, *, known: frozenset[str] | set[str] = frozenset()) -> list[CommitName]:
    """The names of all commit records, without those in ``known``, in order of time."""
    return [CommitName.parse(key) for key in sorted({key for key in _keys(store) if key not in known})]


def _keys(store: Store) -> Iterator[str]:
    """The keys of all records. Files before packs: one that is being packed comes twice, rather than not at all."""
    yield from log.entries(store, layout.COMMITS)
    yield from packs.keys(store)


def _bytes(store: Store, key: str) -> bytes:
    try:
        return store.read(key)
    except StoreError as error:
        packed = packs.read(store, key) if error.reason == "missing" else None
        if packed is None:
            raise
        return packed
