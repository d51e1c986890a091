"""SCRFD: the face detector of InsightFace, with five keypoints (Guo et al. 2021, arXiv:2105.04714)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.errors import ModelError
from facelib.models.device import CPU, Device
from facelib.models.faces import Faces, Floats, suppress
from facelib.models.pictures import Picture, blob, resized

SIDE = 640
"""Pictures are fitted into a square of this side, px."""
STRIDES = (8, 16, 32)
ANCHORS = 2
"""Boxes a cell."""
MAX_OVERLAP = 0.4


class Scrfd:
    """Finds faces, with keypoints.

    Args:
        weights: an ONNX file with nine outputs: score, box and keypoints at each of three strides, such as
            ``det_10g.onnx`` of the package buffalo_l.
        device: where it runs.
        threads: CPU threads; 0 lets the runtime choose.
        side: pictures are fitted into a square of this side, px, a multiple of 32.

    Raises:
        ModelError: the network has other outputs; reason ``bad_weights``.
    """

    name = "scrfd"
    has_keypoints = True

    def __init__(self, weights: Path, *, device: Device = CPU, threads: int = 0, side: int = SIDE) -> None:
        self._session = device.session(weights, threads)
        self._input = self._session.get_inputs()[0].name
        outputs = self._session.get_outputs()
        if len(outputs) != 3 * len(STRIDES):
            raise ModelError(
                f"{weights} has {len(outputs)} outputs, not the nine of SCRFD with keypoints", reason="bad_weights"
            )
        # Networks exported for one picture have outputs without an axis for the batch.
        self._takes_batches = len(outputs[0].shape) == 3
        self._side = side

    def detect_batch(self, pictures: Sequence[Picture], *, min_score: float) -> list[Faces]:
        """Find the faces of pictures of one size.

        Args:
            pictures: (h, w, 3) BGR.
            min_score: faces with a lower score (0..1) are left out.
        """
        height, width = pictures[0].shape[:2]
        fitted = (int(self._side * width / height), self._side)
        if height <= width:
            fitted = (self._side, int(self._side * height / width))
        scale = fitted[1] / height
        batch = blob(
            resized(pictures, fitted), multiple=self._side, rgb=True, mean=(127.5,) * 3, std=(128.0,) * 3, pad=0
        )
        return [
            suppress(self._candidates(maps, min_score).scaled(1 / scale), MAX_OVERLAP, edge=1)
            for maps in self._maps(batch)
        ]

    def _maps(self, batch: Floats) -> list[list[Floats]]:
        """The nine outputs of each picture."""
        if self._takes_batches:
            outputs = self._session.run(None, {self._input: batch})
            return [[output[number] for output in outputs] for number in range(len(batch))]
        return [self._session.run(None, {self._input: batch[n : n + 1]}) for n in range(len(batch))]

    def _candidates(self, maps: list[Floats], min_score: float) -> Faces:
        parts = []
        for level, stride in enumerate(STRIDES):
            scores, distances, points = maps[level :: len(STRIDES)]
            chosen = np.flatnonzero(scores[:, 0] >= min_score)
            boxes, keypoints = decode(chosen, distances[chosen], points[chosen], stride, self._side // stride)
            parts.append((boxes, scores[chosen, 0], keypoints))
        return Faces(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def decode(
    places: NDArray[np.intp], distances: Floats, points: Floats, stride: int, columns: int
) -> tuple[Floats, Floats]:
    """Boxes and keypoints out of distances from the corners of cells.

    Args:
        places: (n,) number of each candidate; cells row by row, two candidates a cell.
        distances: (n, 4) from the cell's corner to the left, top, right and bottom of the face, in cells.
        points: (n, 10) x y of each keypoint from the cell's corner, in cells.
        stride: pixels of a cell.
        columns: cells in a row.

    Returns:
        (n, 4) ``x1 y1 x2 y2`` px and (n, 5, 2) px.
    """
    cells = places // ANCHORS
    corner = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32) * stride
    distances = distances * stride
    boxes = np.concatenate([corner - distances[:, :2], corner + distances[:, 2:]], axis=1)
    return boxes, points.reshape(-1, 5, 2) * stride + corner[:, None]
