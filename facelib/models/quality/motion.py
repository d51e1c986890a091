"""Motion between neighbouring frames, of the face and of what is around it."""

import numpy as np
from numpy.typing import NDArray

WIDTH = 160
"""Differences are taken at this width, px: averaging areas removes sensor and coding noise, which is no motion."""


def frame_difference(
    before: NDArray[np.uint8], after: NDArray[np.uint8], box: NDArray[np.float32]
) -> tuple[float, float]:
    """Mean absolute difference of two neighbouring frames in and around a box.

    Args:
        before, after: (h, w) luma, uint8.
        box: (4,) ``x1 y1 x2 y2`` of the face, px.

    Returns:
        (face, background) in 8-bit grey levels per frame, 0..255; NaN for a part that has no pixel.
    """
    import cv2

    height, width = before.shape
    scale = min(1.0, WIDTH / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = [cv2.resize(luma, size, interpolation=cv2.INTER_AREA).astype(np.int16) for luma in (before, after)]
    difference = np.abs(small[1] - small[0])
    face = np.zeros(difference.shape, np.bool_)
    x1, y1, x2, y2 = (round(max(0.0, float(edge)) * scale) for edge in box)
    face[y1:y2, x1:x2] = True
    return _mean(difference[face]), _mean(difference[~face])


def _mean(values: NDArray[np.int16]) -> float:
    return float(values.mean()) if values.size else float("nan")
