"""Sweeps the store's own files: entries of logs and mentions in documents of what is taken down go."""

from collections import Counter
from collections.abc import Callable

import pyarrow as pa

from facelib.curate.person_events import SPLIT
from facelib.errors import StoreError
from facelib.store import documents, layout, packs, people, records, takedowns
from facelib.store.mentions import TAKEN_DOWN, Mentions
from facelib.store.objects import TEMPORARY, Store
from facelib.store.records import Record

KEPT = frozenset({layout.DENY, layout.TAKEDOWNS})
"""Folders that name what was taken down, for good."""
BY_VIDEO = frozenset({layout.VIDEOS, layout.RAW, layout.MEDIA, layout.RESULTS, layout.MARKERS, layout.QUARANTINE})
"""Folders whose files lie below the name of the one video that they are about."""
NAMED_BY_VIDEO = (layout.COMMITS, layout.DOWNLOADS, layout.DAYS, layout.PENDING, layout.LEASES)
"""Folders whose files have the name of the one video that they are about in their own."""
DERIVED = frozenset({"derived", layout.SNAPSHOTS, layout.PUBLISHED, TEMPORARY})

STALE_S = 3600.0
"""After this time without a change a temporary file belongs to nobody, s."""


def sweep(store: Store, mentions: Mentions, keep_lock: Callable[[], None]) -> tuple[Counter[str], list[str]]:
    """Remove or rewrite every log entry, plan and document that mentions an id.

    A file goes when its name mentions one. A JSON document or a record loses what is about it. Files that can be about
    one video only are not opened.

    Returns:
        How many went or were rewritten, by folder, and the keys of files that mention one and cannot be rewritten: none
        of a store's own is of such a kind.
    """
    changed, left = Counter[str](), list[str]()
    changed[layout.PEOPLE] += people.forget(store, mentions)
    changed[TEMPORARY] += store.remove_stale(STALE_S)
    for top in roots(store):
        if top in KEPT | BY_VIDEO | DERIVED:
            continue
        for count, key in enumerate([top] if store.exists(top) else list(store.walk(top))):
            if count % 1000 == 0:
                keep_lock()
            try:
                if mentions.in_text(key):
                    store.remove(key)
                elif key.startswith(NAMED_BY_VIDEO) or not _rewrite(store, key, mentions):
                    continue
            except StoreError as error:
                if error.reason != "bad_record":
                    raise
                left.append(key)
                continue
            changed[_folder(key)] += 1
    return +changed, left


def roots(store: Store) -> list[str]:
    """The names at the top of the store."""
    return store.names()


def _rewrite(store: Store, key: str, mentions: Mentions) -> bool:
    """Take out of a file what mentions an id; whether there was any. Raises StoreError where that cannot be done."""
    try:
        if key.endswith(".json"):
            return takedowns.rewrite(
                store, key, lambda data: _document(data, mentions, whole=key.startswith(layout.DECISIONS))
            )
        if key.startswith(layout.PACKS):
            return takedowns.rewrite(store, key, lambda data: packs.without(data, mentions.in_text))
        if key.endswith(".parquet"):
            return takedowns.rewrite(store, key, lambda data: _record(data, key, mentions))
    except (StoreError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{key} cannot be read", reason="bad_record") from error
    if mentions.in_bytes(store.read(key)):
        raise StoreError(f"{key} cannot be rewritten", reason="bad_record")
    return False


def _document(data: bytes, mentions: Mentions, *, whole: bool) -> bytes | None:
    """A JSON document without the mentions; None for one that is wholly about it."""
    if not mentions.in_bytes(data):
        return data
    document = documents.decode(data)
    without = mentions.without(document)
    split = whole and document["kind"] == SPLIT
    if split:
        # It still says which clips the other person of it has.
        without["value"] = mentions.without(document["value"])
    kept = documents.encode(without)
    if whole and not split and TAKEN_DOWN.encode() in kept:
        return None
    # Bytes that only look like a mention leave the document as it was.
    return kept if kept != documents.encode(document) else data


def _record(data: bytes, key: str, mentions: Mentions) -> bytes:
    record = records.decode(data, name=key)
    tables = {name: _rows(table, mentions) for name, table in record.tables.items()}
    head = mentions.without(record.head)
    if head == record.head and all(table is record.tables[name] for name, table in tables.items()):
        return data
    return records.encode(Record(head, tables))


def _rows(table: pa.Table, mentions: Mentions) -> pa.Table:
    """The rows of a table that do not mention an id; the table itself where all do not."""
    if not mentions.in_table(table):
        return table
    kept = [not mentions.in_table(table.slice(number, 1).combine_chunks()) for number in range(table.num_rows)]
    return table.filter(pa.array(kept, pa.bool_()))


def _folder(key: str) -> str:
    parts = key.split("/")
    return "/".join(parts[:2]) if parts[0] == "log" else parts[0]
