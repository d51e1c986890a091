"""Frames without a measurement: filled from their neighbours and flagged, so that every frame of a clip has values."""

import numpy as np
from numpy.typing import NDArray

from facelib.models.faces import Floats

MEASURED, INTERPOLATED, EXTRAPOLATED = 0, 1, 2


def gap_flags(known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """How each frame gets its values: 0 measured, 1 between two measured frames, 2 before the first or after the last.

    Example:
        >>> gap_flags(np.array([False, True, False, True, False])).tolist()
        [2, 0, 1, 0, 2]
    """
    flags = np.full(len(known), EXTRAPOLATED, np.uint8)
    measured = np.flatnonzero(known)
    if len(measured):
        flags[measured[0] : measured[-1] + 1] = INTERPOLATED
    flags[measured] = MEASURED
    return flags


def filled(values: Floats, known: NDArray[np.bool_]) -> Floats:
    """Values for every frame: linear between measured frames, the nearest one before the first and after the last.

    Args:
        values: (n, ...) of which only the known rows are read.
        known: (n,) which rows were measured; where none was, the result is NaN.

    Example:
        >>> filled(np.array([9, 1, 9, 3, 9], "f4"), np.array([False, True, False, True, False])).tolist()
        [1.0, 1.0, 2.0, 3.0, 3.0]
    """
    measured = np.flatnonzero(known)
    if not len(measured):
        return np.full(values.shape, np.nan, np.float32)
    columns = values.reshape(len(values), -1)
    frames = np.arange(len(values))
    rows = [np.interp(frames, measured, columns[measured, column]) for column in range(columns.shape[1])]
    result = np.stack(rows, axis=1).reshape(values.shape).astype(np.float32)
    result[measured] = values[measured]
    return result
