"""Packs: old commit records of one day in one file, byte by byte as they were.

A log of a million videos is a million small files, which every listing pays for. A pack is a Parquet file with a row a
record: its key, and its bytes. It is written whole before the files that it stands for are removed, so that a record is
in one place or in both, never in none; readers list the files first and the packs after that.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from facelib.clock import parse_stamp
from facelib.errors import StoreError
from facelib.store import documents, layout
from facelib.store.objects import Store

SCHEMA = pa.schema([("key", pa.string()), ("record", pa.binary())])
ROWS = 16
"""Records of a row group: what is read to get at one of them."""


def write(store: Store, keys: list[str]) -> str:
    """Write a pack of commit records of one day, and read it back; returns its key.

    Args:
        store: the store.
        keys: of at least one record, in order.

    Raises:
        StoreError: what was read back is not what was written; reason ``bad_record``.
    """
    day, moments = keys[0].split("/")[-2], [_moment(key) for key in (keys[0], keys[-1])]
    packed = layout.pack(day, parse_stamp(moments[0]), parse_stamp(moments[1]), documents.digest(keys))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pack.parquet")
        _write(path, ((key, store.read(key)) for key in keys))
        store.put_file(packed, path, move=True)
    if [key for key, record in _rows(store.local(packed)) if record == store.read(key)] != keys:
        raise StoreError(f"{packed} is not what was written", hint="look at the disk", reason="bad_record")
    return packed


def keys(store: Store) -> Iterator[str]:
    """The keys of all packed records, those of one pack in order."""
    for day in store.names(layout.PACKS):
        for name in store.names(f"{layout.PACKS}/{day}"):
            yield from _column(store.local(f"{layout.PACKS}/{day}/{name}"))


def read(store: Store, key: str) -> bytes | None:
    """The bytes of a packed record; None where no pack has it."""
    day, moment = key.split("/")[-2], _moment(key)
    for name in store.names(f"{layout.PACKS}/{day}"):
        first, last, _ = name.split("_", 2)
        if first <= moment <= last:
            found = _one(store.local(f"{layout.PACKS}/{day}/{name}"), key)
            if found is not None:
                return found
    return None


def without(data: bytes, goes: Callable[[str], bool]) -> bytes | None:
    """The bytes of a pack without the records whose key ``goes``; the same where none does, None where all do."""
    if not any(goes(key) for key in _column(BytesIO(data))):
        return data
    kept = BytesIO()
    count = _write(kept, ((key, record) for key, record in _rows(BytesIO(data)) if not goes(key)))
    return kept.getvalue() if count else None


def _write(sink: Path | BytesIO, rows: Iterable[tuple[str, bytes]]) -> int:
    count, batch = 0, list[tuple[str, bytes]]()

    def flush(writer: pq.ParquetWriter) -> None:
        writer.write_table(pa.table([list(column) for column in zip(*batch, strict=True)], schema=SCHEMA))
        batch.clear()

    # The records are compressed already.
    with pq.ParquetWriter(sink, SCHEMA, compression={"key": "zstd", "record": "none"}, use_dictionary=False) as writer:
        for row in rows:
            batch.append(row)
            count += 1
            if len(batch) == ROWS:
                flush(writer)
        if batch:
            flush(writer)
    return count


def _rows(source: Path | BytesIO) -> Iterator[tuple[str, bytes]]:
    with pq.ParquetFile(source, pre_buffer=False) as file:
        for number in range(file.num_row_groups):
            group = file.read_row_group(number, use_threads=False)
            yield from zip(group["key"].to_pylist(), group["record"].to_pylist(), strict=True)


def _column(source: Path | BytesIO) -> list[str]:
    found: list[str] = pq.ParquetFile(source, pre_buffer=False).read(["key"], use_threads=False)["key"].to_pylist()
    return found


def _one(path: Path, key: str) -> bytes | None:
    with pq.ParquetFile(path, pre_buffer=False) as file:
        place = pc.index(file.read(["key"], use_threads=False)["key"], pa.scalar(key)).as_py()
        if place < 0:
            return None
        group = file.read_row_group(place // ROWS, columns=["record"], use_threads=False)
        record: bytes = group["record"][place % ROWS].as_py()
        return record


def _moment(key: str) -> str:
    return key.rsplit("/", 1)[1].split("_", 1)[0]
