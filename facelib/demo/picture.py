"""Shared kinds of arrays and the geometry of a face in a picture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.demo.portraits import Eye, Mouth, Portrait

Image = NDArray[np.uint8]
Plane = NDArray[np.float32]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Geometry:
    """A portrait's features in pixels of the picture in which it was placed; see `facelib.demo.portraits.Portrait`."""

    face: Box
    eyes: tuple[Eye, Eye]
    mouth: Mouth
    chin_y: float

    @classmethod
    def placed(cls, portrait: Portrait, scale: float, x: float, y: float) -> "Geometry":
        """The geometry after scaling the portrait and then shifting it by (x, y) pixels."""

        def at(point: tuple[float, float]) -> tuple[float, float]:
            return (point[0] * scale + x, point[1] * scale + y)

        left, right = (Eye(at(eye.centre), eye.half_width * scale, eye.half_height * scale) for eye in portrait.eyes)
        mouth = portrait.mouth
        return cls(
            face=(*at(portrait.face[:2]), *at(portrait.face[2:])),
            eyes=(left, right),
            mouth=Mouth(at(mouth.left), at(mouth.middle), at(mouth.right), mouth.teeth),
            chin_y=portrait.chin_y * scale + y,
        )


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a picture: its first row and column, and its pixels' coordinates, each (rows, columns)."""

    top: int
    left: int
    x: Plane
    y: Plane

    @classmethod
    def around(cls, box: Box, width: int, height: int) -> "Region":
        """The pixels of a box x1 y1 x2 y2 that lie in a picture of this size."""
        left, top = max(0, int(box[0])), max(0, int(box[1]))
        right, bottom = min(width, int(box[2])), min(height, int(box[3]))
        rows, columns = np.mgrid[top:bottom, left:right].astype(np.float32)
        return cls(top=top, left=left, x=columns, y=rows)

    def of(self, picture: Image) -> Image:
        """This rectangle of a picture, as a view."""
        rows, columns = self.x.shape
        return picture[self.top : self.top + rows, self.left : self.left + columns]


def smooth(value: NDArray[np.floating[Any]]) -> Plane:
    """0 below 0, 1 above 1, and 3t² - 2t³ between."""
    t = np.clip(value, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)
