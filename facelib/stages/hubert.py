"""``hubert``: audio features of each clip, an exact number of steps a video frame, as an array file."""

from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import Field

from facelib.media.audio import SPEECH_RATE, Samples
from facelib.models.frame_alignment import Padding, align
from facelib.models.hidden_states import DEFAULT_LAYERS, Layers, layer_numbers
from facelib.models.hubert import Hubert
from facelib.models.mfcc import mfcc, mfcc39
from facelib.models.whisper import WINDOW_S, WhisperEncoder
from facelib.stages.base import Job, Output, Params
from facelib.stages.clip_sound import sound_of
from facelib.stages.clips import Clip, ClipStage

CHUNK_S = 30
"""Seconds of sound that HuBERT's convolutions take at once on a CPU."""
MFCC_PER_FRAME, STATES_PER_FRAME = 4, 2


ENCODER_COST = 0.8


class HubertParams(Params):
    """Which features are computed, and how they are stored."""

    model: Literal["mfcc", "hubert", "whisper", "none"] = Field(
        "mfcc", description="MFCC at 100 Hz; HuBERT or the encoder of Whisper at 50 Hz."
    )
    coefficients: Literal[13, 39] = Field(39, description="MFCC alone, or with slope and slope of the slope.")
    layers: Layers = Field(
        DEFAULT_LAYERS,
        description="Hidden states to keep: all, or numbers from 0 (input of the first layer), low, middle, last.",
    )
    dtype: Literal["fp16", "fp32"] = Field(
        "fp16", description="Number type of hidden states, in the file and on a GPU; MFCC are always fp32."
    )
    padding: Padding = Field(
        "exact",
        description="exact: the video's length; legacy: the last step once more, for Whisper its first 30 s.",
    )


class HubertStage(ClipStage[HubertParams]):
    """Writes one array a clip: (steps, coefficients) of MFCC, (layers, steps, dims) of hidden states."""

    name = "hubert"
    version = 1
    params_type = HubertParams
    cost = 0.01
    published = ("hubert",)
    tables: ClassVar = {
        "hubert": pa.schema(
            [
                ("clip_id", pa.string()),
                ("model", pa.string()),
                ("layers", pa.string()),
                ("steps", pa.int32()),
                ("dims", pa.int32()),
                ("dtype", pa.string()),
                ("file", pa.string()),
            ]
        )
    }

    @classmethod
    def models(cls, params: HubertParams) -> tuple[str, ...]:
        """The encoder, if one is used."""
        return (params.model,) if params.model in ("hubert", "whisper") else ()

    @classmethod
    def predicted(cls, params: HubertParams) -> float:
        """A transformer of 24 layers, or cepstra."""
        return cls.cost if params.model == "mfcc" else ENCODER_COST

    def open(self) -> None:
        """Load the encoder, and find out which layers are wanted of it."""
        self._encoder: Hubert | WhisperEncoder | None = None
        self._layers: tuple[int, ...] = ()
        self._chunks = self.batch(CHUNK_S)
        if self.params.model in ("hubert", "whisper"):
            kind = Hubert if self.params.model == "hubert" else WhisperEncoder
            half = self.params.dtype == "fp16"
            folder = self.weights(self.params.model)
            self._encoder = kind(folder, device=self.device, half=half, threads=self.threads)
            self._layers = layer_numbers(self.params.layers, self._encoder.depth)

    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        """Compute and write the features of one clip."""
        features = self._features(sound_of(clip), clip.n_frames)
        file = f"{clip.clip_id}.{self.params.model}.npy"
        np.save(job.scratch / file, features, allow_pickle=False)
        output.media[file] = job.scratch / file
        output.tables["hubert"].append(
            {
                "clip_id": clip.clip_id,
                "model": self.params.model,
                "layers": ",".join(map(str, self._layers)),
                "steps": features.shape[-2],
                "dims": features.shape[-1],
                "dtype": {"float16": "fp16", "float32": "fp32"}[features.dtype.name],
                "file": file,
            }
        )

    def _features(self, samples: Samples, n_frames: int) -> NDArray[Any]:
        padding, per_frame = self.params.padding, STATES_PER_FRAME
        dtype = np.float16 if self.params.dtype == "fp16" else np.float32
        if isinstance(self._encoder, Hubert):
            features = self._encoder.features(samples, self._layers, batch=self._chunks, dtype=dtype)
        elif self._encoder is not None:
            if padding == "legacy":
                return self._encoder.features(samples[: WINDOW_S * SPEECH_RATE], self._layers, dtype=dtype)
            features = self._encoder.features(samples, self._layers, dtype=dtype)
        else:
            features = mfcc39(samples) if self.params.coefficients == 39 else mfcc(samples)
            per_frame = MFCC_PER_FRAME
        return align(features, n_frames, per_frame=per_frame, padding=padding)
