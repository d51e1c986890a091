"""Puts sound right that was found to lead or lag its picture."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from facelib.media.audio import SPEECH_RATE
from facelib.media.grid import GRID_FPS

N = TypeVar("N", bound=np.generic)


def shift_sound(samples: NDArray[N], offset_frames: int, rate: int = SPEECH_RATE) -> NDArray[N]:
    """Sound in sync with its picture.

    Args:
        samples: (n,) or (n, channels) from the first picture on.
        offset_frames: the offset measured, in frames of 1/25 s: above 0 the sound leads and is delayed, below 0 it lags
            and is brought forward.
        rate: samples a second.

    Returns:
        The same shape, moved by ``offset_frames`` / 25 s; what is uncovered at one end is silence, what is moved beyond
        the other is dropped.

    Example:
        >>> shift_sound(np.arange(1, 1281, dtype=np.int16), 1)[638:642].tolist()
        [0, 0, 1, 2]
    """
    moved = np.zeros_like(samples)
    by = round(offset_frames * rate / GRID_FPS)
    if by >= 0:
        moved[by:] = samples[: max(0, len(samples) - by)]
    else:
        moved[:by] = samples[-by:]
    return moved
