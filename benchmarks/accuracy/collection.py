"""One run of the pipeline over the test clips, and what it published."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.accuracy.place import MODELS, Place
from facelib.catalog.reader import Catalog
from facelib.index.reader import Index
from facelib.ingest import ingest
from facelib.settings import Settings

Row = dict[str, Any]

PIPELINE: dict[str, dict[str, str]] = {
    "speaker": {"model": "light_asd"},
    "voice": {"model": "resemblyzer"},
    "image": {"model": "none"},
    "hubert": {"model": "none"},
}
"""What differs from the profile lite: two models more are judged, and two stages that are not judged here are off."""

_CLIPS = """
SELECT u.title AS file, v.width AS video_width, c.*, s.mean_score, s.is_speaker, s.offset_frames, s.sync_score,
       s.in_sync, m.offset_frames AS mouth_offset, m.score AS mouth_score, m.reason AS mouth_reason,
       r.reason AS speaker_reject
FROM clips c JOIN uploads u ON u.video_id = c.video_id JOIN videos v ON v.video_id = c.video_id
LEFT JOIN speaker s ON s.clip_id = c.clip_id LEFT JOIN syncnet m ON m.clip_id = c.clip_id
LEFT JOIN rejects r ON r.video_id = c.video_id AND r.stage = 'speaker' AND r.kind = 'clip'
     AND r.start_frame = c.start_frame AND r.number = c.number
ORDER BY file, c.start_frame, c.number
"""
_VIDEOS = """
SELECT u.title AS file, v.n_frames, q.reason AS quarantined,
       (SELECT count(*) FROM shots s WHERE s.video_id = u.video_id) AS shots,
       (SELECT count(*) FROM tracks t WHERE t.video_id = u.video_id) AS tracks,
       (SELECT string_agg(r.reason, ',') FROM rejects r WHERE r.video_id = u.video_id AND r.kind = 'track') AS dropped
FROM uploads u LEFT JOIN videos v ON v.video_id = u.video_id LEFT JOIN quarantine q ON q.video_id = u.video_id
ORDER BY file
"""


@dataclass(frozen=True)
class Collection:
    """What the pipeline published.

    Args:
        videos: a row a file: its name, frames, shots, tracks, reasons of dropped tracks, why it was quarantined.
        clips: a row a clip: its place, its file, and what the stages ``speaker`` and ``syncnet`` say of it.
        faces, voices: vectors by clip.
    """

    videos: list[Row]
    clips: list[Row]
    faces: dict[str, list[float]]
    voices: dict[str, list[float]]

    def of(self, file: str) -> list[Row]:
        """The clips of a file."""
        return [clip for clip in self.clips if clip["file"] == file]


def run(place: Place, folder: Path) -> Collection:
    """Run the pipeline on one thread of the CPU; in a folder that was used before, only what changed is computed."""
    settings = Settings(
        store=str(folder / "store"),
        work_dir=folder / "scratch",
        models_dir=MODELS,
        weights=place.local,
        device="cpu",
        threads=1,
        processes=1,
        pipeline=PIPELINE,
    )
    began = time.monotonic()

    def watch(stage: str, total: int, video_id: str, outcome: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {stage:10} {video_id} {outcome}", flush=True)

    ingest(settings, [str(place.media)], watch=watch, say=print)
    store = settings.open_store()
    with Catalog(store) as catalog:
        index = Index(store, catalog.publication)
        return Collection(
            videos=catalog.rows(_VIDEOS),
            clips=catalog.rows(_CLIPS),
            faces=index.vectors(index.table("identity")),
            voices=index.vectors(index.table("voice")),
        )
