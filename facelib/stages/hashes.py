"""``hashes``: what finds the same clip again in another upload: hashes of its face, a fingerprint of its sound."""

from typing import ClassVar

import numpy as np
import pyarrow as pa
from pydantic import Field

from facelib.media.face_crop import crop_square, smooth, squares
from facelib.media.picture_hash import average_hash, majority, mirrored
from facelib.media.sound_print import sound_print, to_text
from facelib.stages.base import Job, Output, Params
from facelib.stages.clips import Clip, ClipStage, Unmeasurable, row_of, spread

TABLE = pa.schema(
    [
        ("clip_id", pa.string()),
        ("picture", pa.uint64()),
        ("mirrored", pa.uint64()),
        ("pictures", pa.string()),
        ("sound", pa.string()),
    ]
)


class HashesParams(Params):
    """What of a clip is hashed."""

    frames: int = Field(5, ge=1, le=50, description="Number of frames, spread over the clip, that are hashed.")
    scale: float = Field(
        1.5, ge=0.5, le=4, description="Half side of the square around the face, in half sides of the face."
    )


class Hashes(ClipStage[HashesParams]):
    """Decodes each clip once, up to its last hashed frame; needs no model."""

    name = "hashes"
    version = 1
    params_type = HashesParams
    cost = 0.02
    published = ("hashes",)
    tables: ClassVar = {"hashes": TABLE}

    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        """Hash the face in some frames, and the sound."""
        around = squares(smooth(clip.boxes.astype(np.float64)), self.params.scale)
        wanted = set(spread(clip.n_frames, self.params.frames))
        found = [
            average_hash(crop_square(picture, around[number]))
            for number, picture in clip.frames(wanted, threads=self.threads)
        ]
        if not found:
            raise Unmeasurable("no_frames", 0, 1, "frames")
        samples = clip.speech()
        picture = majority(found)
        output.tables["hashes"].append(
            row_of(
                TABLE,
                clip_id=clip.clip_id,
                picture=picture,
                mirrored=mirrored(picture),
                pictures="".join(f"{value:016x}" for value in found),
                sound="" if samples is None else to_text(sound_print(samples)),
            )
        )
