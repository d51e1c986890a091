"""MediaPipe face mesh (Kartynnik et al. 2019, arXiv:1907.06724): 468 points of a face, mapped to the 68 of 300-W."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facelib.models.faces import Floats

SIDE = 192
"""Side of the network's input, px."""
VERTICES = 468
FACE_MARGIN = 1.3
"""Side of the square that is looked at, over the larger side of a face's box from forehead to chin."""
MESH_MARGIN = 1.5
"""The same over the larger side of all 468 points, as MediaPipe's own tracking takes it."""
EYES = (33, 263)
"""Vertices of the outer corners of the eyes."""

# A point lies on the line between two vertices, at this part of the way from the first to the second. The jaw's points
# stand at equal steps along the oval of the mesh, from the temple at the height of the eyes to the chin; the brows'
# run along their middle; the others are vertices.
_JAW: list[tuple[int, int, float]] = [
    *((127, 127, 0.0), (234, 93, 0.37), (93, 132, 0.69), (132, 58, 0.83), (58, 172, 0.94), (136, 150, 0.20)),
    *((150, 149, 0.69), (176, 148, 0.38), (152, 152, 0.0), (377, 400, 0.62), (378, 379, 0.31), (379, 365, 0.80)),
    *((397, 288, 0.06), (288, 361, 0.17), (361, 323, 0.31), (323, 454, 0.63), (356, 356, 0.0)),
]
_BROWS = [
    (70, 46),
    (63, 53),
    (105, 52),
    (66, 65),
    (107, 55),
    (336, 285),
    (296, 295),
    (334, 282),
    (293, 283),
    (300, 276),
]
_NOSE = [168, 197, 5, 4, 240, 97, 2, 326, 460]
_EYES = [33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380]
_UPPER_LIP = [61, 39, 37, 0, 267, 269, 291]
_LOWER_LIP = [(321, 405), (314, 314), (17, 17), (84, 84), (91, 181)]
_INNER_LIPS = [78, 82, 13, 312, 308, 317, 14, 87]
_TABLE: list[tuple[int, int, float]] = [
    *_JAW,
    *((upper, lower, 0.5) for upper, lower in _BROWS),
    *((vertex, vertex, 0.0) for vertex in (*_NOSE, *_EYES, *_UPPER_LIP)),
    *((one, other, 0.5) for one, other in _LOWER_LIP),
    *((vertex, vertex, 0.0) for vertex in _INNER_LIPS),
]
_FROM = np.array([row[0] for row in _TABLE])
_TO = np.array([row[1] for row in _TABLE])
_PART = np.array([row[2] for row in _TABLE], np.float32)[:, None]


class MediapipeMesh:
    """Finds the 468 points of the mesh in a square around the face that is turned upright, and gives 68 of them.

    Args:
        weights: the TFLite file of the first version of the model (468 vertices, no iris).
        threads: CPU threads; 0 leaves the choice to OpenCV, which knows one number for the whole process.
        passes: 1 looks once, in a square around the given box. 2 looks again in the square that the first points give,
            at twice the time, for boxes that do not reach from the forehead to the chin.
    """

    def __init__(self, weights: Path, *, threads: int = 0, passes: int = 1) -> None:
        if threads:
            cv2.setNumThreads(threads)
        # The classic engine gives both outputs, points and score, in one pass.
        self._net = cv2.dnn.readNetFromTFLite(str(weights), cv2.dnn.ENGINE_CLASSIC)
        self._passes = passes

    def points(self, pictures: Sequence[NDArray[np.uint8]], boxes: Floats, keypoints: Floats) -> tuple[Floats, Floats]:
        """The 68 points of each face and its score; see :class:`facelib.models.landmark.LandmarkModel`."""
        mesh, scores = self.mesh(pictures, boxes, keypoints)
        return to_68(mesh[..., :2]), scores

    def mesh(self, pictures: Sequence[NDArray[np.uint8]], boxes: Floats, keypoints: Floats) -> tuple[Floats, Floats]:
        """All points of each face.

        Returns:
            (n, 468, 3) x y in px of the picture and depth on the same scale, smaller towards the camera; (n,) score.
        """
        if not len(pictures):
            return np.zeros((0, VERTICES, 3), np.float32), np.zeros(0, np.float32)
        squares = [face_square(box, eyes[:2], FACE_MARGIN) for box, eyes in zip(boxes, keypoints, strict=True)]
        points, scores = self._run(pictures, squares)
        for _ in range(self._passes - 1):
            around = np.concatenate([points[..., :2].min(axis=1), points[..., :2].max(axis=1)], axis=1)
            eyes = points[:, EYES, :2]
            squares = [face_square(box, pair, MESH_MARGIN) for box, pair in zip(around, eyes, strict=True)]
            points, scores = self._run(pictures, squares)
        return points, scores

    def _run(self, pictures: Sequence[NDArray[np.uint8]], squares: Sequence[Floats]) -> tuple[Floats, Floats]:
        crops = [cut_square(picture, square) for picture, square in zip(pictures, squares, strict=True)]
        self._net.setInput(cv2.dnn.blobFromImages(crops, 1 / 255, swapRB=True))
        raw, logits = self._net.forward(["conv2d_20", "conv2d_30"])
        local = raw.reshape(len(crops), VERTICES, 3)
        axes = np.stack(squares)
        points = axes[:, None, :, 2] + local[..., :2] @ axes[:, :, :2].transpose(0, 2, 1)
        depth = local[..., 2:] * np.linalg.norm(axes[:, :, 0], axis=1)[:, None, None]
        scores = 1 / (1 + np.exp(-logits.reshape(len(crops)).astype(np.float64)))
        return np.concatenate([points, depth], axis=2).astype(np.float32), scores.astype(np.float32)


def to_68(mesh: Floats) -> Floats:
    """The 68 points of 300-W from the 468 vertices of the mesh.

    Args:
        mesh: (..., 468, d).

    Returns:
        (..., 68, d).
    """
    result: Floats = mesh[..., _FROM, :] * (1 - _PART) + mesh[..., _TO, :] * _PART
    return result


def face_square(box: Floats, eyes: Floats, margin: float) -> Floats:
    """The square that the network looks at: centred on the box, turned so that the eyes are level.

    Args:
        box: (4,) ``x1 y1 x2 y2``, px.
        eyes: (2, 2) the eyes, left of the picture first; NaN does not turn the square.
        margin: its side over the larger side of the box.

    Returns:
        (2, 3) the affine map from px of the network's input to px of the picture.

    Example:
        >>> face_square(np.array([8, 0, 200, 100], "f4"), np.full((2, 2), np.nan, "f4"), 1.0)[:, 2].tolist()
        [8.0, -46.0]
    """
    across = eyes[1] - eyes[0]
    turn = float(np.arctan2(across[1], across[0])) if np.isfinite(across).all() else 0.0
    scale = max(float(max(box[2] - box[0], box[3] - box[1])), 1.0) * margin / SIDE
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    half = SIDE / 2
    return np.array([[cos, -sin, x - half * (cos - sin)], [sin, cos, y - half * (sin + cos)]], np.float32)


def cut_square(picture: NDArray[np.uint8], square: Floats) -> NDArray[np.uint8]:
    """The network's input: the square at 192 px; what lies outside the picture repeats its edge."""
    # Coordinates are edges of pixels: the middle of the first pixel lies at 0.5 in both pictures.
    middles = square.astype(np.float64).copy()
    middles[:, 2] += middles[:, :2].sum(axis=1) / 2 - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(picture, middles, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, np.uint8)
