"""``voice``: one vector of the voice in a clip, and whether another voice takes over."""

from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from facelib.media.audio import SPEECH_RATE
from facelib.models.resemblyzer import Resemblyzer, boundary
from facelib.models.speaker_change import best_change
from facelib.stages.base import Job, Output, Params
from facelib.stages.clip_sound import sound_of
from facelib.stages.clips import Clip, ClipStage, Unmeasurable
from facelib.stages.vectors import VECTORS, vector_row

Segments = list[tuple[int, int]]


class VoiceParams(Params):
    """How the voice of a clip is described."""

    model: Literal["resemblyzer", "none"] = Field("none", description="Model of voices; needs torch.")
    min_speech_s: float = Field(1.6, ge=0.5, description="A clip with less speech gets no vector, s.")
    change_distance: float = Field(
        0.25, ge=0, le=2, description="Cosine distance from which the voices before and after are taken for two."
    )
    change_windows: int = Field(2, ge=1, description="Windows of 1.6 s, 0.77 s apart, on each side of a change.")


class Voice(ClipStage[VoiceParams]):
    """Describes the speech of each clip, without its pauses, in windows of 1.6 s."""

    name = "voice"
    version = 1
    params_type = VoiceParams
    after: ClassVar = ("track", "speech")
    cost = 0.02
    published = ("voice",)
    tables: ClassVar = {
        "voice": pa.schema(
            [
                ("clip_id", pa.string()),
                ("windows", pa.int32()),
                ("change_score", pa.float32()),
                ("speaker_change", pa.bool_()),
                ("change_at_s", pa.float64()),
            ]
        ),
        "vectors": VECTORS,
    }

    @classmethod
    def models(cls, params: VoiceParams) -> tuple[str, ...]:
        """The model of voices."""
        return () if params.model == "none" else (params.model,)

    def open(self) -> None:
        """Load the model."""
        self._model = Resemblyzer(self.weights("resemblyzer"), device=self.device, threads=self.threads)
        self._batch_of_windows = self.batch(64)

    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        """Make the vector of one clip and look for a change."""
        samples = sound_of(clip)
        found = _segments(clip, job)
        speech_s = sum(last - first for first, last in found) / SPEECH_RATE
        if speech_s < self.params.min_speech_s:
            raise Unmeasurable("little_speech", speech_s, self.params.min_speech_s, "s")
        spoken = np.concatenate([samples[first:last] for first, last in found])
        vectors = self._model.embed(spoken, self._batch_of_windows)
        change = best_change(vectors, side=self.params.change_windows)
        changed = None if change is None else change.score >= self.params.change_distance
        output.tables["voice"].append(
            {
                "clip_id": clip.clip_id,
                "windows": len(vectors),
                "change_score": change.score if change else None,
                "speaker_change": changed,
                "change_at_s": clip.start_s + _heard(boundary(change.first), found) if change and changed else None,
            }
        )
        digest = self.digest("resemblyzer")
        output.tables["vectors"].append(
            vector_row(
                clip.clip_id, vectors, task="voice", model="resemblyzer", digest=digest, metric=Resemblyzer.metric
            )
        )


def _segments(clip: Clip, job: Job) -> Segments:
    """First and one past the last sample of each segment of speech in the clip."""
    rows = [row for row in job.inputs["speech"].rows("speech_segments") if row["clip_id"] == clip.clip_id]
    return [tuple(round((row[edge] - clip.start_s) * SPEECH_RATE) for edge in ("start_s", "end_s")) for row in rows]


def _heard(sample: int, found: Segments) -> float:
    """Where in the clip, in s, a sample of its speech without pauses is heard."""
    for first, last in found:
        if sample < last - first:
            return (first + sample) / SPEECH_RATE
        sample -= last - first
    return found[-1][1] / SPEECH_RATE
