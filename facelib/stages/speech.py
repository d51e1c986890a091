"""``speech``: where somebody speaks in a clip, and how loud and clean its sound is."""

from typing import ClassVar, Literal

import pyarrow as pa
from pydantic import Field

from facelib.media.audio import SPEECH_RATE
from facelib.models.loudness import clipped_ratio, integrated_loudness, speech_to_noise
from facelib.models.silero_vad import SileroVad, SpeechRule, per_frame, segments
from facelib.stages.base import Job, Output, Params
from facelib.stages.clip_sound import sound_of
from facelib.stages.clips import SERIES, Clip, ClipStage, series


class SpeechParams(Params):
    """When sound counts as speech."""

    model: Literal["silero", "none"] = Field("silero", description="Detector of speech.")
    threshold: float = Field(0.5, ge=0.05, le=0.95, description="Probability from which a window of 32 ms is speech.")
    min_speech_s: float = Field(0.25, ge=0, description="Shorter segments are left out, s.")
    min_silence_s: float = Field(0.1, ge=0, description="Silence that ends a segment, s.")
    pad_s: float = Field(0.03, ge=0, description="Segments grow by this much at both ends, s.")
    min_snr_speech_s: float = Field(1.0, ge=0, description="With less speech there is no signal-to-noise estimate, s.")


class Speech(ClipStage[SpeechParams]):
    """Finds the speech segments of each clip and measures its sound."""

    name = "speech"
    version = 1
    params_type = SpeechParams
    cost = 0.01
    published = ("speech", "speech_segments")
    tables: ClassVar = {
        "speech": pa.schema(
            [
                ("clip_id", pa.string()),
                ("speech_s", pa.float32()),
                ("speech_ratio", pa.float32()),
                ("segments", pa.int32()),
                ("loudness_lufs", pa.float32()),
                ("snr_db", pa.float32()),
                ("clipped_ratio", pa.float32()),
            ]
        ),
        "speech_segments": pa.schema([("clip_id", pa.string()), ("start_s", pa.float64()), ("end_s", pa.float64())]),
        "series": SERIES,
    }

    @classmethod
    def models(cls, params: SpeechParams) -> tuple[str, ...]:
        """The detector of speech."""
        return ("silero_vad",)

    def open(self) -> None:
        """Load the detector."""
        self._vad = SileroVad(self.weights("silero_vad"), threads=1)

    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        """Find the segments of one clip and measure its sound."""
        samples = sound_of(clip)
        params = self.params
        rule = SpeechRule(
            threshold=params.threshold,
            min_speech_s=params.min_speech_s,
            min_silence_s=params.min_silence_s,
            pad_s=params.pad_s,
        )
        probabilities = self._vad.probabilities(samples)
        found = segments(probabilities, len(samples), rule)
        speech_s = sum(last - first for first, last in found) / SPEECH_RATE
        output.tables["speech"].append(
            {
                "clip_id": clip.clip_id,
                "speech_s": speech_s,
                "speech_ratio": speech_s * SPEECH_RATE / max(1, len(samples)),
                "segments": len(found),
                "loudness_lufs": integrated_loudness(samples, SPEECH_RATE),
                "snr_db": speech_to_noise(samples) if found and speech_s >= params.min_snr_speech_s else None,
                "clipped_ratio": clipped_ratio(samples),
            }
        )
        output.tables["speech_segments"] += [
            {
                "clip_id": clip.clip_id,
                "start_s": clip.start_s + first / SPEECH_RATE,
                "end_s": clip.start_s + last / SPEECH_RATE,
            }
            for first, last in found
        ]
        values = per_frame(probabilities, clip.n_frames)
        output.tables["series"].append(
            series(clip.clip_id, "speech_probability", "0..1", range(clip.n_frames), values.tolist())
        )
