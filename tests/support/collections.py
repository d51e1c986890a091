"""Commit records as the pipeline writes them, without running it: for tests of what reads them."""

import random
from typing import Any

import pyarrow as pa

from facelib.clock import now
from facelib.stages import pipeline
from facelib.stages.commit import COMMIT_REJECTS, PUBLISHED_TABLES, VECTORS
from facelib.store import commits, records, uploads
from facelib.store.objects import Store

DIGEST = "d" * 64
DIMENSIONS = 8
CHANNEL = {"channel_id": "channel_x", "url": "https://example.org/x", "title": "X", "kind": "channel"}


def vector_of(clip_id: str) -> list[float]:
    """A vector that is the clip's alone, the same in every process."""
    numbers = random.Random(clip_id)
    return [numbers.random() for _ in range(DIMENSIONS)]


def list_channel(store: Store, video_ids: list[str], channel_id: str = "channel_x") -> None:
    """Make uploads known as a crawl does."""
    moment = now()
    for video_id in video_ids:
        uploads.record_sighting(store, video_id, upload(video_id, channel_id), moment)
    uploads.record_listing(
        store, {**CHANNEL, "channel_id": channel_id}, [{"video_id": v, "title": v} for v in video_ids], moment
    )


def upload(video_id: str, channel_id: str = "channel_x") -> dict[str, Any]:
    """An upload record."""
    return {
        "video_id": video_id,
        "extractor": "toy",
        "url": f"https://example.org/{video_id}",
        "title": video_id,
        "channel_id": channel_id,
        "channel_title": "X",
        "upload_day": "2026-01-05",
        "duration_s": 10.0,
        "first_seen": "2026-01-06T00:00:00+00:00",
    }


def commit_video(
    store: Store,
    video_id: str,
    *,
    clips: int,
    generation: int = 1,
    tag: str = "",
    digest: str = DIGEST,
    model: str = "toy",
    stages: dict[str, dict[str, str]] | None = None,
    rejects: list[dict[str, Any]] | None = None,
    provenance: dict[str, Any] | None = None,
) -> None:
    """Append a commit record with some clips, each with a vector unless ``stages`` says why embed has no result."""
    schemas = {name: pipeline.stage_class(s).tables[name] for s, names in PUBLISHED_TABLES.items() for name in names}
    tables = {name: schema.empty_table() for name, schema in schemas.items()}
    ids = [f"{video_id}-{tag}-{number}" for number in range(clips)]
    tables["clips"] = records.table([_clip(schemas["clips"], clip, n) for n, clip in enumerate(ids)], schemas["clips"])
    tables["rejects"] = records.table(rejects or [], COMMIT_REJECTS)
    vector = {"task": "identity", "model": model, "digest": digest, "metric": "l2", "n_faces": 3, "spread": 0.1}
    embedded = [] if "reason" in (stages or {}).get("embed", {}) else ids
    tables["vectors"] = records.table([{**vector, "clip_id": c, "vector": vector_of(c)} for c in embedded], VECTORS)
    head = {
        "stages": {"track": {"fingerprint": tag}, **(stages or {})},
        "upload": upload(video_id),
        "facts": {},
        "seconds": {"track": 1.0},
        "media": {"track": [{"name": f"{c}.mp4", "key": f"media/{c}.mp4"} for c in ids]},
        **({"provenance": provenance} if provenance else {}),
    }
    commits.write(store, video_id=video_id, generation=generation, head=head, tables=tables)


def _clip(schema: pa.Schema, clip_id: str, number: int) -> dict[str, Any]:
    values: dict[str, Any] = {"clip_id": clip_id, "start_frame": 50 * number, "end_frame": 50 * number + 50}
    return {name: values.get(name, 0) for name in schema.names} | {"has_audio": True}
