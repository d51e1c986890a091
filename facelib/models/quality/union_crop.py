"""The fixed square around all boxes of a clip, as facial-scraper cuts its blocks."""

import numpy as np
from numpy.typing import NDArray

MARGIN = 0.4


def union_crop(picture: NDArray[np.uint8], boxes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut the square of 1.4 times the larger side of the union of boxes; what is outside the picture is black.

    Facial-scraper pads at the right and bottom only; here the face stays in the middle.

    Args:
        picture: (h, w, 3) BGR.
        boxes: (n, 4) ``x1 y1 x2 y2`` of the face in each frame, px.

    Returns:
        (side, side, 3) BGR.

    Example:
        >>> union_crop(np.ones((60, 80, 3), np.uint8), np.array([[30, 20, 50, 40]], "f4")).shape
        (28, 28, 3)
    """
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    side = int((high - low).max())
    side = max(1, side + int(MARGIN * side))
    left, top = (int(edge) for edge in np.floor((low + high) / 2) - side // 2)
    height, width = picture.shape[:2]
    square = np.zeros((side, side, 3), np.uint8)
    x1, y1, x2, y2 = max(0, left), max(0, top), min(width, left + side), min(height, top + side)
    if x2 > x1 and y2 > y1:
        square[y1 - top : y2 - top, x1 - left : x2 - left] = picture[y1:y2, x1:x2]
    return square
