"""A still face that opens its mouth, closes its eyes and moves its head.

All three are inverse maps: for each pixel of the result, where in the picture it comes from. The mouth's and the eyes'
maps depend on a few quantised levels only and are drawn once for each level; the head's is computed for each frame.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from facelib.demo.lids import LidWarp
from facelib.demo.mouth import MouthWarp
from facelib.demo.picture import Geometry, Image, Plane, Region, smooth

MOUTH_LEVELS = 16
LID_LEVELS = 5


@dataclass(frozen=True, slots=True)
class HeadPose:
    """The head against the picture: shift in pixels, roll in radians (clockwise), zoom as a factor."""

    x: float
    y: float
    roll: float
    zoom: float


class FaceWarp:
    """Draws a still face with any mouth opening, lid closing and head pose.

    Args:
        picture: BGR, shape (height, width, 3).
        geometry: the face's features in it.
    """

    def __init__(self, picture: Image, geometry: Geometry) -> None:
        x1, y1, x2, y2 = geometry.face
        centre_x, centre_y = (x1 + x2) / 2, 0.55 * y1 + 0.45 * y2
        # The head reaches above the face box by the hair; around it a ring of half its size stretches.
        radius_x, radius_y = 0.78 * (x2 - x1), 0.78 * (y2 - y1)
        box = (
            centre_x - 1.5 * radius_x,
            centre_y - 1.5 * radius_y,
            centre_x + 1.5 * radius_x,
            centre_y + 1.5 * radius_y,
        )
        self._region = Region.around(box, picture.shape[1], picture.shape[0])
        self._still = picture.copy()
        self._mouth = MouthWarp(picture, geometry)
        self._lids = (LidWarp(picture, geometry, 0), LidWarp(picture, geometry, 1))
        self._mouths: dict[int, Image] = {}
        self._eyes: dict[int, tuple[Image, ...]] = {}
        x, y = self._region.x - centre_x, self._region.y - centre_y
        # How much each pixel moves with the head: 1 on it, 0 where the picture stands still.
        follow = 1.0 - smooth((np.hypot(x / radius_x, y / radius_y) - 1.0) / 0.5)
        self._x, self._y = self._region.x - self._region.left, self._region.y - self._region.top
        # A pose displaces pixels by a linear combination of these smooth planes: a quarter of the resolution will do.
        coarse = (x.shape[1] // 4, x.shape[0] // 4)
        self._basis: tuple[Plane, ...] = tuple(
            np.asarray(cv2.resize(plane, coarse, interpolation=cv2.INTER_AREA), dtype=np.float32)
            for plane in (follow * x, follow * y, follow)
        )

    def draw(self, canvas: Image, mouth: float, lids: float, pose: HeadPose) -> None:
        """Draw the face into `canvas`, an image of the picture's size that shows the picture elsewhere.

        Args:
            canvas: BGR, changed in place.
            mouth: 0 (as in the picture) to 1 (wide open).
            lids: 0 (as in the picture) to 1 (closed).
            pose: where the head is.
        """
        self._set_features(round(mouth * (MOUTH_LEVELS - 1)), round(lids * (LID_LEVELS - 1)))
        cosine, sine = np.cos(pose.roll) / pose.zoom, np.sin(pose.roll) / pose.zoom
        # The pose inverted: the result's pixel p about the head's centre comes from R⁻¹(p - shift).
        shift_x, shift_y = cosine * pose.x + sine * pose.y, cosine * pose.y - sine * pose.x
        map_x = self._displaced(self._x, cosine - 1, sine, -shift_x)
        map_y = self._displaced(self._y, -sine, cosine - 1, -shift_y)
        still = self._region.of(self._still)
        moved = cv2.remap(still, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        self._region.of(canvas)[:] = moved

    def _displaced(self, own: Plane, *weights: float) -> Plane:
        """Each pixel's own coordinate plus its displacement."""
        coarse = sum(np.float32(weight) * plane for weight, plane in zip(weights, self._basis, strict=True))
        rows, columns = own.shape
        fine = cv2.resize(np.asarray(coarse), (columns, rows), interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.add(own, fine, out=fine), dtype=np.float32)

    def _set_features(self, mouth: int, lids: int) -> None:
        """Put the mouth and the eyes of these levels on the still face."""
        if mouth not in self._mouths:
            self._mouths[mouth] = self._mouth.draw(mouth / (MOUTH_LEVELS - 1))
        if lids not in self._eyes:
            self._eyes[lids] = tuple(lid.draw(lids / (LID_LEVELS - 1)) for lid in self._lids)
        self._mouth.region.of(self._still)[:] = self._mouths[mouth]
        for lid, drawn in zip(self._lids, self._eyes[lids], strict=True):
            lid.region.of(self._still)[:] = drawn
