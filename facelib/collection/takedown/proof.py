"""The proof of a takedown: every file and table of a store is searched for what must not be there any more."""

import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from facelib.catalog.redact import mentioned
from facelib.collection.takedown.sweep import KEPT, roots
from facelib.errors import StoreError
from facelib.index.connect import connect
from facelib.store import layout
from facelib.store.mentions import Mentions
from facelib.store.objects import TEMPORARY, Store
from facelib.store.takedowns import Takedown

MEDIA = (layout.MEDIA, layout.RAW)
"""Folders of pictures and sound, whose names are searched and whose bytes cannot hold an id."""


@dataclass(frozen=True)
class Leftover:
    """Something that a takedown should have removed: the key or table it is in, and what was found there."""

    where: str
    what: str


def leftovers(
    store: Store, record: Takedown, *, media: bool = False, progress: Callable[[int], None] = lambda done: None
) -> Iterator[Leftover]:
    """Search a store for what a takedown should have removed.

    Looked at are the name of every file; the bytes of every file but pictures and sound; the texts of every Parquet
    file, which its bytes hold compressed; every row of every catalogue; every row of every version of every vector
    table. Clips are found with their videos, because their ids begin with those. The deny list and the records of
    takedowns, which name it for good, are left out.

    Args:
        store: the store.
        record: of the takedown.
        media: search the bytes of pictures and sound too.
        progress: called with the number of files that were searched.
    """
    mentions = Mentions(record.needles)
    tables: set[PurePosixPath] = set()
    done = 0
    for top in roots(store):
        if top in KEPT:
            continue
        for key in [top] if store.exists(top) else store.walk(top):
            done += 1
            progress(done)
            tables |= {parent for parent in PurePosixPath(key).parents if parent.suffix == ".lance"}
            if mentions.in_text(key):
                yield Leftover(key, "its name")
            elif media or top not in MEDIA:
                yield from _in_file(store, key, mentions)
    for table in sorted(tables):
        yield from _in_vectors(connect(store.vectors(str(table.parent))), table.stem, mentions, str(table))


def _in_file(store: Store, key: str, mentions: Mentions) -> Iterator[Leftover]:
    try:
        path = store.local(key)
        if _in_bytes(path, mentions):
            yield Leftover(key, "its bytes")
        elif key.endswith(".parquet"):
            if _in_parquet(path, mentions):
                yield Leftover(key, "a text in it")
        elif key.endswith(".duckdb"):
            for table, rows in mentioned(path, mentions).items():
                yield Leftover(key, f"{rows} rows of {table}")
    except FileNotFoundError:  # a marker, lease or temporary file of work that goes on
        return
    except Exception as error:
        if isinstance(error, StoreError) and error.reason == "missing":
            return
        # What cannot be read cannot be said to be free of it.
        yield Leftover(key, f"cannot be searched: {error}")


def _in_bytes(path: Path, mentions: Mentions) -> bool:
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return mentions.in_bytes(data)


def _in_parquet(path: Path, mentions: Mentions) -> bool:
    with pq.ParquetFile(path, pre_buffer=False) as file:
        names = file.schema_arrow.names
        return any(
            mentions.in_table(pa.Table.from_batches([batch]))
            for batch in file.iter_batches(batch_size=4096, columns=names, use_threads=False)
        )


def _in_vectors(database: Any, table: str, mentions: Mentions, name: str) -> Iterator[Leftover]:
    """Rows of any version of a vector table, tagged or not."""
    opened = database.open_table(table)
    for version in opened.list_versions():
        opened.checkout(version["version"])
        texts = [f.name for f in opened.schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
        rows = opened.count_rows()
        if not rows or not texts:
            continue
        for batch in opened.search().select(texts).limit(rows).to_batches(8192):
            if mentions.in_table(pa.Table.from_batches([batch])):
                yield Leftover(f"{name}, version {version['version']}", "a row")
                break


def searched_elsewhere() -> str:
    """What a proof on one store cannot see, in a sentence."""
    return f"not searched: exports, backups, other stores, and files of writers that are at work in {TEMPORARY}/"
