"""YuNet: a tiny face detector with five keypoints (Wu, Peng & Yu 2023, doi:10.1007/s11633-023-1423-y)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from facelib.models.device import CPU, Device
from facelib.models.faces import Faces, Floats, suppress
from facelib.models.pictures import Picture, blob

STRIDES = (8, 16, 32)
MULTIPLE = 32
MAX_OVERLAP = 0.3
TOP = 5000
"""Best candidates of a picture that are looked at."""


class YuNet:
    """Finds faces of 10 px and more, with keypoints.

    Args:
        weights: the ONNX file with input of any size.
        device: where it runs.
        threads: CPU threads; 0 lets the runtime choose.
    """

    name = "yunet"
    has_keypoints = True

    def __init__(self, weights: Path, *, device: Device = CPU, threads: int = 0) -> None:
        self._session = device.session(weights, threads)
        self._input = self._session.get_inputs()[0].name
        parts = ("cls", "obj", "bbox", "kps")
        self._outputs = [f"{part}_{stride}" for stride in STRIDES for part in parts]

    def detect_batch(self, pictures: Sequence[Picture], *, min_score: float) -> list[Faces]:
        """Find the faces of pictures of one size.

        Args:
            pictures: (h, w, 3) BGR.
            min_score: faces with a lower score (0..1) are left out.
        """
        batch = blob(pictures, multiple=MULTIPLE)
        maps = self._session.run(self._outputs, {self._input: batch})
        found = []
        for number in range(len(pictures)):
            levels = []
            for level, stride in enumerate(STRIDES):
                cls, obj, bbox, kps = (part[number] for part in maps[4 * level : 4 * level + 4])
                levels.append(decode(cls, obj, bbox, kps, stride, batch.shape[3] // stride))
            faces = Faces(*(np.concatenate(parts) for parts in zip(*levels, strict=True)))
            faces = faces.keep(np.flatnonzero(faces.scores >= min_score))
            faces = faces.keep(np.argsort(-faces.scores, kind="stable")[:TOP])
            found.append(suppress(faces, MAX_OVERLAP))
        return found


def decode(
    cls: Floats, obj: Floats, bbox: Floats, kps: Floats, stride: int, columns: int
) -> tuple[Floats, Floats, Floats]:
    """Boxes, scores and keypoints of all cells of one level.

    The score is the geometric mean of class and object score, as OpenCV's FaceDetectorYN has it.

    Args:
        cls, obj: (cells, 1) scores 0..1.
        bbox: (cells, 4) offset of the centre from the cell's corner and logarithm of the size, in cells.
        kps: (cells, 10) x y of each keypoint from the cell's corner, in cells.
        stride: pixels of a cell.
        columns: cells in a row.

    Returns:
        (cells, 4) ``x1 y1 x2 y2`` px, (cells,), (cells, 5, 2) px.
    """
    cells = np.arange(len(cls))
    corner = np.stack([cells % columns, cells // columns], axis=1).astype(np.float32)
    centre, half = (corner + bbox[:, :2]) * stride, np.exp(bbox[:, 2:]) * stride / 2
    scores = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
    points = (kps.reshape(-1, 5, 2) + corner[:, None]) * stride
    return np.concatenate([centre - half, centre + half], axis=1), scores, points
