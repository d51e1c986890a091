"""Visible blocks of 8 by 8 pixels, the mark of strong JPEG, MPEG and H.264 coding."""

import numpy as np
from numpy.typing import NDArray

BLOCK = 8
MIN_SIDE = 8 * BLOCK
"""Eight block edges are the fewest whose median one straight line in the scene does not move."""


def blockiness(luma: NDArray[np.uint8]) -> float:
    """How much the steps between neighbouring pixels stand out at every eighth column and row.

    The profile of a direction is the mean step across each column (row). Its columns fall into eight phases; the level
    of a phase is the median of its columns, so that straight edges of the scene, which lie on few of them, do not
    count. The result is the highest level over the median level, averaged over both directions. All phases are tried
    since a cut moves the grid.

    Args:
        luma: (h, w) uint8.

    Returns:
        A ratio: about 1 without blocks, more with them. NaN for a picture below 64 px on a side. A clip is coded
        again at high quality, which keeps the blocks of its source and adds none.

    Example:
        >>> flat = np.zeros((64, 64), np.uint8)
        >>> blockiness(flat)
        1.0
        >>> flat[:, 32:] = 255  # one straight edge is no grid
        >>> blockiness(flat)
        1.0
    """
    if min(luma.shape) < MIN_SIDE:
        return float("nan")
    levels = luma.astype(np.int16)
    return (
        _direction(np.abs(np.diff(levels, axis=1)).mean(0)) + _direction(np.abs(np.diff(levels, axis=0)).mean(1))
    ) / 2


def _direction(profile: NDArray[np.float64]) -> float:
    phases = np.array([np.median(profile[phase::BLOCK]) for phase in range(BLOCK)])
    typical = float(np.median(phases))
    # Steps below a quarter of a grey level are rounding: they must not be a denominator.
    return float((phases.max() + 0.25) / (typical + 0.25))
