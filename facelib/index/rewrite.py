"""Vector tables without some videos, in a new folder: old versions and indexes stay in the files of the old one.

LanceDB's own cleaning leaves the files of an index until later, and refuses while an old version is tagged.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from facelib.index import upkeep
from facelib.index.connect import connect
from facelib.store.options import VectorFolder

BATCH = 8192
"""Rows that are read and written at a time."""

Wanted = Mapping[str, Mapping[int, Sequence[str]]]
"""By table, the versions that are to be kept, each with the tags that it gets."""


@dataclass(frozen=True)
class Rewritten:
    """A version of a table in the new folder: its number, its rows, and how many rows of the old one are not in it."""

    version: int
    rows: int
    removed: int


def rewrite(
    old: VectorFolder, new: VectorFolder, wanted: Wanted, videos: Collection[str], keep_lock: Any = lambda: None
) -> dict[tuple[str, int], Rewritten]:
    """Write some versions of the vector tables to a new folder, without the vectors of some videos.

    The highest version of each table is the newest one there too. Rows that two versions share are stored once.

    Args:
        old: a LanceDB folder.
        new: the new folder; must not exist.
        wanted: what to keep.
        videos: ids of the videos that are left out.
        keep_lock: called now and then.

    Returns:
        What became of each version, by table and old version.
    """
    if isinstance(new, Path):
        new.mkdir(parents=True)
    source, target = connect(old), connect(new)
    found: dict[tuple[str, int], Rewritten] = {}
    for name, versions in sorted(wanted.items()):
        writer = _TableWriter(target, name, keep_digests=len(versions) > 1)
        metric = upkeep.indexed_metric(source.open_table(name))
        for version in sorted(versions):
            opened = source.open_table(name)
            opened.checkout(version)
            removed = writer.bring_to(opened.schema, _batches(opened, keep_lock), videos)
            keep_lock()
            writer.keep_up(metric)
            found[name, version] = Rewritten(writer.version, writer.rows, removed)
            for tag in versions[version]:
                writer.tag(tag)
    return found


def tag(folder: VectorFolder, versions: Mapping[str, int], name: str) -> None:
    """Tag a version of each table; a tag that is there already moves to it."""
    database = connect(folder)
    for table, version in versions.items():
        tags = database.open_table(table).tags
        if name not in tags.list():
            tags.create(name, version)
        elif tags.get_version(name) != version:
            tags.update(name, version)


class _TableWriter:
    """Brings a new table from one state to the next by what differs."""

    def __init__(self, database: Any, name: str, *, keep_digests: bool) -> None:
        self._database, self._name, self._keep_digests = database, name, keep_digests
        self._held: dict[str, bytes] = {}
        self._table: Any = None
        self.rows = 0

    @property
    def version(self) -> int:
        return int(self._table.version)

    def tag(self, name: str) -> None:
        self._table.tags.create(name, self.version)

    def keep_up(self, metric: str | None) -> None:
        """Index the new table where the old one has an index, and its size still asks for one."""
        if metric:
            upkeep.keep_up(self._table, metric)

    def bring_to(self, schema: pa.Schema, batches: Iterator[pa.RecordBatch], videos: Collection[str]) -> int:
        """Give the table these rows, without those of some videos; returns how many were left out."""
        without, left_out, seen = pa.array(sorted(videos), pa.string()), 0, dict[str, bytes]()
        first = self._table is None
        if first:
            self._table = self._database.create_table(self._name, schema=schema)
        self.rows = 0
        for batch in batches:
            kept = batch.filter(pc.invert(pc.is_in(batch.column("video_id"), without)))
            left_out += batch.num_rows - kept.num_rows
            self.rows += kept.num_rows
            digests = _digests(kept) if self._keep_digests else {}
            if not first:
                changed = [self._held.get(clip_id) != digest for clip_id, digest in digests.items()]
                kept = kept.filter(pa.array(changed, pa.bool_()))
            seen |= digests
            if kept.num_rows:
                self._write(pa.Table.from_batches([kept], schema), first)
        self._delete(sorted(set(self._held) - set(seen)))
        self._held = seen
        return left_out

    def _write(self, rows: pa.Table, first: bool) -> None:
        if first:
            self._table.add(rows)
        else:
            merge = self._table.merge_insert("clip_id").when_matched_update_all().when_not_matched_insert_all()
            merge.execute(rows)

    def _delete(self, clip_ids: list[str]) -> None:
        for start in range(0, len(clip_ids), BATCH):
            quoted = ", ".join("'" + clip_id.replace("'", "''") + "'" for clip_id in clip_ids[start : start + BATCH])
            self._table.delete(f"clip_id IN ({quoted})")


def _batches(opened: Any, keep_lock: Any) -> Iterator[pa.RecordBatch]:
    rows = opened.count_rows()
    if rows:
        for batch in opened.search().limit(rows).to_batches(BATCH):
            keep_lock()
            yield batch.select(opened.schema.names)


def _digests(batch: pa.RecordBatch) -> dict[str, bytes]:
    """What tells whether two rows of one clip are the same, by clip id."""
    width = len(batch.column("vector")[0]) if batch.num_rows else 1
    vectors = np.ascontiguousarray(batch.column("vector").flatten().to_numpy(zero_copy_only=False)).reshape(-1, width)
    others = batch.drop_columns(["vector"]).to_pylist()
    return {
        row["clip_id"]: hashlib.blake2b(repr(row).encode() + vector.tobytes(), digest_size=12).digest()
        for row, vector in zip(others, vectors, strict=True)
    }
