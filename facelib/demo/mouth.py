"""Opening the mouth of a still face."""

import cv2
import numpy as np

from facelib.demo.picture import Geometry, Image, Plane, Region, smooth

# How far the lips part when the mouth is wide open, in half mouth widths, and the lower lip's part of it. A smile is
# wide already, and its teeth show: less looks more natural.
_WIDEST, _WIDEST_SMILING = 0.6, 0.42
_LOWER_SHARE = 0.85
_DARK, _TONGUE, _TEETH = (np.asarray(bgr, np.float32) for bgr in ((22, 16, 34), (62, 52, 108), (150, 160, 168)))


class MouthWarp:
    """Draws the lower face with the mouth open by any amount.

    Coordinates `u` (along the mouth) and `below` (across it, from the line between the lips) are in half mouth widths.
    The lips part along a parabola through the mouth's corners and its middle. Below it everything drops: near the lips
    as the lips do, towards the chin over the whole jaw, and less and less down the neck.

    Args:
        picture: BGR, shape (height, width, 3).
        geometry: the face's features in it.
    """

    def __init__(self, picture: Image, geometry: Geometry) -> None:
        mouth = geometry.mouth
        left, right, middle = (np.asarray(point, np.float64) for point in (mouth.left, mouth.right, mouth.middle))
        self._picture = picture
        self._teeth_show = mouth.teeth
        self._centre = (left + right) / 2
        self._half = float(np.linalg.norm(right - left) / 2)
        self._axis = (right - left) / (2 * self._half)
        to_middle = (middle - self._centre) / self._half
        along, across = to_middle @ self._axis, to_middle[1] * self._axis[0] - to_middle[0] * self._axis[1]
        sag = float(across / max(0.2, 1.0 - along * along))
        self._chin = max(0.6, (geometry.chin_y - self._centre[1]) / self._half - sag)
        self.region = self._surroundings(picture)
        dx, dy = (self.region.x - self._centre[0]) / self._half, (self.region.y - self._centre[1]) / self._half
        self._u: Plane = (dx * self._axis[0] + dy * self._axis[1]).astype(np.float32)
        across_mouth = dy * self._axis[0] - dx * self._axis[1]
        arch = np.maximum(0.0, 1.0 - self._u * self._u)
        self._lips: Plane = (arch**0.7).astype(np.float32)
        self._line: Plane = (sag * arch).astype(np.float32)
        self._below: Plane = (across_mouth - self._line).astype(np.float32)
        self._jaw: Plane = np.exp(-((self._u / 1.7) ** 4)).astype(np.float32)

    def _surroundings(self, picture: Image) -> Region:
        """What an open mouth changes: from the nose down to where the neck stands still."""
        x, y = self._centre
        reach = 2 * self._chin + 1.0
        box = (x - 2.6 * self._half, y - 1.3 * self._half, x + 2.6 * self._half, y + reach * self._half)
        return Region.around(box, picture.shape[1], picture.shape[0])

    def draw(self, openness: float) -> Image:
        """The pixels of `region` with the mouth open by 0 (as in the picture) to 1 (wide)."""
        opening = openness * (_WIDEST_SMILING if self._teeth_show else _WIDEST)
        lower, upper = _LOWER_SHARE * opening * self._lips, (1 - _LOWER_SHARE) * opening * self._lips
        source = self._source(opening, lower, upper) + self._line
        map_x = self._centre[0] + self._half * (self._u * self._axis[0] - source * self._axis[1])
        map_y = self._centre[1] + self._half * (self._u * self._axis[1] + source * self._axis[0])
        border = cv2.BORDER_REPLICATE
        maps = (map_x.astype(np.float32), map_y.astype(np.float32))
        drawn = np.asarray(cv2.remap(self._picture, *maps, cv2.INTER_CUBIC, borderMode=border), dtype=np.float32)
        edge = np.minimum(lower - self._below, self._below + upper) * self._half
        inside = np.clip(edge + 0.5, 0.0, 1.0) * np.clip((lower + upper) * self._half, 0.0, 1.0)
        drawn += inside[..., None] * (self._inside_colour(opening, lower, upper) - drawn)
        return np.clip(drawn, 0, 255).astype(np.uint8)

    def _source(self, opening: float, lower: Plane, upper: Plane) -> Plane:
        """For each pixel, how far below the line between the closed lips it comes from."""
        from_lip = np.maximum(0.0, self._below - lower)
        spread = smooth(from_lip / 0.9)
        still = smooth((from_lip - self._chin) / self._chin)
        drop = _LOWER_SHARE * opening * (self._lips + spread * (self._jaw - self._lips)) * (1.0 - still)
        lift = upper * np.exp(-((np.maximum(0.0, -self._below - upper) / 0.4) ** 2))
        dropped, lifted = np.maximum(self._below - drop, 0.0), np.minimum(self._below + lift, 0.0)
        return np.where(self._below >= 0, dropped, lifted).astype(np.float32)

    def _inside_colour(self, opening: float, lower: Plane, upper: Plane) -> Plane:
        """BGR of the inside of the mouth: teeth above where none show in the picture, dark, the tongue below."""
        depth = np.clip((self._below + upper) / np.maximum(lower + upper, 1e-3), 0.0, 1.0)
        on_tongue = 0.8 * smooth((depth - 0.55) / 0.4)[..., None]
        colour = _DARK + on_tongue * (_TONGUE - _DARK)
        if not self._teeth_show:
            band = (1.0 - smooth((depth * opening - 0.07) / 0.05)) * smooth((0.75 - np.abs(self._u)) / 0.3)
            colour += (0.8 * min(1.0, opening / 0.15) * band)[..., None] * (_TEETH - colour)
        return np.asarray(colour, dtype=np.float32)
