"""3DDFA_V2 (Guo et al. 2020, arXiv:2009.09960): head pose from the camera matrix that its 62 parameters begin with."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facelib.errors import ModelError
from facelib.models.device import CPU, Device
from facelib.models.faces import Floats
from facelib.models.head_pose import angles

SIDE = 120
PARAMETERS = 62
MIN_AREA = 2020.0
"""Where the square around the points is smaller than this, px², the points are lost and the face's box is used."""

# Mean and standard deviation of the camera's first two rows, of which the fourth number (a shift) is not used.
_MEAN = np.array(
    [3.4926363e-04, 2.5279013e-07, -6.8751979e-07, 6.0167957e01, -6.2955132e-07, 5.7572004e-04, -5.0853912e-05]
)
_STD = np.array(
    [1.76321526e-04, 6.73794348e-05, 4.47084894e-04, 2.65502319e01, 1.23137695e-04, 4.49302170e-05, 7.92367064e-05]
)


class TddfaV2:
    """Finds how heads are turned.

    Args:
        weights: the ONNX file; one input (1 or n, 3, 120, 120), one output (n, 62).
        device: where it runs.
        threads: CPU threads; 0 lets the runtime choose.

    Raises:
        ModelError: the file is another model; reason ``bad_weights``.
    """

    def __init__(self, weights: Path, *, device: Device = CPU, threads: int = 0) -> None:
        self._session = device.session(weights, threads)
        given, made = self._session.get_inputs()[0], self._session.get_outputs()[0]
        if list(given.shape[2:]) != [SIDE, SIDE] or made.shape[-1] != PARAMETERS:
            raise ModelError(f"{weights.name} is not 3DDFA_V2", hint="wanted: mb1_120x120.onnx", reason="bad_weights")
        self._input = given.name
        self._batched = not isinstance(given.shape[0], int)

    def poses(self, pictures: Sequence[NDArray[np.uint8]], boxes: Floats, points: Floats) -> Floats:
        """Yaw, pitch and roll of one face in each picture.

        Args:
            pictures: n pictures, (h, w, 3) BGR.
            boxes: (n, 4) ``x1 y1 x2 y2`` of the face, px.
            points: (n, 68, 2) its landmarks, px; NaN where not known.

        Returns:
            (n, 3) degrees, with the signs of :mod:`facelib.models.head_pose`.
        """
        if not len(pictures):
            return np.zeros((0, 3), np.float32)
        squares = [
            square_of_points(face) if seen(face) else square_of_box(box)
            for box, face in zip(boxes, points, strict=True)
        ]
        crops = [crop(picture, square) for picture, square in zip(pictures, squares, strict=True)]
        blob = cv2.dnn.blobFromImages(crops, 1 / 128, mean=(127.5,) * 3)
        chunks = [blob] if self._batched else [blob[number : number + 1] for number in range(len(blob))]
        raw = np.concatenate([self._session.run(None, {self._input: chunk})[0] for chunk in chunks])
        return np.array([pose_of(row) for row in raw.reshape(len(crops), PARAMETERS)], np.float32)


def pose_of(parameters: Floats) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees from the network's output.

    Args:
        parameters: (62,) as the network gives them, mean 0 and deviation 1.

    The camera matrix is a scale times a rotation, up to noise; its first two rows made unit vectors give the third. Its
    axes are x right, y up, z towards the camera.
    """
    camera = np.asarray(parameters[:7], np.float64) * _STD + _MEAN
    right, up = camera[:3] / np.linalg.norm(camera[:3]), camera[4:7] / np.linalg.norm(camera[4:7])
    flip = np.diag([1.0, -1.0, -1.0])
    return angles(flip @ np.stack([right, up, np.cross(right, up)]) @ flip)


def seen(points: Floats) -> bool:
    """Whether the points can place the square: known, and not shrunk to less than :data:`MIN_AREA`."""
    x1, y1, x2, y2 = square_of_points(points)
    return bool((x2 - x1) * (y2 - y1) >= MIN_AREA)


def square_of_points(points: Floats) -> tuple[float, float, float, float]:
    """The square with the points' larger side times √2, around their middle, px."""
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = ((low + high) / 2).tolist()
    half = float((high - low).max()) / np.sqrt(2)
    return x - half, y - half, x + half, y + half


def square_of_box(box: Floats) -> tuple[float, float, float, float]:
    """The square with 1.58 times the box's mean side, moved down by 0.14 of it, px."""
    side = float(box[2] - box[0] + box[3] - box[1]) / 2
    x, y, half = float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2 + side * 0.14, int(side * 1.58) / 2
    return x - half, y - half, x + half, y + half


def crop(picture: NDArray[np.uint8], square: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """The square at 120 px, its edges rounded to whole pixels; black outside the picture."""
    x1, y1, x2, y2 = (round(edge) for edge in square)
    height, width = picture.shape[:2]
    cut = np.zeros((max(1, y2 - y1), max(1, x2 - x1), 3), np.uint8)
    top, bottom, left, right = max(0, y1), min(height, y2), max(0, x1), min(width, x2)
    if bottom > top and right > left:
        cut[top - y1 : bottom - y1, left - x1 : right - x1] = picture[top:bottom, left:right]
    return np.asarray(cv2.resize(cut, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.uint8)
