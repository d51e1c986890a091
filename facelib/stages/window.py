"""The fixed window of a clip: which rectangle of the source holds a face for a whole track."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """A part of a track with one rectangle: frames ``start`` to ``end`` (exclusive), even source pixels."""

    start: int
    end: int
    box: tuple[int, int, int, int]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.box[2] - self.box[0], self.box[3] - self.box[1]


def windows(wanted: Floats, start: int, frame_size: tuple[int, int], max_growth: float) -> list[Window]:
    """Cut a track into windows: unions of per-frame squares that stay below a size.

    Args:
        wanted: (n, 4) the square of each frame.
        start: grid frame of the first one.
        frame_size: width and height of the source, px.
        max_growth: a union whose side passes this many times the median side of the squares starts a new window.

    Returns:
        Successive windows without gap or overlap, inside the frame, on even pixels.
    """
    limit = max_growth * float(np.median(wanted[:, 2] - wanted[:, 0]))
    parts: list[Window] = []
    first, union = 0, wanted[0].copy()
    for index in range(1, len(wanted)):
        grown = np.concatenate([np.minimum(union[:2], wanted[index, :2]), np.maximum(union[2:], wanted[index, 2:])])
        if max(grown[2] - grown[0], grown[3] - grown[1]) > limit:
            parts.append(Window(start + first, start + index, _inside(union, frame_size)))
            first, union = index, wanted[index].copy()
        else:
            union = grown
    parts.append(Window(start + first, start + len(wanted), _inside(union, frame_size)))
    return parts


def _inside(box: Floats, frame_size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Outwards to even pixels, then back into the frame: 4:2:0 colour has one sample for two by two pixels."""
    width, height = (side // 2 * 2 for side in frame_size)
    x1, y1 = (max(0, int(np.floor(edge / 2)) * 2) for edge in box[:2])
    x2, y2 = int(np.ceil(box[2] / 2)) * 2, int(np.ceil(box[3] / 2)) * 2
    return min(x1, width - 2), min(y1, height - 2), max(2, min(x2, width)), max(2, min(y2, height))
