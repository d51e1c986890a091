"""Removes what the store's own files hold of some videos: whole trees, entries of logs, and mentions in documents."""

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa

from facelib.curate.person_events import SPLIT
from facelib.errors import StoreError
from facelib.store import documents, layout, people, records, takedowns, uploads
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

Keep = Callable[[], None]


def in_place(store: Store, videos: Sequence[str]) -> list[str]:
    """Paths of files that were read where they lie; they belong to somebody else, who has to see to them."""
    found = []
    for video_id in videos:
        for name in store.names(f"{layout.VIDEOS}/{video_id}"):
            if name.startswith("revision-"):
                number = int(name.removeprefix("revision-").removesuffix(".json"))
                revision = uploads.revision(store, video_id, number)
                if revision and revision.path:
                    found.append(revision.path)
    return found


def remove_trees(store: Store, videos: Sequence[str], keep_lock: Keep = lambda: None) -> Counter[str]:
    """Remove all folders of some videos but the one that says what is known of each; files removed, by folder.

    ``keep_lock`` is called before each video.
    """
    removed: Counter[str] = Counter()
    for video_id in videos:
        keep_lock()
        folders = [(top, f"{top}/{video_id}") for top in (layout.RAW, layout.MEDIA, layout.QUARANTINE)]
        for top in (layout.RESULTS, layout.MARKERS):
            folders += [(top, f"{top}/{stage}/{video_id}") for stage in store.names(top)]
        folders.append((layout.LEASES, layout.lease(f"video/{video_id}")))
        for top, folder in folders:
            removed[top] += _remove_tree(store, folder)
    return +removed


def remove_known(store: Store, videos: Sequence[str]) -> Counter[str]:
    """Remove what is known of each upload: sighting, day, revisions, tries, information, captions."""
    return +Counter({layout.VIDEOS: sum(_remove_tree(store, f"{layout.VIDEOS}/{video_id}") for video_id in videos)})


def withdraw(store: Store, video_id: str) -> None:
    """Take back what a download has written of an upload that came onto the deny list meanwhile."""
    remove_trees(store, [video_id])
    remove_known(store, [video_id])
    for folder in (layout.DAYS, layout.PENDING):
        for day in store.names(folder):
            store.remove(f"{folder}/{day}/{video_id}")
    for day in store.names(layout.DOWNLOADS)[-2:]:
        for name in store.names(f"{layout.DOWNLOADS}/{day}"):
            if name.endswith(f"_{video_id}"):
                store.remove(f"{layout.DOWNLOADS}/{day}/{name}")


def remove_scratch(work_dir: Path, videos: Sequence[str]) -> int:
    """Remove downloads that were begun on this machine; returns how many files."""
    scratch, removed = Store(work_dir), 0
    for name in scratch.names("downloads"):
        if any(name.startswith(f"{video_id}.") for video_id in videos):
            path = scratch.path(f"downloads/{name}")
            if path.is_dir():
                removed += _remove_tree(scratch, f"downloads/{name}")
            else:
                scratch.remove(f"downloads/{name}")
                removed += 1
    return removed


def sweep(store: Store, mentions: Mentions, keep_lock: Keep) -> Counter[str]:
    """Remove or rewrite every log entry, plan and document that mentions an id; how many, by folder.

    A file goes when its name mentions one. A JSON document or a record loses what is about it. Files that can be about
    one video only are not opened.
    """
    changed: Counter[str] = Counter()
    changed[layout.PEOPLE] += people.forget(store, mentions)
    changed[TEMPORARY] += _remove_stale(store)
    for top in roots(store):
        if top in KEPT | BY_VIDEO | DERIVED:
            continue
        for count, key in enumerate(list(store.walk(top))):
            if count % 1000 == 0:
                keep_lock()
            if mentions.in_text(key):
                store.remove(key)
            elif key.startswith(NAMED_BY_VIDEO) or not _rewrite(store, key, mentions):
                continue
            changed[_folder(key)] += 1
    return +changed


def roots(store: Store) -> list[str]:
    """The names at the top of the store."""
    return sorted(entry.name for entry in store.root.iterdir()) if store.root.is_dir() else []


def _remove_stale(store: Store) -> int:
    """Remove temporary files of writers that died; what they hold cannot be known."""
    removed = 0
    for name in store.names(TEMPORARY):
        path = store.path(f"{TEMPORARY}/{name}")
        with contextlib.suppress(FileNotFoundError):  # its writer is alive and done
            if time.time() - path.stat().st_mtime > STALE_S:
                path.unlink()
                removed += 1
    return removed


def _rewrite(store: Store, key: str, mentions: Mentions) -> bool:
    if key.endswith(".json"):
        return takedowns.rewrite(
            store, key, lambda data: _document(data, mentions, whole=key.startswith(layout.DECISIONS))
        )
    if key.endswith(".parquet"):
        return takedowns.rewrite(store, key, lambda data: _record(data, key, mentions))
    if mentions.in_bytes(store.read(key)):
        raise StoreError(f"{key} mentions what is taken down, and nothing here can rewrite it", reason="bad_record")
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


def _remove_tree(store: Store, folder: str) -> int:
    files = sum(1 for _ in store.walk(folder))
    store.remove_tree(folder)
    return files


def _folder(key: str) -> str:
    parts = key.split("/")
    return "/".join(parts[:2]) if parts[0] == "log" else parts[0]
