"""What a frame of the sample channel shows: faces side by side, or title cards."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from facelib.demo.animate import Motion
from facelib.demo.picture import Box, Geometry, Image
from facelib.demo.portraits import Portrait
from facelib.demo.warp import FaceWarp

WIDTH, HEIGHT = 960, 540
CAPTION = "animated test portrait, synthetic voice"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a portrait lies in a panel: `scale` of the portrait, then shift by (x, y) panel pixels."""

    scale: float
    x: float
    y: float


def place(portrait: Portrait, width: int, height: int, face_height: float) -> Placement:
    """Put the face in the panel's middle, a little above half height; no gap above the portrait.

    Args:
        portrait: what to place.
        width, height: the panel's size in pixels.
        face_height: height of the face box in the panel, in pixels.
    """
    x1, y1, x2, y2 = portrait.face
    scale = face_height / (y2 - y1)
    y = 0.47 * height - scale * (y1 + y2) / 2
    return Placement(scale=scale, x=width / 2 - scale * (x1 + x2) / 2, y=min(0.0, y))


def background(picture: Image, placement: Placement, width: int, height: int) -> Image:
    """The portrait in its panel; what it does not cover shows the portrait blurred, as broadcasters do."""
    rows, columns = picture.shape[:2]
    cover = max(width / columns, height / rows)
    filled = cv2.resize(picture, None, fx=cover, fy=cover, interpolation=cv2.INTER_AREA)[:height, :width]
    small = cv2.resize(filled, (max(1, width // 8), max(1, height // 8)), interpolation=cv2.INTER_AREA)
    panel = cv2.resize(cv2.GaussianBlur(small, (0, 0), 5), (width, height), interpolation=cv2.INTER_LINEAR)
    shrunk = picture
    scale = placement.scale
    if scale < 1:
        # An affine warp samples single pixels; shrinking by area first keeps fine texture from flickering.
        shrunk = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        scale = 1.0
    matrix = np.array([[scale, 0, placement.x], [0, scale, placement.y]], np.float64)
    cv2.warpAffine(
        *(shrunk, matrix, (width, height), panel),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    return np.ascontiguousarray(panel, dtype=np.uint8)


def caption() -> Image:
    """A strip for the picture's lower left corner that says that nothing here was really said."""
    strip = np.full((28, 340, 3), 32, np.uint8)
    cv2.putText(strip, CAPTION, (10, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (225, 225, 225), 1, cv2.LINE_AA)
    return strip


@dataclass(frozen=True, slots=True)
class Cast:
    """One face of a shot: its portrait, its picture, how high its face is in pixels, and how it moves."""

    portrait: Portrait
    picture: Image
    face_height: float
    motion: Motion


def face_boxes(cast: list[Portrait], face_heights: list[float]) -> list[Box]:
    """Box x1 y1 x2 y2 of each face at rest, in pixels of the video, for faces side by side."""
    panel = WIDTH // len(cast)
    boxes = []
    for index, (portrait, face_height) in enumerate(zip(cast, face_heights, strict=True)):
        placed = place(portrait, panel, HEIGHT, face_height)
        boxes.append(Geometry.placed(portrait, placed.scale, placed.x + index * panel, placed.y).face)
    return boxes


def render_faces(cast: list[Cast], frames: int) -> Iterator[Image]:
    """Frames of BGR, shape (540, 960, 3), with the faces side by side. Each frame is the same array, drawn anew."""
    panel = WIDTH // len(cast)
    canvas = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    warps = []
    for index, one in enumerate(cast):
        placed = place(one.portrait, panel, HEIGHT, one.face_height)
        picture = background(one.picture, placed, panel, HEIGHT)
        canvas[:, index * panel : (index + 1) * panel] = picture
        warps.append(FaceWarp(picture, Geometry.placed(one.portrait, placed.scale, placed.x, placed.y)))
    strip = caption()
    for frame in range(frames):
        for index, (one, warp) in enumerate(zip(cast, warps, strict=True)):
            view = canvas[:, index * panel : (index + 1) * panel]
            warp.draw(view, float(one.motion.mouth[frame]), float(one.motion.lids[frame]), one.motion.poses[frame])
        canvas[-strip.shape[0] :, : strip.shape[1]] = strip
        yield canvas


def render_cards(lines: tuple[str, ...], frames: int) -> Iterator[Image]:
    """Frames of BGR, shape (540, 960, 3), without any face: a line of text over bars that slide along."""
    for frame in range(frames):
        canvas = np.full((HEIGHT, WIDTH, 3), (96, 64, 32), np.uint8)
        for bar in range(6):
            left = int((bar * 220 + 3 * frame) % (WIDTH + 220)) - 180
            cv2.rectangle(canvas, (left, 330), (left + 120, 350 + 24 * bar), (60 + 25 * bar, 150, 220 - 25 * bar), -1)
        text = lines[frame * len(lines) // frames]
        cv2.putText(canvas, text, (60, 220), cv2.FONT_HERSHEY_DUPLEX, 1.3, (240, 240, 240), 2, cv2.LINE_AA)
        yield canvas
