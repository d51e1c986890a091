"""The sound of a clip as something to look at: its waveform, and how well mouth and sound match at each shift."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.collection.clip.timeline import FPS, Series
from facelib.errors import StoreError

BARS = 600
"""Bars of a waveform."""
MAX_SHIFT = 15
"""Largest shift of the sound that is looked at, frames of 40 ms."""
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


def shift_curve(sound: Path, opening: Series, n_frames: int, *, max_shift: int = MAX_SHIFT) -> Series:
    """How well the movement of the mouth matches the sound at each shift of it; experimental, no model is run.

    Args:
        sound: 16 kHz mono WAV of the clip.
        opening: of the mouth, as ``landmarks`` measured it.
        n_frames: length of the clip, frames.
        max_shift: largest shift either way, frames of 40 ms.

    Returns:
        The correlation, -1..1, by the time in seconds by which the sound leads; NaN where it cannot be told.
    """
    from facelib.stages.mouth_correlation import mouth_sync

    values = np.full(n_frames, np.nan, np.float32)
    values[np.round(opening.seconds * FPS).astype(int)] = opening.values
    curve = mouth_sync(values, _samples(sound)[0], fps=FPS, max_shift=max_shift).curve
    return Series("mouth_correlation", "correlation", np.arange(-max_shift, max_shift + 1) / FPS, curve)


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
