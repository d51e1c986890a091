"""Cutting a rectangle out of a picture, and the squares that go with a face."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from facelib.media.rectangles import Doubles, Rectangle, intersection, whole_pixels

GREY = 110
"""What lies outside the picture, in the crops of LRS, VoxCeleb and SyncNet."""

MEDIAN_WINDOW = 13
"""Frames of the running median through which size and place of a face are smoothed."""

Filter = Literal["auto", "area", "cubic", "linear", "lanczos"]
"""How a crop is scaled; ``auto`` averages areas where it gets smaller and is bicubic where it gets larger."""

_INTERPOLATIONS = {
    "area": cv2.INTER_AREA,
    "cubic": cv2.INTER_CUBIC,
    "linear": cv2.INTER_LINEAR,
    "lanczos": cv2.INTER_LANCZOS4,
}


def smooth(boxes: Doubles, size: int = MEDIAN_WINDOW) -> Doubles:
    """Half side and centre of each box, each through a running median.

    Args:
        boxes: (n, 4) ``x1 y1 x2 y2``.
        size: frames of the median window, odd; at the ends the outermost value is repeated.

    Returns:
        (n, 3): s = half the larger side, centre x, centre y.
    """
    from scipy.ndimage import median_filter

    half = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]) / 2
    centre_x = (boxes[:, 0] + boxes[:, 2]) / 2
    centre_y = (boxes[:, 1] + boxes[:, 3]) / 2
    columns = [median_filter(column, size=size, mode="nearest") for column in (half, centre_x, centre_y)]
    return np.stack(columns, axis=1).astype(np.float64)


def squares(smoothed: Doubles, scale: float) -> Doubles:
    """The square of ±``scale`` half sides around each centre, (n, 4) ``x1 y1 x2 y2``.

    Args:
        smoothed: (n, 3) as :func:`smooth` gives it, px.
        scale: half side of the square in units of s.
    """
    return _around(smoothed, left=scale, above=scale, right=scale, below=scale)


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
    return squares(smoothed, 1.4)


def cut(
    picture: NDArray[np.uint8],
    rectangle: Doubles,
    *,
    size: int | tuple[int, int] | None = None,
    keep_ratio: bool = False,
    fill: int = GREY,
    filter: Filter = "auto",
) -> NDArray[np.uint8]:
    """Cut a rectangle out of a picture and scale it; only what is cut is filled up, never the whole picture.

    Args:
        picture: (h, w, 3).
        rectangle: (4,) ``x1 y1 x2 y2`` px; each edge is rounded down, right and bottom are exclusive.
        size: (width, height) of the result, px, or both in one number; None leaves the scale.
        keep_ratio: scale so that the rectangle fits into ``size`` with its ratio of width to height.
        fill: value of all channels outside the picture, 0 to 255.
        filter: how to scale.

    Returns:
        (height, width, 3), contiguous.

    Example:
        >>> cut(np.zeros((90, 120, 3), np.uint8), np.array([100.0, 0, 140, 20]), size=64, keep_ratio=True).shape
        (32, 64, 3)
    """
    wanted = whole_pixels(rectangle)
    inside = intersection(wanted, (picture.shape[1], picture.shape[0]))
    found = filled(picture[inside[1] : inside[3], inside[0] : inside[2]], inside, wanted, fill)
    return found if size is None else scaled(found, size, keep_ratio=keep_ratio, filter=filter)


def filled(inside: NDArray[np.uint8], place: Rectangle, wanted: Rectangle, fill: int) -> NDArray[np.uint8]:
    """The picture of a rectangle of which only a part is known.

    Args:
        inside: (h, w, 3) of what is known.
        place: the rectangle of ``inside``, within ``wanted``, or empty.
        wanted: the rectangle of the result.
        fill: value of all channels elsewhere.

    Returns:
        (wanted height, wanted width, 3), contiguous.
    """
    if place == wanted:
        return np.ascontiguousarray(inside)
    whole = np.full((wanted[3] - wanted[1], wanted[2] - wanted[0], inside.shape[2]), fill, np.uint8)
    if inside.size:
        top, left = place[1] - wanted[1], place[0] - wanted[0]
        whole[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    return whole


def scaled(
    picture: NDArray[np.uint8], size: int | tuple[int, int], *, keep_ratio: bool = False, filter: Filter = "auto"
) -> NDArray[np.uint8]:
    """A picture in another size; arguments as those of :func:`cut`."""
    width, height = (size, size) if isinstance(size, int) else size
    has_height, has_width = picture.shape[:2]
    if keep_ratio:
        factor = min(width / has_width, height / has_height)
        width, height = max(1, round(has_width * factor)), max(1, round(has_height * factor))
    if filter == "auto":
        if (width, height) == (has_width, has_height):
            return picture
        filter = "area" if width <= has_width and height <= has_height else "cubic"
    return np.asarray(cv2.resize(picture, (width, height), interpolation=_INTERPOLATIONS[filter]), np.uint8)


def crop_square(
    picture: NDArray[np.uint8], square: Doubles, size: int | None = None, fill: int = GREY
) -> NDArray[np.uint8]:
    """A square as networks see it that were trained on crops scaled bilinearly; otherwise as :func:`cut`.

    Args:
        picture: (h, w, 3).
        square: (4,) ``x1 y1 x2 y2`` px.
        size: width and height of the result; None leaves the scale.
        fill: value of all channels outside the picture.

    Returns:
        (size, size, 3).
    """
    return cut(picture, square, size=size, fill=fill, filter="linear")


def _around(smoothed: Doubles, *, left: float, above: float, right: float, below: float) -> Doubles:
    half, x, y = smoothed.T
    return np.stack([x - left * half, y - above * half, x + right * half, y + below * half], axis=1)
