"""What a crop policy is: a name, what it shows, and the rectangle of each frame."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facelib.errors import MediaError
from facelib.media.crop_places import CropFrames
from facelib.media.rectangles import Doubles, moved_inside


@dataclass(frozen=True)
class CropPolicy:
    """A way to cut a face out of a video.

    Attributes:
        name: what it is called in settings and commands.
        summary: what it does, in one sentence.
        origin: which dataset or tool cuts so.
        fixed: whether all frames have the same rectangle.
        fill: grey level of what lies outside the frame; None for policies that stay inside it.
        default_size: width and height of the result, px; None leaves the scale.
        default_scale: the numbers that say how much more than the face is shown; empty where there are none.
        scale_meaning: what these numbers are.
        place: computes the rectangles: (1, 4) of a fixed policy, else (n, 4).
    """

    name: str
    summary: str
    origin: str
    fixed: bool
    fill: int | None
    default_size: int | None
    default_scale: tuple[float, ...]
    scale_meaning: str
    place: Callable[[CropFrames, Sequence[float]], Doubles]

    def rectangles(
        self,
        boxes: NDArray[np.floating],
        frame_size: tuple[int, int],
        *,
        landmarks: NDArray[np.floating] | None = None,
        given: NDArray[np.floating] | Sequence[float] | None = None,
        scale: float | Sequence[float] | None = None,
    ) -> Doubles:
        """The rectangle of each frame, for :func:`cut` or ``write_part``.

        Args:
            boxes: (n, 4) the face in each frame, ``x1 y1 x2 y2`` px; its length is the number of frames.
            frame_size: width and height of the frame, px.
            landmarks: (n, p, 2) px, NaN where a frame has none; for ``landmark_union``.
            given: (4,) ``x1 y1 x2 y2`` px; for ``given``.
            scale: in place of ``default_scale``, as many numbers.

        Returns:
            (n, 4) ``x1 y1 x2 y2`` px. Where ``fill`` is None they lie inside the frame.

        Raises:
            MediaError: ``no_boxes`` for no frames, or frames without a face; ``no_landmarks``, ``no_rectangle``,
                ``bad_scale`` for what is missing or cannot be used.

        Example:
            >>> box = np.array([[100.0, 100, 200, 200]])
            >>> POLICIES["four_sided"].rectangles(box, (640, 480)).tolist()
            [[75.0, 39.0, 225.0, 210.0]]
        """
        asked = np.asarray(boxes, np.float64)
        if asked.ndim != 2 or asked.shape[1:] != (4,) or not len(asked):
            raise MediaError(f"{self.name}: boxes of shape {asked.shape} are no boxes of frames", reason="no_boxes")
        frames = CropFrames(
            asked,
            frame_size,
            None if landmarks is None else np.asarray(landmarks, np.float64),
            None if given is None else np.asarray(given, np.float64),
        )
        found = self.place(frames, self._scale(scale))
        if self.fill is None:
            found = moved_inside(found, frame_size)
        return np.repeat(found, len(asked), axis=0) if self.fixed else found

    def _scale(self, scale: float | Sequence[float] | None) -> tuple[float, ...]:
        numbers = self.default_scale if scale is None else tuple(np.atleast_1d(np.asarray(scale, np.float64)).tolist())
        if len(numbers) != len(self.default_scale) or not all(0 < number < np.inf for number in numbers):
            raise MediaError(
                f"{self.name} takes {len(self.default_scale)} numbers above 0 as scale, not {list(numbers)}",
                hint=self.scale_meaning,
                reason="bad_scale",
            )
        return numbers
