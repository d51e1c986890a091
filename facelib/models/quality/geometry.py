"""What the boxes and keypoints of a tracked face tell without a look at the picture."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SPEED_STEP = 5
"""Frames between the two boxes of a speed: over one frame, the detector's jitter would pass for motion."""

KEYPOINTS = np.array([[0.27, 0.37], [0.73, 0.37], [0.5, 0.57], [0.3, 0.73], [0.7, 0.73]])
"""Where eyes, nose and corners of the mouth lie in CenterFace's box, as fractions of its sides: the median of 33 faces,
made symmetric."""


def sides(boxes: Floats) -> Floats:
    """The larger side of each box (n, 4) ``x1 y1 x2 y2``, px, (n,)."""
    return np.asarray(np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]))


def face_speed(boxes: Floats, fps: float = 25.0) -> Floats:
    """Speed of a face's centre, in sides of the face per second.

    Args:
        boxes: (n, 4) ``x1 y1 x2 y2`` of successive frames, px.
        fps: frames per second.

    Returns:
        (n,), the speed over the five frames around each frame, fewer in clips that are shorter; empty for fewer than
        two frames, which show no speed.

    Example:
        >>> still = np.tile(np.array([[0, 0, 10, 10]], "f4"), (3, 1))
        >>> face_speed(still + np.arange(3, dtype="f4")[:, None] * [1, 0, 1, 0], fps=25).tolist()
        [2.5, 2.5, 2.5]
    """
    n = len(boxes)
    if n < 2:
        return np.zeros(0, np.float32)
    step = min(SPEED_STEP, n - 1)
    first = np.clip(np.arange(n) - step // 2, 0, n - 1 - step)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    way = np.linalg.norm(centres[first + step] - centres[first], axis=1)
    side = np.maximum((sides(boxes)[first + step] + sides(boxes)[first]) / 2, 1.0)
    return np.asarray(way / side * (fps / step), np.float32)


def completeness(boxes: Floats, keypoints: Floats, width: int, height: int) -> Floats:
    """Share of each face that lies inside the picture, 0..1, (n,).

    Detectors cut boxes at the picture's edge, so a box that touches it says nothing of what is beyond. There the face
    is taken from its five keypoints, which lie where the features are or would be: the box of a frontal face with
    features in these places.

    Args:
        boxes: (n, 4) ``x1 y1 x2 y2``, px.
        keypoints: (n, 5, 2) eyes, nose, corners of the mouth, px; NaN where they are not known.
        width, height: of the picture, px.
    """
    found = _inside(boxes.astype(np.float64), width, height)
    at_edge = (boxes[:, 0] <= 1) | (boxes[:, 1] <= 1) | (boxes[:, 2] >= width - 1) | (boxes[:, 3] >= height - 1)
    for index in np.flatnonzero(at_edge & np.isfinite(keypoints).all(axis=(1, 2))):
        expected = _box_of(keypoints[index].astype(np.float64))
        found[index] = min(found[index], _inside(expected[None], width, height)[0])
    return found.astype(np.float32)


def _box_of(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The upright box whose frontal keypoints fit best, by least squares over each axis's scale and place."""
    edges = []
    for axis in (0, 1):
        mean, model = points[:, axis].mean(), KEYPOINTS[:, axis]
        scale = float((points[:, axis] - mean) @ (model - model.mean()) / ((model - model.mean()) ** 2).sum())
        start = mean - abs(scale) * model.mean()
        edges.append((start, start + abs(scale)))
    return np.array([edges[0][0], edges[1][0], edges[0][1], edges[1][1]])


def _inside(boxes: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    size = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    low, high = np.clip(boxes[:, :2], 0, (width, height)), np.clip(boxes[:, 2:], 0, (width, height))
    area, seen = size.prod(axis=1), np.maximum(high - low, 0).prod(axis=1)
    return np.asarray(np.divide(seen, area, out=np.zeros_like(area), where=area > 0))
