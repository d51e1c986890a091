"""The frames of a clip that several models look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models.detector import Detector
from facelib.models.faces import Faces, Floats
from facelib.models.pictures import Picture
from facelib.stages.detect_params import DetectParams

EVERY = 25
MOST = 12
"""Every EVERY-th frame is looked at, at most MOST of a clip."""


@dataclass(frozen=True, eq=False)
class Look:
    """A frame that is looked at: its number on the grid, the decoded frame, and size and rotation of the picture."""

    number: int
    frame: Any
    width: int
    height: int
    rotation: int

    def picture(self, factor: float = 1.0) -> Picture:
        """The picture, upright BGR, with its sides times ``factor``."""
        size = (max(2, round(self.width * factor)), max(2, round(self.height * factor)))
        return to_bgr(self.frame, size=size, rotation=self.rotation)

    def faces(self, detector: Detector, params: DetectParams) -> Faces:
        """The faces that a detector finds under the settings of ``detect``, in px of the whole picture."""
        factor = params.shrink(self.width, self.height)
        (found,) = detector.detect_batch([self.picture(factor)], min_score=params.min_score)
        return found.scaled(1 / factor)


def looks(path: Path) -> Iterator[Look]:
    """The frames of a clip that are looked at, in order."""
    with GridReader(path, stop=EVERY * MOST, threads=1) as reader:
        for shown in reader:
            wanted = -(-shown.index // EVERY) * EVERY
            if wanted < min(shown.index + shown.count, EVERY * MOST):
                yield Look(wanted, shown.frame, reader.width, reader.height, reader.rotation)


def main_faces(path: Path, detector: Detector) -> Iterator[tuple[Picture, Floats, Floats]]:
    """Picture, box (4,) and keypoints (5, 2) of the largest face in each frame that is looked at and has one."""
    for look in looks(path):
        faces = look.faces(detector, DetectParams(detector="centerface"))
        if len(faces):
            sides = faces.boxes[:, 2:] - faces.boxes[:, :2]
            best = int(np.argmax(sides.prod(axis=1)))
            yield look.picture(), faces.boxes[best], faces.keypoints[best]
