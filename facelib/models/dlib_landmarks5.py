"""dlib's five-point shape predictor: the corners of both eyes and the base of the nose, from a face's box."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.models.alignment import TEMPLATE, similarity
from facelib.models.dlib_landmarks68 import dlib_square
from facelib.models.faces import Floats

EYES_AND_BASE = np.array([TEMPLATE[0], TEMPLATE[1], [56.0, 78.9]])
"""The eyes and the base of the nose in the template of alignment: in dlib's mean face the base lies 0.774 of the eyes'
distance below their middle."""
TIP = (TEMPLATE[2, 1] - TEMPLATE[:2, 1].mean()) / (EYES_AND_BASE[2, 1] - TEMPLATE[:2, 1].mean())
"""How far the tip of the nose is on the way from the middle of the eyes to the base of the nose."""


class DlibLandmarks5:
    """Finds the eyes and the nose in a box.

    Args:
        weights: the shape predictor.
    """

    def __init__(self, weights: Path) -> None:
        import dlib

        self._predictor = dlib.shape_predictor(str(weights))

    def shape(self, image_rgb: NDArray[np.uint8], box: Floats) -> Any:
        """dlib's own object, for its own alignment.

        Args:
            image_rgb: (h, w, 3) RGB, contiguous.
            box: (4,) ``x1 y1 x2 y2``, pixels.
        """
        return self._predictor(image_rgb, dlib_square(box))

    def keypoints(self, picture: NDArray[np.uint8], box: Floats) -> Floats:
        """The five keypoints that face detectors give, for a box that came without.

        Args:
            picture: (h, w, 3) BGR.
            box: (4,) ``x1 y1 x2 y2``, pixels.

        Returns:
            (5, 2) eyes, nose, corners of the mouth, pixels. The eyes are seen; the tip of the nose is put between
            them and its base, and the mouth where it is in an average face.
        """
        shape = self.shape(np.ascontiguousarray(picture[:, :, ::-1]), box)
        seen = np.array([[shape.part(i).x, shape.part(i).y] for i in range(5)], np.float64)
        left, right, base = seen[2:4].mean(axis=0), seen[0:2].mean(axis=0), seen[4]
        middle = (left + right) / 2
        back = similarity(EYES_AND_BASE, np.array([left, right, base]))
        mouth = TEMPLATE[3:] @ back[:, :2].T + back[:, 2]
        return np.array([left, right, middle + TIP * (base - middle), *mouth], np.float32)
