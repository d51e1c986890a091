"""Stores that hold real videos as downloads of annotated datasets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.clock import now
from facelib.digests import digest_file
from facelib.ids import video_id
from facelib.publish import publish
from facelib.sources.base import Upload
from facelib.stages import pipeline
from facelib.stages.commit import COMMIT_REJECTS, PUBLISHED_TABLES
from facelib.stages.vectors import VECTORS
from facelib.store import commits, records, results, uploads
from facelib.store.objects import Store
from facelib.store.uploads import Revision


def see(store: Store, key: str) -> str:
    """Make a YouTube id known as a crawl does."""
    upload = Upload(
        video_id=video_id("youtube", key), extractor="youtube", key=key, url=f"https://www.youtube.com/watch?v={key}"
    )
    uploads.record_sighting(store, upload.video_id, upload.to_dict(), now())
    return upload.video_id


def downloaded(store: Store, key: str, path: Path) -> str:
    """A file as the download of a YouTube id, read where it lies; returns its video id."""
    found = see(store, key)
    uploads.resolve(store, found, {"upload_day": "2026-01-05"})
    digest = digest_file(path)
    revision = Revision(1, digest, path.stat().st_size, "", str(path.resolve()), now().isoformat())
    uploads.add_revision(store, revision, found)
    return found


def published_clip(
    store: Store,
    video_id: str,
    clip_id: str,
    frames: tuple[int, int],
    window: Sequence[int],
    face_side: float,
    points: NDArray[np.float32] | None,
) -> dict[str, Any]:
    """A row of a clip, and its landmarks (n, 68, 2) in px of the clip as the stage writes them; None writes none."""
    if points is not None:
        path = store.root / f"{clip_id}.landmarks.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, points, allow_pickle=False)
    start, end = frames
    corners = dict(zip(("x1", "y1", "x2", "y2"), window, strict=True))
    return {"clip_id": clip_id, "start_frame": start, "end_frame": end, "face_side": face_side, **corners}


def publish_clips(store: Store, video_id: str, rows: list[dict[str, Any]]) -> None:
    """Commit and publish clips of a video with the landmarks that `published_clip` left."""
    schemas = {name: pipeline.stage_class(s).tables[name] for s, names in PUBLISHED_TABLES.items() for name in names}
    tables = {name: schema.empty_table() for name, schema in schemas.items()}
    filled = [{name: row.get(name, 0) for name in schemas["clips"].names} | {"has_audio": True} for row in rows]
    tables |= {
        "clips": records.table(filled, schemas["clips"]),
        "rejects": COMMIT_REJECTS.empty_table(),
        "vectors": VECTORS.empty_table(),
    }
    files = {path.name: path for path in store.root.glob("*.landmarks.npy")}
    results.write(store, stage="landmarks", video_id=video_id, fingerprint="points", head={}, tables={}, media=files)
    head = {
        "stages": {"track": {"fingerprint": "tracks"}, "landmarks": {"fingerprint": "points"}},
        "upload": uploads.read_upload(store, video_id),
        "facts": {},
        "seconds": {},
        "media": {"track": [{"name": f"{row['clip_id']}.mp4", "key": f"media/{row['clip_id']}.mp4"} for row in rows]},
    }
    commits.write(store, video_id=video_id, generation=1, head=head, tables=tables)
    publish(store)
