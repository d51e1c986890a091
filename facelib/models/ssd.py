"""Boxes of single-shot detectors (Liu et al. 2016, arXiv:1512.02325), decoded from their anchors."""

from collections.abc import Sequence

import numpy as np

from facelib.models.faces import Faces, Floats

VARIANCES = (0.1, 0.2)
"""By which offsets of centres and logarithms of sizes are multiplied."""
MEAN = (104.0, 117.0, 123.0)
"""Of blue, green and red, taken from the pictures."""


def anchors(rows: int, columns: int, stride: int, boxes: Sequence[tuple[float, float, float]]) -> Floats:
    """The anchors of one level, cell by cell in rows.

    Args:
        rows, columns: cells of the level.
        stride: pixels of a cell.
        boxes: of a cell: x and y of the centre in cells, and the side in pixels.

    Returns:
        (rows × columns × boxes, 4) x and y of the centre, width and height, px.

    >>> anchors(1, 2, 32, [(0.5, 0.5, 128)]).tolist()
    [[16.0, 16.0, 128.0, 128.0], [48.0, 16.0, 128.0, 128.0]]
    """
    y, x = np.mgrid[:rows, :columns].reshape(2, -1, 1)
    across, down, side = np.array(boxes, np.float32).T
    sides = np.broadcast_to(side, (len(x), len(side)))
    return np.stack([(x + across) * stride, (y + down) * stride, sides, sides], axis=-1).reshape(-1, 4).astype("f4")


def decode(shifts: Floats, scores: Floats, cells: Floats, min_score: float, top: int) -> Faces:
    """The best candidates of one picture.

    Args:
        shifts: (n, 4) from each anchor: centre in shares of its sides, logarithm of the size, over the variances.
        scores: (n,) 0..1.
        cells: (n, 4) the anchors.
        min_score: candidates must score higher.
        top: at most so many, the best.

    Returns:
        Faces without keypoints, the best first.
    """
    chosen = np.flatnonzero(scores > min_score)
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")[:top]]
    shifts, cells = shifts[chosen], cells[chosen]
    centre = cells[:, :2] + shifts[:, :2] * VARIANCES[0] * cells[:, 2:]
    half = cells[:, 2:] * np.exp(shifts[:, 2:] * VARIANCES[1]) / 2
    return Faces.bare(np.concatenate([centre - half, centre + half], axis=1), scores[chosen])
