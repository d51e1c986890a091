"""How far mouth and eyes are open, frame by frame, from 68 landmarks. Nothing is smoothed."""

import numpy as np
from numpy.typing import NDArray

from facelib.models.faces import Floats
from facelib.models.landmark import eye_distance


def mouth_opening(points: Floats) -> Floats:
    """The gap between the inner lips: the mean of three heights (points 61-67, 62-66, 63-65) over the eye distance.

    Args:
        points: (n, 68, 2).

    Returns:
        (n,) 0 closed, about 0.1 in speech, 0.4 and more wide open.
    """
    gaps = [_distance(points, upper, lower) for upper, lower in ((61, 67), (62, 66), (63, 65))]
    return np.asarray(np.mean(gaps, axis=0) / np.maximum(eye_distance(points), 1e-6), np.float32)


def eye_opening(points: Floats) -> Floats:
    """Eye aspect ratio (Soukupova and Cech 2016): two heights over twice the width, the mean of both eyes.

    Args:
        points: (n, 68, 2).

    Returns:
        (n,) about 0.3 open, below 0.15 shut; it differs between people and landmark models. The MediaPipe mesh follows
        lids less than the others do: a blink may show as a small dip only.
    """
    ratios = []
    for first in (36, 42):
        heights = _distance(points, first + 1, first + 5) + _distance(points, first + 2, first + 4)
        ratios.append(heights / np.maximum(2 * _distance(points, first, first + 3), 1e-6))
    return np.asarray(np.mean(ratios, axis=0), np.float32)


def _distance(points: Floats, one: int, other: int) -> NDArray[np.float32]:
    return np.asarray(np.linalg.norm(points[:, one] - points[:, other], axis=-1), np.float32)
