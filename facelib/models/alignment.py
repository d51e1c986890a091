"""Cuts a face out of a picture the way that face recognition models were trained on."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from facelib.models.faces import Floats
from facelib.models.pictures import Picture

Points = NDArray[np.floating[Any]]
Area = tuple[float, float, float, float]

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float64
)
"""Where the five keypoints lie in an ArcFace input of 112 × 112 px (Deng et al. 2019, arXiv:1801.07698)."""
TEMPLATE_SIDE = 112

PORTRAIT = (1.5, 1.5, 2.2, 1.2)
"""How far the wide portrait of video-to-faces reaches left, right, up and down, in half sides of the face's box."""


def similarity(points: Points, target: Points) -> NDArray[np.float64]:
    """The rotation, scale and shift that bring points nearest to a target, in the least-squares sense.

    With points as complex numbers around their means it is one division: a = Σ conj(p) q / Σ |p|² (Umeyama 1991 for
    two dimensions, without reflection).

    Args:
        points: (n, 2) x, y; n of 2 or more.
        target: (n, 2).

    Returns:
        (2, 3) matrix for ``cv2.warpAffine``.

    Raises:
        ValueError: all points are one.

    >>> similarity(np.array([[0, 0], [1, 0]]), np.array([[5, 5], [5, 7]])).round(6).tolist()
    [[0.0, -2.0, 5.0], [2.0, 0.0, 5.0]]
    """
    p, q = (np.asarray(xy, np.float64) @ np.array([1, 1j]) for xy in (points, target))
    around = p - p.mean()
    size = float((abs(around) ** 2).sum())
    if not size > 0:
        raise ValueError("points that are all in one place give no similarity")
    turn = (around.conj() * (q - q.mean())).sum() / size
    shift = q.mean() - turn * p.mean()
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def usable(keypoints: Floats) -> bool:
    """Whether five keypoints (5, 2) can be aligned by: none is missing, and they are not all in one place."""
    return bool(np.isfinite(keypoints).all() and np.ptp(keypoints, axis=0).max() > 1)


def norm_crop(picture: Picture, keypoints: Floats, side: int = TEMPLATE_SIDE) -> Picture:
    """The face, turned upright and scaled so that its keypoints come to lie on the template.

    Args:
        picture: (h, w, 3).
        keypoints: (5, 2) eyes, nose, corners of the mouth, pixels.
        side: of the result, px; the template is scaled with it. At 160 px a face's box covers about four fifths of
            the side, as in the pictures that FaceNet was trained on.

    Returns:
        (side, side, 3); black where the picture ends.
    """
    matrix = similarity(keypoints, TEMPLATE * (side / TEMPLATE_SIDE))
    return np.asarray(cv2.warpAffine(picture, matrix, (side, side), borderValue=0.0), np.uint8)


def portrait_crop(picture: Picture, box: Floats, area: Area, side: int) -> Picture:
    """A part of the wide portrait around a face, stretched to a square: what video-to-faces feeds its encoders.

    Args:
        picture: (h, w, 3).
        box: (4,) ``x1 y1 x2 y2`` of the face, pixels.
        area: the part, as fractions ``x1 y1 x2 y2`` of the portrait; (0, 0, 1, 1) is all of it.
        side: of the result, px.

    Returns:
        (side, side, 3). The portrait ends where the picture does.
    """
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = portrait_box(box, width, height)
    portrait = picture[y1:y2, x1:x2]
    tall, wide = portrait.shape[:2]
    part = portrait[int(area[1] * tall) : int(area[3] * tall + 1), int(area[0] * wide) : int(area[2] * wide + 1)]
    if not part.size:
        return np.zeros((side, side, 3), np.uint8)
    return np.asarray(cv2.resize(part, (side, side)), np.uint8)


def portrait_box(box: Floats, width: int, height: int) -> tuple[int, int, int, int]:
    """The wide portrait around a face, whole pixels within the picture.

    >>> portrait_box(np.array([100, 100, 200, 200]), 640, 480)
    (75, 39, 225, 210)
    """
    left, right, up, down = PORTRAIT
    x1, y1, x2, y2 = (float(edge) for edge in box)
    x, y, half_width, half_height = (x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / 2, (y2 - y1) / 2
    corner = max(0, int(np.floor(x - half_width * left))), max(0, int(np.floor(y - half_height * up)))
    far = min(width, int(np.ceil(x + half_width * right))), min(height, int(np.ceil(y + half_height * down)))
    return (*corner, *far)
