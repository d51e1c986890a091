"""Closing the eyes of a still face."""

import cv2
import numpy as np

from facelib.demo.picture import Geometry, Image, Region

# How far above the eye's centre the upper lid's skin is taken from, in half eye heights: below the brow.
_REACH = 2.2
# The lids' edge is an arc somewhat wider than the eye's opening, so that the corners close too.
_WIDER = 1.15


class LidWarp:
    """Draws one eye with its upper lid lowered by any amount: the skin above the eye is stretched over it.

    Args:
        picture: BGR, shape (height, width, 3).
        geometry: the face's features in it.
        which: 0 for the eye on the left of the picture, 1 for the right.
    """

    def __init__(self, picture: Image, geometry: Geometry, which: int) -> None:
        eye = geometry.eyes[which]
        (x, y), half_width, height = eye.centre, _WIDER * eye.half_width, eye.half_height
        left, right = (one.centre for one in geometry.eyes)
        slope = (right[1] - left[1]) / (right[0] - left[0])
        tilt = abs(slope) * half_width
        box = (x - half_width - 2, y - _REACH * height - tilt - 2, x + half_width + 2, y + 2 * height + tilt + 2)
        self._picture = picture
        self._half_height = height
        self.region = Region.around(box, picture.shape[1], picture.shape[0])
        u = (self.region.x - x) / half_width
        self._v = (self.region.y - y - slope * (self.region.x - x)) / height
        self._half = np.sqrt(np.maximum(0.0, 1.0 - u * u))

    def draw(self, closed: float) -> Image:
        """The pixels of `region` with the lid lowered by 0 (as in the picture) to 1 (shut)."""
        edge = self._half * (2.0 * closed - 1.0)
        source = (self._v + _REACH) * (_REACH - self._half) / (_REACH + edge) - _REACH
        covered = (self._v > -_REACH) & (self._v < edge) & (self._half > 0)
        map_y = np.where(covered, self.region.y + (source - self._v) * self._half_height, self.region.y)
        maps = (self.region.x, map_y.astype(np.float32))
        warped = cv2.remap(self._picture, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        drawn = np.asarray(warped, dtype=np.float32)
        lashes = closed * self._half * np.exp(-(((self._v - edge) / 0.3) ** 2))
        drawn *= 1.0 - 0.5 * lashes[..., None]
        return np.clip(drawn, 0, 255).astype(np.uint8)
