"""Sharpness by the Laplacian: the more fine detail, the larger its variance."""

import numpy as np
from numpy.typing import NDArray

from facelib.models.pictures import Picture


def grey(picture: Picture) -> Picture:
    """Luma of a BGR picture by BT.601, (h, w) uint8."""
    import cv2

    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def laplacian_variance(luma: Picture) -> float:
    """Variance of the Laplacian, 8-bit grey levels², >= 0 (Pech-Pacheco et al. 2000).

    It grows with contrast and with resolution, so it compares pictures of one size.

    Args:
        luma: (h, w) uint8. A picture smaller than 3 by 3 has no Laplacian: NaN.

    Example:
        >>> laplacian_variance(np.full((8, 8), 90, np.uint8))
        0.0
    """
    import cv2

    if min(luma.shape) < 3:
        return float("nan")
    return float(cv2.Laplacian(luma, cv2.CV_64F).var())


def centre_half(luma: Picture) -> Picture:
    """The middle half of the width and of the height.

    Example:
        >>> centre_half(np.zeros((40, 60), np.uint8)).shape
        (20, 30)
    """
    height, width = luma.shape[:2]
    top, left = height // 4, width // 4
    return luma[top : top + height // 2, left : left + width // 2]


def inside(picture: Picture, box: NDArray[np.float32]) -> Picture:
    """The part of a picture in a box ``x1 y1 x2 y2``, outwards to whole pixels, cut at the edges; it may be empty."""
    height, width = picture.shape[:2]
    x1, y1 = (max(0, int(np.floor(edge))) for edge in box[:2])
    x2, y2 = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
    return picture[y1 : max(y1, y2), x1 : max(x1, x2)]
