"""Where crop policies put their rectangles: one function each, from faces, landmarks and the frame to ``x1 y1 x2 y2``.

Each takes :class:`CropFrames` and the numbers of its scale, and returns (1, 4) where all frames have the same
rectangle, else (n, 4), px. It may reach outside the frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facelib.errors import MediaError
from facelib.media.face_crop import lrs_squares, smooth, squares
from facelib.media.rectangles import Doubles

SMALLEST_VOX2_SIDE = 20
"""A VoxCeleb2 crop with a side of this many px or fewer is no crop: the whole frame is taken."""


@dataclass(frozen=True, eq=False)
class CropFrames:
    """What a policy may look at.

    Args:
        boxes: (n, 4) the face in each frame, ``x1 y1 x2 y2`` px.
        frame_size: width and height of the frame, px.
        landmarks: (n, p, 2) px; NaN where a frame has none.
        given: (4,) a rectangle named by somebody, ``x1 y1 x2 y2`` px.
    """

    boxes: Doubles
    frame_size: tuple[int, int]
    landmarks: Doubles | None
    given: Doubles | None

    def faces(self) -> Doubles:
        """The boxes, all of them numbers.

        Raises:
            MediaError: reason ``no_boxes``.
        """
        if not np.isfinite(self.boxes).all():
            raise MediaError("a frame has no face box", hint="fill gaps between frames first", reason="no_boxes")
        return self.boxes


def window(frames: CropFrames, scale: Sequence[float]) -> Doubles:
    """The whole picture."""
    return np.array([[0, 0, *frames.frame_size]], np.float64)


def follow(frames: CropFrames, scale: Sequence[float]) -> Doubles:
    """The square of the smoothed face, ``scale`` half sides to each edge."""
    return squares(smooth(frames.faces()), scale[0])


def lrs(frames: CropFrames, scale: Sequence[float]) -> Doubles:
    """The square of LRS around the smoothed face, ``scale`` half sides of which are to the left and to the right."""
    smoothed = smooth(frames.faces())
    return lrs_squares(smoothed * [scale[0] / 1.4, 1, 1])


def union(frames: CropFrames, scale: Sequence[float]) -> Doubles:
    """A square around the union of all boxes, its side times ``scale``, in whole pixels."""
    face = np.concatenate([frames.faces()[:, :2].min(axis=0), frames.faces()[:, 2:].max(axis=0)])
    side = int((face[2:] - face[:2]).max())
    margin = round(scale[0] - 1, 9)  # 1.4 - 1 falls short of 0.4, and int() would take a pixel for it
    return _square((face[:2] + face[2:]) / 2, side + int(margin * side))


def median(frames: CropFrames, scale: Sequence[float]) -> Doubles:
    """A square around the median centre, the larger side of the median box times ``scale``, in whole pixels."""
    boxes = frames.faces()
    centre = _upper_median((boxes[:, :2] + boxes[:, 2:]) / 2)
    width, height = _upper_median(boxes[:, 2:] - boxes[:, :2])
    side = max(int(width * scale[0]), int(height * scale[0]))
    first = np.trunc(centre - side / 2)
    return np.concatenate([first, first + side])[None]


def given(frames: CropFrames, scale: Sequence[float]) -> Doubles:
    """The rectangle that was named."""
    if frames.given is None or frames.given.shape != (4,) or (frames.given[2:] <= frames.given[:2]).any():
        raise MediaError("the policy given takes a rectangle", hint="give x1 y1 x2 y2 in px", reason="no_rectangle")
    return frames.given[None]


def landmark_union(frames: CropFrames, scale: Sequence[float]) -> Doubles:
    """A square around all landmarks of all frames, its side times ``scale``."""
    points = np.zeros((0, 2)) if frames.landmarks is None else frames.landmarks.reshape(-1, 2)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise MediaError(
            "the policy landmark_union takes landmarks, and there are none",
            hint="compute the stage landmarks, or take the policy union",
            reason="no_landmarks",
        )
    first, last = points.min(axis=0), points.max(axis=0)
    return _square((first + last) / 2, float((last - first).max()) * scale[0])


def four_sided(frames: CropFrames, scale: Sequence[float]) -> Doubles:
    """Each half extent of the box times its own number (left, right, up, down), cut off at the edge of the frame."""
    left, right, up, down = scale
    x1, y1, x2, y2 = frames.faces().T
    x, y, half_width, half_height = (x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / 2, (y2 - y1) / 2
    grown = np.stack(
        [x - left * half_width, y - up * half_height, x + right * half_width, y + down * half_height], axis=1
    )
    edges = np.tile(np.asarray(frames.frame_size, np.float64), 2)
    return np.asarray(np.clip(np.floor(grown), 0, edges), np.float64)


def four_sided_square(frames: CropFrames, scale: Sequence[float]) -> Doubles:
    """As :func:`four_sided`, the shorter side grown to the longer one."""
    grown = four_sided(frames, scale)
    sizes = grown[:, 2:] - grown[:, :2]
    side = sizes.max(axis=1, keepdims=True)
    first = grown[:, :2] - (side - sizes) // 2
    return np.concatenate([first, first + side], axis=1)


def vox2(frames: CropFrames, scale: Sequence[float]) -> Doubles:
    """Width and height of the box times ``scale``, moved in at the left and top, cut off at the right and bottom."""
    frame = np.asarray(frames.frame_size, np.float64)
    boxes = np.trunc(frames.faces())
    sizes = boxes[:, 2:] - boxes[:, :2]
    wanted = np.trunc(sizes * scale[0])
    first = np.maximum(np.trunc(boxes[:, :2] + sizes / 2) - wanted // 2, 0)
    last = np.minimum(first + wanted, frame)
    whole = ((last - first) <= SMALLEST_VOX2_SIDE).any(axis=1, keepdims=True)
    return np.where(whole, [0, 0, *frame], np.concatenate([first, last], axis=1))


def _square(centre: Doubles, side: float) -> Doubles:
    return np.concatenate([centre - side / 2, centre + side / 2])[None]


def _upper_median(values: Doubles) -> Doubles:
    """Of each column; of an even number of values the larger middle one."""
    middle: Doubles = np.sort(values, axis=0)[len(values) // 2]
    return middle
