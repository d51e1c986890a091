"""MediaPipe Hands: hands in a picture, and how much of a face they cover (Zhang et al. 2020, arXiv:2006.10214).

A detector finds palms, which faces also resemble; a second network looks at each and tells hands from the rest.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from facelib.errors import ModelError
from facelib.models.faces import Floats
from facelib.models.pictures import Picture, blob

PALM_SIDE, HAND_SIDE = 192, 224
"""Input sides of the two networks, px."""
STRIDES = ((8, 2), (16, 6))
"""Stride and anchors per cell of the two feature maps that the palm detector reads."""
MAX_OVERLAP = 0.3
MAX_HANDS = 2
WRIST, MIDDLE_KNUCKLE = 0, 2
HAND_SCALE, HAND_SHIFT = 2.6, 0.5
"""A hand's square is so many times the palm's box, moved by so many of its heights from the wrist to the fingers."""


@dataclass(frozen=True)
class Palms:
    """What the palm detector found, best first.

    Args:
        scores: (n,) 0..1.
        boxes: (n, 4) ``x1 y1 x2 y2``, px.
        squares: (n, 4, 2) corners of the turned square that holds the whole hand, from its upper left clockwise, px.
    """

    scores: Floats
    boxes: Floats
    squares: Floats


@dataclass(frozen=True)
class Hands:
    """The hands of a picture.

    Args:
        scores: (n,) that it is a hand, 0..1.
        points: (n, 21, 2) wrist and joints of the fingers, px.
    """

    scores: Floats
    points: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def cover(self, box: Floats) -> float:
        """The largest share of a box ``x1 y1 x2 y2`` that lies in the hull of one hand's points, 0..1."""
        import cv2

        x1, y1, x2, y2 = (float(edge) for edge in box)
        corners = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32)
        area = max((x2 - x1) * (y2 - y1), 1e-9)
        shared = [cv2.intersectConvexConvex(cv2.convexHull(points), corners)[0] for points in self.points]
        return float(min(1.0, max(shared, default=0.0) / area))


class HandDetector:
    """Finds hands in one picture at a time, at most two.

    Args:
        palm: ``palm_detection_full.tflite``.
        hand: ``hand_landmark_full.tflite``.

    Raises:
        ModelError: a file is no such network; reason ``bad_weights``.
    """

    def __init__(self, palm: Path, hand: Path) -> None:
        self._palm, self._hand = _network(palm, "palm_detection"), _network(hand, "hand_landmark")
        self._anchors = anchors()

    def detect(self, picture: Picture, *, min_score: float = 0.5) -> Hands:
        """Find the hands of a picture.

        Args:
            picture: (h, w, 3) BGR.
            min_score: lowest score of the palm and of the hand, 0..1.
        """
        palms = self.palms(picture, min_score=min_score)
        looked = [self._look(picture, square) for square in palms.squares]
        sure = [(score, points) for score, points in looked if score >= min_score]
        scores = np.array([score for score, _ in sure], np.float32)
        return Hands(scores, np.array([points for _, points in sure], np.float32).reshape(-1, 21, 2))

    def palms(self, picture: Picture, *, min_score: float = 0.5) -> Palms:
        """The first half of :meth:`detect`: what may be a hand."""
        height, width = picture.shape[:2]
        longer = max(height, width)
        self._palm.setInput(letterbox(picture))
        values, logits = self._palm.forward(["Identity", "Identity_1"])
        corner = np.array([(longer - width) / 2, (longer - height) / 2], np.float32)
        return decode(values[0], logits[0, :, 0], self._anchors, longer, corner, min_score)

    def _look(self, picture: Picture, square: Floats) -> tuple[float, Floats]:
        """The score of one hand and its points in the picture."""
        import cv2

        upright = np.array([[0, 0], [HAND_SIDE, 0], [HAND_SIDE, HAND_SIDE]], np.float32)
        there = cv2.getAffineTransform(square[:3], upright)
        chip = cv2.warpAffine(picture, there, (HAND_SIDE, HAND_SIDE), flags=cv2.INTER_LINEAR)
        self._hand.setInput(_input(np.asarray(chip, np.uint8)))
        values, score = self._hand.forward(["Identity", "Identity_1"])
        points = values.reshape(21, 3)[:, :2]
        back = cv2.invertAffineTransform(there)
        return float(score.ravel()[0]), np.asarray(points @ back[:, :2].T + back[:, 2], np.float32)


def letterbox(picture: Picture) -> Floats:
    """A picture as the palm detector takes it: in the middle of a black square, (1, 3, 192, 192) RGB, 0..1."""
    import cv2

    height, width = picture.shape[:2]
    scale = PALM_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    square = np.zeros((PALM_SIDE, PALM_SIDE, 3), np.uint8)
    left, top = (PALM_SIDE - size[0]) // 2, (PALM_SIDE - size[1]) // 2
    resized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    square[top : top + size[1], left : left + size[0]] = resized
    return _input(square)


def anchors() -> Floats:
    """Centres of the 2016 anchors, (2016, 2) x y, 0..1: each cell's middle, as often as its map has anchors."""
    maps = []
    for stride, count in STRIDES:
        cells = (np.arange(PALM_SIDE // stride, dtype=np.float32) + 0.5) * stride / PALM_SIDE
        y, x = np.meshgrid(cells, cells, indexing="ij")
        maps.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), count, axis=0))
    return np.concatenate(maps)


def decode(values: Floats, logits: Floats, centres: Floats, longer: int, corner: Floats, min_score: float) -> Palms:
    """Turn the output of the palm detector into palms.

    Args:
        values: (n, 18) for each anchor: centre, width and height of the palm and x y of seven points, px of the input.
        logits: (n,) score before the sigmoid.
        centres: (n, 2) of the anchors, 0..1.
        longer: larger side of the picture, px.
        corner: (2,) what the letterbox adds left and above, px of the picture.
        min_score: lowest score, 0..1.
    """
    import cv2

    scores = 1 / (1 + np.exp(-np.clip(logits, -100, 100)))
    chosen = np.flatnonzero(scores >= min_score)
    scores, values = scores[chosen], values[chosen] / np.float32(PALM_SIDE)
    points = (values.reshape(-1, 9, 2) + centres[chosen, None]) * longer - corner
    middle, size = points[:, 0], values[:, 2:4] * longer
    boxes = np.concatenate([middle - size / 2, middle + size / 2], axis=1).astype(np.float32)
    rectangles = np.concatenate([boxes[:, :2], size], axis=1)
    kept = cv2.dnn.NMSBoxes(rectangles.tolist(), scores.tolist(), min_score, MAX_OVERLAP)
    best = np.array(kept, np.int64).reshape(-1)[:MAX_HANDS]
    squares = [_square(boxes[index], points[index, 2:]) for index in best]
    return Palms(scores[best].astype(np.float32), boxes[best], np.array(squares, np.float32).reshape(-1, 4, 2))


def _square(palm: Floats, points: Floats) -> Floats:
    """The corners of the hand's square: turned so that the way from the wrist to the middle knuckle leads up."""
    way = points[MIDDLE_KNUCKLE] - points[WRIST]
    up = way / max(float(np.linalg.norm(way)), 1e-6)
    right = np.array([-up[1], up[0]])
    size = palm[2:] - palm[:2]
    centre = (palm[:2] + palm[2:]) / 2 + up * size[1] * HAND_SHIFT
    half = float(size.max()) * HAND_SCALE / 2
    corners = [centre + half * (x * right + y * up) for x, y in ((-1, 1), (1, 1), (1, -1), (-1, -1))]
    return np.array(corners, np.float32)


def _input(picture: Picture) -> Floats:
    return blob([picture], rgb=True, std=(255, 255, 255))


def _network(weights: Path, name: str) -> Any:
    import cv2

    try:
        # The newer engine of OpenCV gives only one of a graph's outputs.
        return cv2.dnn.readNetFromTFLite(str(weights), cv2.dnn.ENGINE_CLASSIC)
    except cv2.error as error:
        raise ModelError(
            f"{weights.name} is not the network {name}",
            hint=f"fetch it again: facelib models fetch {name}",
            reason="bad_weights",
        ) from error
