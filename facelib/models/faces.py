"""Faces as every detector gives them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Faces:
    """The faces of one picture.

    Args:
        boxes: (n, 4) ``x1 y1 x2 y2``, pixels of the picture.
        scores: (n,) detector score, 0..1.
        keypoints: (n, 5, 2) x y of the eye on the left of the picture, the other eye, nose, and the corners of the
            mouth, left of the picture first; pixels. NaN where a detector gives none.
    """

    boxes: Floats
    scores: Floats
    keypoints: Floats

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def bare(cls, boxes: Floats, scores: Floats) -> "Faces":
        """Faces of a detector that gives no keypoints.

        >>> Faces.bare(np.zeros((2, 4), "f4"), np.ones(2, "f4")).keypoints.shape
        (2, 5, 2)
        """
        return cls(boxes, scores, np.full((len(scores), 5, 2), np.nan, np.float32))

    def scaled(self, factor: float) -> "Faces":
        """The same faces in a picture that is ``factor`` times as large.

        >>> Faces(np.ones((1, 4), "f4"), np.ones(1, "f4"), np.ones((1, 5, 2), "f4")).scaled(2.0).boxes.tolist()
        [[2.0, 2.0, 2.0, 2.0]]
        """
        by = np.float32(factor)
        return Faces(self.boxes * by, self.scores, self.keypoints * by)

    def keep(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> "Faces":
        """Some of the faces, by mask or by number."""
        return Faces(self.boxes[which], self.scores[which], self.keypoints[which])


def suppress(
    faces: Faces, max_overlap: float, *, edge: float = 0.0, of_smaller: bool = False, most: int | None = None
) -> Faces:
    """Greedy non-maximum suppression: best score first, and none that overlaps a better one by more.

    Args:
        faces: of one picture.
        max_overlap: intersection over union (0..1).
        edge: pixels that are added to each side: 1 for detectors that count the pixels of both edges in.
        of_smaller: the intersection is measured by the smaller of the two boxes instead of by their union.
        most: at most so many faces are kept, the best.
    """
    order = np.argsort(-faces.scores, kind="stable")
    sides = faces.boxes[:, 2:] - faces.boxes[:, :2] + np.float32(edge)
    areas = sides[:, 0] * sides[:, 1]
    kept: list[int] = []
    while len(order) and len(kept) != most:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        corner = np.maximum(faces.boxes[best, :2], faces.boxes[rest, :2])
        size = np.clip(np.minimum(faces.boxes[best, 2:], faces.boxes[rest, 2:]) - corner + np.float32(edge), 0, None)
        inside = size[:, 0] * size[:, 1]
        whole = np.minimum(areas[best], areas[rest]) if of_smaller else areas[best] + areas[rest] - inside
        order = rest[inside / np.maximum(whole, 1e-9) <= max_overlap]
    return faces.keep(np.array(kept, np.int64))
