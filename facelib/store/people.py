"""Which person a clip shows, as immutable records: one for each publish that found something out.

Persons are truth: their ids live here and outlast a rebuild. A later record of a clip counts more than an earlier one.
Each row says where in the source its clip was, so that a clip of a re-run finds the person of the one it replaces.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pyarrow as pa

from facelib.clock import day_of, now, parse_stamp
from facelib.store import layout, log, records
from facelib.store.decisions import Anchor
from facelib.store.mentions import Mentions
from facelib.store.objects import Store
from facelib.store.records import Record

CLIPS = pa.schema(
    [
        ("clip_id", pa.string()),
        ("video_id", pa.string()),
        ("person_id", pa.string()),
        ("distance", pa.float64()),
        ("decided_by", pa.string()),
        ("neighbours", pa.int32()),
        ("start_s", pa.float64()),
        ("end_s", pa.float64()),
        *((edge, pa.float64()) for edge in ("x1", "y1", "x2", "y2")),
    ]
)
"""A clip, its person (empty while it waits), and where it is: seconds of the source, the face in source pixels."""
TWINS = pa.schema([("person_a", pa.string()), ("person_b", pa.string()), ("distance", pa.float64())])


def write(
    store: Store,
    head: Mapping[str, Any],
    clips: Iterable[Mapping[str, Any]],
    twins: Iterable[Mapping[str, Any]] = (),
) -> str:
    """Append a record; returns its key. Call it under the lock of publish: each is later than all before.

    Args:
        store: where.
        head: which vectors and settings were used.
        clips: rows of :data:`CLIPS`.
        twins: rows of :data:`TWINS`.
    """
    moment, newest = now(), _newest(store)
    if newest:
        # The clock of this machine may be behind that of the last one which published.
        moment = max(moment, parse_stamp(_stamp(newest)) + timedelta(microseconds=1))
    record = Record(dict(head), {"clips": records.table(clips, CLIPS), "twins": records.table(twins, TWINS)})
    data = records.encode(record)
    key = layout.people(day_of(moment), moment, hashlib.sha256(data).hexdigest())
    store.put(key, data)
    return key


def keys(store: Store, *, known: frozenset[str] | set[str] = frozenset()) -> Iterator[str]:
    """The keys of all records in order of time, without those in ``known``."""
    return log.entries(store, layout.PEOPLE, known=known)


def read(store: Store, key: str) -> Record:
    """A record; where a takedown has rewritten it, what it is now."""
    if not store.exists(key):
        folder, _, name = key.rpartition("/")
        same = [other for other in store.names(folder) if other.split("_")[0] == name.split("_")[0]]
        key = f"{folder}/{same[0]}" if same else key
    return records.decode(store.read(key), name=key)


def anchor(row: Mapping[str, Any]) -> Anchor:
    """Where the clip of a row is."""
    return Anchor(row["video_id"], row["start_s"], row["end_s"], (row["x1"], row["y1"], row["x2"], row["y2"]))


def forget(store: Store, mentions: Mentions) -> int:
    """Rewrite the records that mention some videos or clips, without them; only takedown does so.

    The new record stands at the same time as the old one, so it counts as much. It is there before the old one goes.

    Returns:
        How many records were rewritten.
    """
    rewritten = 0
    for key in list(keys(store)):
        record = records.decode(store.read(key), name=key)
        if not mentions.in_table(record.tables["clips"]):
            continue
        kept = [
            row
            for row in record.rows("clips")
            if not (mentions.in_text(row["clip_id"]) or mentions.in_text(row["video_id"]))
        ]
        data = records.encode(Record(record.head, {**record.tables, "clips": records.table(kept, CLIPS)}))
        moment = parse_stamp(_stamp(key))
        store.put(layout.people(key.split("/")[-2], moment, hashlib.sha256(data).hexdigest()), data)
        store.remove(key)
        rewritten += 1
    return rewritten


def _newest(store: Store) -> str:
    for day in reversed(log.days(store, layout.PEOPLE)):
        names = store.names(f"{layout.PEOPLE}/{day}")
        if names:
            return f"{layout.PEOPLE}/{day}/{names[-1]}"
    return ""


def _stamp(key: str) -> str:
    return key.rsplit("/", 1)[-1].split("_")[0]
