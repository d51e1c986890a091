"""A sound as a vector among those of the clips' voices."""

import tempfile
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from facelib.errors import MediaError, StoreError
from facelib.find.weights import weights_of
from facelib.media.audio import SPEECH_RATE, read_speech
from facelib.models.resemblyzer import Resemblyzer
from facelib.models.silero_vad import SileroVad, segments
from facelib.settings import Settings
from facelib.store.published import Publication, VectorTable

TASK, MODEL = "voice", "resemblyzer"
MIN_SPEECH_S = 1.6
"""Less speech gives no vector."""
MAX_SPEECH_S = 60.0
"""Speech beyond this is not looked at: the vector hardly changes any more."""


def table_of(publication: Publication) -> VectorTable | None:
    """The vectors of voices with the most clips; None without."""
    found = [t for t in publication.vectors if t.task == TASK and t.model == MODEL and t.rows]
    return max(found, key=lambda table: table.rows, default=None)


class VoiceQuery:
    """Makes vectors of voices. Threads may share one; the models are loaded at the first sound.

    Args:
        settings: of the weights.
        publication: whose clips are searched.

    Raises:
        StoreError: no clip has a vector of its voice; reason ``no_vectors``.
    """

    same_voice = Resemblyzer.same_voice

    def __init__(self, settings: Settings, publication: Publication) -> None:
        table = table_of(publication)
        if table is None:
            raise StoreError(
                "no published clip has a vector of its voice",
                hint="set pipeline.voice.model to resemblyzer and run the stage voice",
                reason="no_vectors",
            )
        self.table = table
        self._settings, self._lock = settings, Lock()

    def vector(self, sound: bytes) -> list[float]:
        """The vector of the voice in a sound file, or in the sound of a video file.

        Raises:
            MediaError: it has no sound that can be read, or too little speech.
            ModelError: the weights are not here, or torch is not.
        """
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sound"
            path.write_bytes(sound)
            samples = _samples(path)
        with self._lock:
            found = segments(self._speech.probabilities(samples), len(samples))
            spoken = np.concatenate([np.zeros(0, np.int16), *(samples[first:last] for first, last in found)])
            if len(spoken) < MIN_SPEECH_S * SPEECH_RATE:
                spoken_s = len(spoken) / SPEECH_RATE
                raise MediaError(
                    f"there is {spoken_s:.1f} s of speech in the sound, and {MIN_SPEECH_S} s are needed",
                    hint="use a longer recording of one person",
                    reason="little_speech",
                )
            vectors = self._voices.embed(spoken[: int(MAX_SPEECH_S * SPEECH_RATE)])
        mean = vectors.mean(axis=0)
        return [float(value) for value in mean / max(float(np.linalg.norm(mean)), 1e-12)]

    @cached_property
    def _voices(self) -> Resemblyzer:
        return Resemblyzer(weights_of(self._settings, self.table))

    @cached_property
    def _speech(self) -> SileroVad:
        return SileroVad(self._settings.open_weights().file("silero_vad"))


def _samples(path: Path) -> NDArray[np.int16]:
    cause = None
    try:
        samples = read_speech(path)
        if samples is not None and len(samples):
            return samples
    except MediaError as error:
        cause = error
    hint = "use a WAV, MP3, M4A, OGG, FLAC or MP4 file in which somebody speaks"
    raise MediaError("the file has no sound that can be read", hint=hint, reason="no_sound") from cause
