"""InsightFace's 1k3d68 (buffalo_l): 3309 numbers, of which the last 68 points in 3D follow iBUG 300-W."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facelib.errors import ModelError
from facelib.models.device import CPU, Device
from facelib.models.faces import Floats
from facelib.models.insightface_graph import scales_itself
from facelib.models.landmark import POINTS, flat

MEAN, SCALE = 127.5, 1 / 128
"""What is taken from a pixel, and what it is then multiplied by."""
MARGIN = 1.5
"""Side of the square that is looked at, over the larger side of the face's box."""


class InsightfaceLandmarks:
    """Finds 68 points in an upright square around the face's box.

    Args:
        weights: the ONNX file; one input (n, 3, s, s), one output (n, 3 k) of k points with k at least 68.
        device: where it runs.
        threads: CPU threads; 0 lets the runtime choose.

    Raises:
        ModelError: the file is another model; reason ``bad_weights``.
    """

    def __init__(self, weights: Path, *, device: Device = CPU, threads: int = 0) -> None:
        self._session = device.session(weights, threads)
        given, made = self._session.get_inputs()[0], self._session.get_outputs()
        side, numbers = given.shape[2], made[0].shape[-1]
        if len(made) != 1 or not isinstance(side, int) or not isinstance(numbers, int) or numbers < 3 * POINTS:
            raise ModelError(
                f"{weights.name} is not a 3D landmark model", hint="wanted: 1k3d68.onnx", reason="bad_weights"
            )
        self._input, self.side = given.name, side
        self._batched = not isinstance(given.shape[0], int)
        self._mean, self._scale = (0.0, 1.0) if scales_itself(weights, batch_norm=True) else (MEAN, SCALE)

    def points(self, pictures: Sequence[NDArray[np.uint8]], boxes: Floats, keypoints: Floats) -> tuple[Floats, Floats]:
        """The points of each face; see :class:`facelib.models.landmark.LandmarkModel`.

        The model gives no score: it is 0 where the box shows nothing at all, else 1.
        """
        scores = [0.0 if flat(picture, box) else 1.0 for picture, box in zip(pictures, boxes, strict=True)]
        return self.solid(pictures, boxes)[..., :2], np.array(scores, np.float32)

    def solid(self, pictures: Sequence[NDArray[np.uint8]], boxes: Floats) -> Floats:
        """The points in space: (n, 68, 3) x y in px of the picture, and depth on the same scale."""
        if not len(pictures):
            return np.zeros((0, POINTS, 3), np.float32)
        scales = [self.side / (max(float(box[2] - box[0]), float(box[3] - box[1]), 1.0) * MARGIN) for box in boxes]
        corners = [
            np.array([box[0] + box[2], box[1] + box[3]], np.float64) / 2 - self.side / (2 * scale)
            for box, scale in zip(boxes, scales, strict=True)
        ]
        crops = []
        for picture, scale, corner in zip(pictures, scales, corners, strict=True):
            matrix = np.array([[scale, 0, -corner[0] * scale], [0, scale, -corner[1] * scale]])
            crops.append(cv2.warpAffine(picture, matrix, (self.side, self.side), borderValue=0.0))
        blob = cv2.dnn.blobFromImages(crops, self._scale, mean=(self._mean,) * 3, swapRB=True)
        raw = self._run(blob).reshape(len(crops), -1, 3)[:, -POINTS:]
        raw = raw * (self.side // 2) + np.array([self.side // 2, self.side // 2, 0], np.float32)
        raw = raw / np.array(scales, np.float32)[:, None, None]
        raw[..., :2] += np.array(corners, np.float32)[:, None]
        return np.asarray(raw, np.float32)

    def _run(self, blob: Floats) -> Floats:
        chunks = [blob] if self._batched else [blob[number : number + 1] for number in range(len(blob))]
        return np.concatenate([self._session.run(None, {self._input: chunk})[0] for chunk in chunks])
