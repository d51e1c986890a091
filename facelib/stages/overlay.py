"""A clip with its landmarks and head pose drawn on every frame, to look at."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facelib.errors import MediaError
from facelib.media.audio import cut, read_speech
from facelib.media.encode import ClipWriter
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models.faces import Floats
from facelib.models.head_pose import rotation_matrix
from facelib.models.landmark import CLOSED, GROUPS, eye_distance

MEASURED_COLOR = (80, 255, 80)
FILLED_COLOR = (0, 200, 255)
AXES = (((60, 60, 255), 1.0), ((80, 255, 80), 1.0), ((255, 120, 60), -1.0))
"""Colour (BGR) and sense of the drawn axes: red to the right of the face, green down it, blue forward from the nose."""
TEXT_SCALE = 0.6
"""Least size of the angles, in OpenCV's letters of 22 px."""
_NOSE_TIP = 30
_PARTS = 4
"""OpenCV draws at fractions of a pixel when numbers carry this many binary places."""


def write_overlay(
    clip: Path, points: Floats, poses: Floats, out: Path, *, flags: NDArray[np.uint8] | None = None
) -> int:
    """Write a copy of a clip with points, axes and angles drawn on it, with its sound.

    Args:
        clip: the clip's mp4.
        points: (n, 68, 2) px of the clip.
        poses: (n, 3) yaw, pitch, roll in degrees; NaN draws no axes.
        out: the mp4 to write.
        flags: (n,) not 0 where the points of a frame were not measured: those are drawn yellow instead of green.

    Returns:
        The number of frames, n.

    Raises:
        MediaError: the clip has fewer frames than there are points; reason ``wrong_length``; or it cannot be read.
    """
    filled = np.zeros(len(points), bool) if flags is None else flags != 0
    with GridReader(clip, stop=len(points)) as reader, ClipWriter(out, reader.width, reader.height) as writer:
        for shown in reader:
            picture = to_bgr(shown.frame)
            for number in range(shown.index, min(shown.index + shown.count, len(points))):
                drawn = picture.copy()
                draw(drawn, points[number], poses[number], filled=bool(filled[number]))
                writer.write(drawn)
        if writer.n_frames != len(points):
            raise MediaError(
                f"{clip.name} has {writer.n_frames} frames and {len(points)} landmarks", reason="wrong_length"
            )
        sound = read_speech(clip)
        if sound is not None:
            writer.write_audio(cut(sound, 0, len(points)))
    return len(points)


def draw(picture: NDArray[np.uint8], points: Floats, pose: Floats, *, filled: bool = False) -> None:
    """Draw the landmarks of one face and its pose on a BGR picture, in place.

    Args:
        picture: (h, w, 3).
        points: (68, 2) px.
        pose: (3,) yaw, pitch, roll in degrees.
        filled: whether the points were not measured in this frame.
    """
    size = float(eye_distance(points))
    width = max(1, round(size / 120))
    color = FILLED_COLOR if filled else MEASURED_COLOR
    for name, group in GROUPS.items():
        cv2.polylines(picture, [_fixed(points[group])], name in CLOSED, color, width, cv2.LINE_AA, _PARTS)
    for point in _fixed(points):
        cv2.circle(picture, point.tolist(), (width + 1) << _PARTS, (255, 255, 255), -1, cv2.LINE_AA, _PARTS)
    if np.isfinite(pose).all():
        _draw_pose(picture, points[_NOSE_TIP], pose, size, width + 1)


def _draw_pose(picture: NDArray[np.uint8], origin: Floats, pose: Floats, size: float, width: int) -> None:
    yaw, pitch, roll = (float(angle) for angle in pose)
    for axis, (color, sense) in zip(rotation_matrix(yaw, pitch, roll).T, AXES, strict=True):
        ends = _fixed(np.array([origin, origin + sense * size * axis[:2] * 0.7], np.float32))
        cv2.line(picture, ends[0].tolist(), ends[1].tolist(), color, width, cv2.LINE_AA, _PARTS)
    text = f"yaw {yaw:+.0f}, pitch {pitch:+.0f}, roll {roll:+.0f} deg"
    # Small pictures keep letters that can be read, as long as the line fits.
    scale = max(TEXT_SCALE, picture.shape[1] / 1200)
    wide, high = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)[0]
    scale *= min(1.0, max(1, picture.shape[1] - 12) / wide)
    (wide, high), below = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    cv2.rectangle(picture, (0, 0), (wide + 12, high + below + 8), (0, 0, 0), -1)
    cv2.putText(picture, text, (6, high + 4), cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), 1, cv2.LINE_AA)


def _fixed(points: Floats) -> NDArray[np.int32]:
    """Fixed-point numbers for OpenCV, kept in range however far outside the picture a point lies."""
    return np.round(np.clip(points, -9999, 99999) * (1 << _PARTS)).astype(np.int32)
