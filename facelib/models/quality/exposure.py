"""How bright a picture is, and how much of it is lost in black or white."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DARK = 5
"""Luma at or below this (full range, 0..255) shows no detail; coding noise lifts black by a few levels."""
BRIGHT = 250
"""Luma at or above this shows no detail."""


@dataclass(frozen=True)
class Exposure:
    """Exposure of a picture.

    Args:
        luma: mean, 8-bit grey levels, 0..255.
        dark: share of pixels that are lost in black, 0..1.
        bright: share of pixels that are lost in white, 0..1.
    """

    luma: float
    dark: float
    bright: float


def exposure(luma: NDArray[np.uint8]) -> Exposure:
    """Exposure of a picture's luma, (h, w) uint8; NaN throughout for an empty picture.

    Example:
        >>> exposure(np.array([[0, 255], [100, 101]], np.uint8))
        Exposure(luma=114.0, dark=0.25, bright=0.25)
    """
    if not luma.size:
        return Exposure(float("nan"), float("nan"), float("nan"))
    return Exposure(float(luma.mean()), float((luma <= DARK).mean()), float((luma >= BRIGHT).mean()))
