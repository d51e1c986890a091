"""Square crops that go with a face, as datasets of talking faces cut them."""

import cv2
import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

GREY = 110
"""What lies outside the picture, in the crops of LRS, VoxCeleb and SyncNet."""


def lrs_squares(smoothed: Doubles) -> Doubles:
    """The square of LRS and of SyncNet's training around each face, the face in its upper part.

    Args:
        smoothed: (n, 3) of each frame: s = half the larger side of the face, centre x, centre y, px.

    Returns:
        (n, 4) ``x1 y1 x2 y2``, of side 2.8 s: x from -1.4 s to +1.4 s, y from -1.0 s to +1.8 s.

    Example:
        >>> lrs_squares(np.array([[50.0, 100.0, 200.0]])).tolist()
        [[30.0, 150.0, 170.0, 290.0]]
    """
    return _around(smoothed, left=1.4, above=1.0, right=1.4, below=1.8)


def follow_squares(smoothed: Doubles) -> Doubles:
    """The square that goes with the face and has it in its middle: 1.4 s to each side; as :func:`lrs_squares`."""
    return _around(smoothed, left=1.4, above=1.4, right=1.4, below=1.4)


def crop_square(
    picture: NDArray[np.uint8], square: Doubles, size: int | None = None, fill: int = GREY
) -> NDArray[np.uint8]:
    """Cut a square out of a picture; only what is cut is filled up, never the whole picture.

    Args:
        picture: (h, w, 3).
        square: (4,) ``x1 y1 x2 y2`` px; each edge is rounded down, right and bottom are exclusive.
        size: width and height of the result, scaled bilinearly; None leaves the scale.
        fill: value of all channels outside the picture.

    Returns:
        (size, size, 3).
    """
    x1, y1, x2, y2 = (int(edge) for edge in np.floor(square))
    x2, y2 = max(x2, x1 + 1), max(y2, y1 + 1)
    inside = picture[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)]
    if inside.shape[:2] == (y2 - y1, x2 - x1):
        cut = inside
    else:
        cut = np.full((y2 - y1, x2 - x1, picture.shape[2]), fill, np.uint8)
        top, left = min(max(-y1, 0), len(cut)), min(max(-x1, 0), cut.shape[1])
        cut[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    if size is None:
        return np.ascontiguousarray(cut)
    return np.asarray(cv2.resize(cut, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)


def _around(smoothed: Doubles, *, left: float, above: float, right: float, below: float) -> Doubles:
    half, x, y = smoothed.T
    return np.stack([x - left * half, y - above * half, x + right * half, y + below * half], axis=1)
