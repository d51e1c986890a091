"""``speaker``: whether the face of a clip is the one that speaks, and how well it fits the sound."""

from typing import Any, ClassVar, Literal

import cv2
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from facelib.media.face_crop import crop_square, smooth, squares
from facelib.media.grid import GRID_FPS
from facelib.models.faces import Floats
from facelib.models.light_asd import SIDE, LightAsd
from facelib.models.loudness import SILENT_DB, peak_db
from facelib.stages.base import Job, Output, Params
from facelib.stages.clip_sound import sound_of
from facelib.stages.clips import SERIES, Clip, ClipStage, Unmeasurable, row_of, series
from facelib.stages.shift_curve import FAR, NEAR, SHIFTS, offset_frames, shift_row, sync_score
from facelib.stages.speaker_sync import Candidate, rivals, speaks, sweep

BATCH = 64
"""Frames that the network sees at once."""


class SpeakerParams(Params):
    """How the one who speaks is found."""

    model: Literal["none", "light_asd"] = Field("none", description="Model that judges face and sound together.")
    max_shift: int = Field(15, ge=FAR, le=50, description="Largest offset that is looked for, frames of 40 ms.")
    min_frames: int = Field(36, ge=11, description="Shorter clips are rejected, frames; max_shift + 1 at least.")
    min_sync_score: float = Field(
        0.2, description="A clip is in sync from this sync score on, when its offset is 2 frames or less."
    )


class Speaker(ClipStage[SpeakerParams]):
    """Scores each clip by itself, then compares those that are in view together."""

    name = "speaker"
    version = 3
    params_type = SpeakerParams
    cost = 0.6
    published: ClassVar[tuple[str, ...]] = ("speaker",)
    tables: ClassVar = {
        "speaker": pa.schema(
            [
                ("clip_id", pa.string()),
                ("mean_score", pa.float32()),
                ("speaking_ratio", pa.float32()),
                ("is_speaker", pa.bool_()),
                ("rivals", pa.int32()),
                ("offset_frames", pa.int32()),
                ("offset_s", pa.float64()),
                ("sync_score", pa.float32()),
                ("in_sync", pa.bool_()),
            ]
        ),
        "series": SERIES,
        "shifts": SHIFTS,
    }

    @classmethod
    def models(cls, params: SpeakerParams) -> tuple[str, ...]:
        """Light-ASD, if it is chosen."""
        return ("light_asd",) if params.model == "light_asd" else ()

    def open(self) -> None:
        """Load the model."""
        self._model = LightAsd(self.weights("light_asd"), device=self.device)

    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        """Score a clip as one stretch; who of several people speaks is decided in :meth:`finish`."""
        samples = sound_of(clip)
        least = max(self.params.min_frames, self.params.max_shift + 1)
        if clip.n_frames < least:
            raise Unmeasurable("too_short", clip.n_frames, least, "frames")
        seen = self._model.pictures(face_crops(clip, threads=self.threads), self.batch(BATCH))
        heard = self._model.sound(samples, clip.n_frames)
        scores = self._model.scores(seen[None], heard[None])[0]
        output.tables["series"].append(series(clip.clip_id, "speaking", "logit", range(clip.n_frames), list(scores)))
        row = row_of(
            self.tables["speaker"],
            clip_id=clip.clip_id,
            mean_score=float(scores.mean()),
            speaking_ratio=float((scores > 0).mean()),
            # Silence has no moment that could be early or late.
            **({"in_sync": False} if peak_db(samples) < SILENT_DB else self._sync(clip, seen, heard, output)),
        )
        output.tables["speaker"].append(row)

    def finish(self, clips: list[Clip], job: Job, output: Output) -> None:
        """Say for each clip whether its face is the one that speaks, and how many others are in view with it."""
        starts = {clip.clip_id: clip.start_frame for clip in clips}
        found = [
            Candidate(starts[row["clip_id"]], np.array(row["values"], np.float32)) for row in output.tables["series"]
        ]
        for row, others, is_speaker in zip(output.tables["speaker"], rivals(found), speaks(found), strict=True):
            row |= {"is_speaker": is_speaker, "rivals": len(others)}

    def _sync(self, clip: Clip, seen: Floats, heard: Floats, output: Output) -> dict[str, Any]:
        curve = sweep(self._model, seen, heard, self.params.max_shift)
        output.tables["shifts"].append(shift_row(clip.clip_id, "speaking_by_shift", "logit", curve))
        offset, score = offset_frames(curve), sync_score(curve)
        if offset is None:
            return {}
        return {
            "offset_frames": offset,
            "offset_s": offset / GRID_FPS,
            "sync_score": score,
            "in_sync": abs(offset) <= NEAR and score >= self.params.min_sync_score,
        }


def face_crops(clip: Clip, *, threads: int = 0) -> NDArray[np.uint8]:
    """The face of each frame as Light-ASD sees it: the square of the smoothed box, grey.

    Its training set has the boxes themselves. The lower half of a wider crop, which its demo takes, tells own from
    other sound less well.

    Returns:
        (n_frames, 112, 112). A frame that cannot be decoded shows the one before it, as a player does.

    Raises:
        Unmeasurable: ``no_frames``: none can be decoded.
    """
    places = squares(smooth(clip.boxes.astype(np.float64)), 1.0)
    crops = np.zeros((clip.n_frames, SIDE, SIDE), np.uint8)
    shown = np.full(clip.n_frames, -1)
    for number, picture in clip.frames(threads=threads):
        crops[number] = cv2.cvtColor(crop_square(picture, places[number], SIDE), cv2.COLOR_BGR2GRAY)
        shown[number] = number
    if shown.max(initial=-1) < 0:
        raise Unmeasurable("no_frames", 0, 1, "frames")
    shown[0] = shown[shown >= 0][0]
    return crops[np.maximum.accumulate(shown)]
