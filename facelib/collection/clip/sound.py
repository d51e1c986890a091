"""The sound of a clip as something to look at."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.errors import StoreError

BARS = 600
"""Bars of a waveform."""
_FULL_SCALE = 32768.0


@dataclass(frozen=True, eq=False)
class Waveform:
    """The extent of a sound in successive stretches of equal length.

    Args:
        seconds: (n,) start of each stretch, s from the start of the clip.
        low, high: (n,) least and largest sample, share of full scale, -1..1.
        step_s: length of a stretch, s.
    """

    seconds: NDArray[np.float64]
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    step_s: float


def waveform(sound: Path, *, bars: int = BARS) -> Waveform:
    """The waveform of a clip's sound.

    Args:
        sound: 16-bit mono WAV.
        bars: at most so many stretches.

    Raises:
        StoreError: the file is no such sound.
    """
    samples, rate = _samples(sound)
    step = max(1, -(-len(samples) // bars))
    whole = np.pad(samples, (0, -len(samples) % step), mode="edge") if len(samples) else samples
    parts = whole.reshape(-1, step)
    starts = np.arange(len(parts)) * step / rate
    low, high = (np.asarray(edge / _FULL_SCALE, np.float32) for edge in (parts.min(axis=1), parts.max(axis=1)))
    return Waveform(starts, low, high, step / rate)


def _samples(sound: Path) -> tuple[NDArray[np.int16], int]:
    try:
        with wave.open(str(sound), "rb") as file:
            if (file.getsampwidth(), file.getnchannels()) != (2, 1):
                raise wave.Error("not 16-bit mono")
            return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.int16), file.getframerate()
    except (wave.Error, EOFError) as error:
        raise StoreError(
            f"the sound of this clip cannot be read: {error}", hint="'facelib doctor' checks files", reason="bad_sound"
        ) from error
