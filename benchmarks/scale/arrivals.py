"""Clips that come later: commit records as the pipeline writes them."""

from typing import Any

import numpy as np

from benchmarks.scale import words
from benchmarks.scale.collection import BEGIN, CLIPS_A_VIDEO, DIGEST, MODEL, clip_ids, video_id
from benchmarks.scale.faces import Faces
from facelib.media.sound_print import to_text
from facelib.models.identity import TASK
from facelib.stages import pipeline
from facelib.stages.commit import COMMIT_REJECTS, PUBLISHED_TABLES
from facelib.stages.vectors import VECTORS
from facelib.store import commits, records
from facelib.store.objects import Store

FAR = 1_000_000_000
"""Numbers of the clips that come later begin here."""


def commit(store: Store, faces: Faces, count: int, number: int) -> list[str]:
    """Commit some clips of people who are in the collection; returns their ids."""
    _, vectors = faces.others(count, number)
    start = FAR + number * count
    ids = clip_ids(start, count)
    numbers = np.random.default_rng((faces.seed, 7, number))
    pictures = numbers.integers(0, 1 << 64, count, np.uint64)
    sound = words.has_sound(range(start, start + count))
    prints = words.prints(numbers, sound)
    schemas = {name: pipeline.stage_class(s).tables[name] for s, names in PUBLISHED_TABLES.items() for name in names}
    vector = {"task": TASK, "model": MODEL.weights, "digest": DIGEST, "metric": MODEL.metric}
    for first in range(0, count, CLIPS_A_VIDEO):
        own = range(first, min(count, first + CLIPS_A_VIDEO))
        tables = {name: schema.empty_table() for name, schema in schemas.items()}
        clips = [
            dict.fromkeys(schemas["clips"].names, 0)
            | {"clip_id": ids[n], "start_frame": 50 * (n - first), "end_frame": 50 * (n - first) + 50}
            | {"start_s": 2.0 * (n - first), "end_s": 2.0 * (n - first) + 2, "has_audio": bool(sound[n])}
            for n in own
        ]
        hashes = [
            {"clip_id": ids[n], "picture": int(pictures[n]), "mirrored": int(pictures[n - 1])}
            | {"pictures": f"{pictures[n]:016x}", "sound": to_text(prints[n])}
            for n in own
        ]
        faces_of = [{**vector, "clip_id": ids[n], "vector": vectors[n], "n_faces": 3, "spread": 0.1} for n in own]
        tables["clips"] = records.table(clips, schemas["clips"])
        tables["hashes"] = records.table(hashes, schemas["hashes"])
        tables["vectors"] = records.table(faces_of, VECTORS)
        tables["rejects"] = COMMIT_REJECTS.empty_table()
        video = video_id(start + first)
        title = words.title((start + first) // CLIPS_A_VIDEO)
        named = {"url": "", "title": title, "channel_id": "channel_0", "channel_title": ""}
        upload = {**named, "video_id": video, "extractor": "toy", "upload_day": "2026-01-01", "duration_s": 20.0}
        head: dict[str, Any] = {"stages": {"track": {"fingerprint": "f"}}, "facts": {}, "seconds": {"track": 1.0}}
        head["upload"] = {**upload, "first_seen": BEGIN.isoformat()}
        head["media"] = {"track": [{"name": f"{ids[n]}.mp4", "key": f"media/{ids[n]}.mp4"} for n in own]}
        commits.write(store, video_id=video, generation=1, head=head, tables=tables)
    return ids
