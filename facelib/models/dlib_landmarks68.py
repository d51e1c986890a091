"""dlib's 68-point shape predictor (Kazemi and Sullivan 2014), trained on iBUG 300-W: not for commercial use."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.models.faces import Floats
from facelib.models.landmark import POINTS, flat


class DlibLandmarks68:
    """Finds 68 points from a square as dlib's own face detector gives it. Points are whole pixels.

    Args:
        weights: the file of the shape predictor.
    """

    def __init__(self, weights: Path) -> None:
        import dlib

        self._predictor = dlib.shape_predictor(str(weights))

    def points(self, pictures: Sequence[NDArray[np.uint8]], boxes: Floats, keypoints: Floats) -> tuple[Floats, Floats]:
        """The points of each face; see :class:`facelib.models.landmark.LandmarkModel`.

        The model gives no score: it is 0 where the box shows nothing at all, else 1.
        """
        found = np.zeros((len(pictures), POINTS, 2), np.float32)
        scores = np.zeros(len(pictures), np.float32)
        for number, (picture, box) in enumerate(zip(pictures, boxes, strict=True)):
            shape = self._predictor(np.ascontiguousarray(picture[:, :, ::-1]), dlib_square(box))
            found[number] = [(part.x, part.y) for part in shape.parts()]
            scores[number] = 0.0 if flat(picture, box) else 1.0
        return found, scores


def dlib_square(box: Floats) -> Any:
    """A face's box as dlib's own detector gives it: a square from the brows to the chin; other boxes reach higher.

    Args:
        box: (4,) ``x1 y1 x2 y2`` from forehead to chin, px.
    """
    import dlib

    x1, y1, x2, y2 = (float(edge) for edge in box)
    side = (x2 - x1 + y2 - y1) / 2
    x, y = (x1 + x2) / 2, y2 - side / 2
    left, top = round(x - side / 2), round(y - side / 2)
    return dlib.rectangle(left, top, left + round(side), top + round(side))
