"""A store in which videos have left everything that a pipeline leaves, and what is seen of them in it."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from facelib.catalog.reader import Catalog
from facelib.clock import now
from facelib.collection.snapshots import publication
from facelib.collection.takedown.proof import leftovers
from facelib.index.reader import Index
from facelib.publish import publish
from facelib.store import (
    decisions,
    download_log,
    layout,
    leases,
    plans,
    published,
    quarantine,
    results,
    takedowns,
    uploads,
)
from facelib.store.decisions import Anchor, Decision
from facelib.store.download_log import Attempt
from facelib.store.objects import Store
from facelib.store.plans import Shard
from facelib.store.uploads import Revision
from tests.support.collections import commit_video, list_channel, vector_of

GONE, KEPT, OTHER = (f"toy_{name}-0123456789" for name in ("gone", "kept", "other"))
PLACE = {"start_s": 0.0, "end_s": 2.0, "box": [0.0, 0.0, 9.0, 9.0]}
SHARD = Shard("plans/daily-1/shard-00000.json", "daily-1", "me", "daily", 1, (GONE, KEPT), 1.0, 120.0)


def fill(store: Store) -> None:
    """A store in which two videos have left everything that a pipeline leaves."""
    list_channel(store, [GONE, KEPT])
    for video_id in (GONE, KEPT):
        commit_video(store, video_id, clips=2)
        for key in (
            layout.raw(video_id, "a" * 64, ".mp4"),
            layout.media(video_id, "f" * 32, f"{video_id}.000000.0.0a1b2c3d.mp4"),
            f"{layout.markers('track', video_id, 'f' * 32)}/one.json",
            f"{layout.captions(video_id)}/{video_id}.en.vtt",
        ):
            store.put(key, b"secret bytes")
        results.write(
            store,
            stage="track",
            video_id=video_id,
            fingerprint="f" * 32,
            head={},
            tables={"t": long_table(video_id)},
            media={},
        )
        day = uploads.resolve(store, video_id, {"upload_day": "2026-01-05"})
        uploads.add_revision(store, Revision(1, "a" * 64, 12, layout.raw(video_id, "a" * 64, ".mp4"), "", ""), video_id)
        uploads.record_information(store, video_id, {"title": video_id})
        uploads.set_pending(store, day, video_id)
        download_log.record(store, video_id, Attempt(state="downloaded", ended=now().isoformat()))
        quarantine.enter(store, video_id, "embed", "f", error="E", reason="r", message=f"{video_id} failed")
        decisions.append(store, Decision("review", "me", {"ok": True}, Anchor(video_id, 0, 2, (0.0, 0.0, 9.0, 9.0))))
        leases.take(store, f"video/{video_id}", "me", minutes=1)
    places = [{"clip_id": f"{v}.000000.0.0a1b2c3d", "video_id": v, **PLACE} for v in (GONE, KEPT)]
    decisions.append(
        store, Decision("split", "me", {"person": "person-one", "new_person": "person-two", "clips": places})
    )
    plans.write_shard(store, SHARD)
    publish(store)


def long_table(video_id: str = GONE) -> pa.Table:
    """A table whose rows all mention a video, too many to be stored as they are."""
    return pa.table({"text": [f"{video_id}.{n:06d}.0.0a1b2c3d" for n in range(500)]})


def contents(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a store, by key, without those that name what was taken down for good."""
    for path in root.rglob("*"):
        if path.is_file() and path.relative_to(root).parts[0] not in ("deny", "takedowns"):
            yield str(path.relative_to(root)), path.read_bytes()


def vector_bytes(clip_id: str) -> bytes:
    """The vector of a clip as a table holds it."""
    return struct.pack("<8f", *vector_of(clip_id))


def clips_of(store: Store, name: str | None = None) -> tuple[list[str], list[str]]:
    """The clips that the catalogue and the vectors have, of what is published or of a snapshot."""
    named = publication(store, name) if name else published.newest(store)
    assert named is not None
    with Catalog(store, named) as catalog:
        rows = [row["clip_id"] for row in catalog.rows("SELECT clip_id FROM clips ORDER BY 1")]
    index = Index(store, named)
    return rows, sorted(index.vectors(index.table("identity")))


def left(store: Store, record: takedowns.Takedown) -> list[Any]:
    """What the proof still finds of a takedown."""
    return list(leftovers(store, record, media=True))


def run_sql(store: Store, sql: str, snapshot: str | None = None) -> None:
    """Change the catalogue of what is published, or of a snapshot, in its place."""
    import duckdb

    newest = publication(store, snapshot) if snapshot else published.newest(store)
    assert newest is not None
    with duckdb.connect(str(store.path(newest.catalog))) as connection:
        connection.execute(sql)
