"""Catalogues whose clips have hashes and fingerprints, without any media: for tests of what compares them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from facelib.catalog import schema
from facelib.catalog.writer import CatalogWriter
from facelib.media.picture_hash import mirrored
from facelib.media.sound_print import STEPS_A_SECOND, Words, to_text


@dataclass(frozen=True)
class Told:
    """A clip as it shall be in the catalogue; its sound is a stretch of an endless one that its name stands for."""

    name: str
    picture: int
    sound: int | None = None
    sound_at_s: float = 0.0
    start_s: float = 0.0
    seconds: float = 6.0
    face_side: float = 200.0


def sound_of(seed: int, start_s: float, seconds: float) -> Words:
    """A stretch of the fingerprint of an endless sound."""
    words = np.random.default_rng(seed).integers(1, 2**16, 4000, dtype=np.uint16)
    first = round(start_s * STEPS_A_SECOND)
    return words[first : first + round((seconds - 1) * STEPS_A_SECOND)]


def add_video(
    catalog: CatalogWriter,
    video_id: str,
    clips: Sequence[Told],
    *,
    commit: str = "1",
    day: str = "2026-01-05",
    **video: Any,
) -> None:
    """Put a video and its clips in place of what the catalogue has for it."""
    rows: dict[str, list[dict[str, Any]]] = {"videos": [], "clips": [], "hashes": []}
    known = {"width": 640, "height": 360, "duration_s": 60.0, "has_audio": True, **video}
    rows["videos"].append(_row("videos", video_id=video_id, commit_key=f"{video_id}-{commit}", **known))
    for number, clip in enumerate(clips):
        place = {"start_frame": round(clip.start_s * 25), "number": number, "start_s": clip.start_s}
        place |= {"end_s": clip.start_s + clip.seconds, "face_side": clip.face_side}
        about = {"clip_id": clip.name, "video_id": video_id}
        rows["clips"].append(_row("clips", **about, **place, has_audio=clip.sound is not None))
        words = None if clip.sound is None else sound_of(clip.sound, clip.sound_at_s, clip.seconds)
        rows["hashes"].append(
            _row(
                "hashes",
                **about,
                picture=clip.picture,
                mirrored=mirrored(clip.picture),
                pictures=f"{clip.picture:016x}" * 5,
                sound="" if words is None else to_text(words),
            )
        )
    catalog.replace_videos([video_id], rows)
    catalog.delete("uploads", "video_id", [video_id])
    upload = {"first_seen": f"{day}T00:00:00+00:00", "upload_day": day}
    catalog.insert("uploads", [_row("uploads", video_id=video_id, **upload)])


def _row(table: str, **values: Any) -> dict[str, Any]:
    return dict.fromkeys(schema.TABLES[table]) | values
