"""Rectangles of a picture: whole pixels, what lies inside the frame, how they are moved into it."""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Rectangle = tuple[int, int, int, int]
"""``x1 y1 x2 y2`` in whole pixels, right and bottom exclusive."""

_ROUNDING = 1e-6


def whole_pixels(rectangle: Doubles) -> Rectangle:
    """Each edge rounded down, and at least one pixel in each direction.

    Example:
        >>> whole_pixels(np.array([-0.5, 1.9, 3.0, 1.95]))
        (-1, 1, 3, 2)
    """
    x1, y1, x2, y2 = (int(edge) for edge in np.floor(rectangle))
    return x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)


def intersection(rectangle: Rectangle, frame_size: tuple[int, int]) -> Rectangle:
    """The part of a rectangle that lies in a frame of (width, height) px; x1 = x2 or y1 = y2 where there is none."""
    width, height = frame_size
    x1, x2 = (min(max(edge, 0), width) for edge in rectangle[::2])
    y1, y2 = (min(max(edge, 0), height) for edge in rectangle[1::2])
    return x1, y1, x2, y2


def leaves_frame(rectangles: Doubles, frame_size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which of (n, 4) rectangles ``x1 y1 x2 y2`` pass an edge of a frame of (width, height) px; (n,)."""
    past: NDArray[np.bool_] = np.any((rectangles[:, :2] < 0) | (rectangles[:, 2:] > np.asarray(frame_size)), axis=1)
    return past


def with_ratio(rectangles: Doubles, size: tuple[int, int], frame_size: tuple[int, int]) -> Doubles:
    """Rectangles grown to the ratio of a picture, so that scaling to it stretches no face.

    The side that is too short grows to both sides and is moved into the frame; only where the frame has no more does it
    reach outside. The other side stays, so all of the frame that was in the rectangle is in the result.

    Args:
        rectangles: (n, 4) ``x1 y1 x2 y2`` px.
        size: width and height of the picture, px.
        frame_size: width and height of the frame, px.

    Returns:
        (n, 4) with width : height as in ``size``.

    Example:
        >>> with_ratio(np.array([[20.0, 0, 60, 80]]), (224, 224), (300, 200)).tolist()
        [[0.0, 0.0, 80.0, 80.0]]
        >>> with_ratio(np.array([[0.0, 0, 300, 200]]), (224, 224), (300, 200)).tolist()
        [[0.0, -50.0, 300.0, 250.0]]
    """
    frame = np.asarray(frame_size, np.float64)
    sizes = rectangles[:, 2:] - rectangles[:, :2]
    wanted = np.asarray(size, np.float64)
    needed = sizes[:, ::-1] * wanted / wanted[::-1]
    grows = needed > sizes + _ROUNDING
    grown = np.where(grows, needed, sizes)
    middle = (rectangles[:, :2] + rectangles[:, 2:] - grown) / 2
    moved = np.where(grown > frame, (frame - grown) / 2, np.clip(middle, 0, np.maximum(frame - grown, 0)))
    first = np.where(grows, moved, rectangles[:, :2])
    return np.concatenate([first, first + grown], axis=1)


def moved_inside(rectangles: Doubles, frame_size: tuple[int, int]) -> Doubles:
    """Rectangles that lie in the frame: moved, and made smaller in proportion only where they are larger than it.

    Args:
        rectangles: (n, 4) ``x1 y1 x2 y2`` px.
        frame_size: width and height of the frame, px.

    Returns:
        (n, 4); those that lie in the frame are unchanged.

    Example:
        >>> moved_inside(np.array([[-10.0, 0, 90, 100], [0, 0, 400, 400]]), (300, 200)).tolist()
        [[0.0, 0.0, 100.0, 100.0], [100.0, 0.0, 300.0, 200.0]]
    """
    frame = np.asarray(frame_size, np.float64)
    sizes = rectangles[:, 2:] - rectangles[:, :2]
    shrink = np.minimum(1.0, (frame / np.maximum(sizes, 1e-9)).min(axis=1))[:, None]
    inside = np.where(shrink < 1, (rectangles[:, :2] + rectangles[:, 2:] - sizes * shrink) / 2, rectangles[:, :2])
    sizes = sizes * shrink
    first = np.clip(inside, 0, np.maximum(frame - sizes, 0))
    moved = np.concatenate([first, first + sizes], axis=1)
    return np.where(leaves_frame(rectangles, frame_size)[:, None], moved, rectangles)
