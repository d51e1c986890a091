"""What the annotated datasets have in common: a clip of a list, and how it is to be cut from the video that is here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FrameSize = tuple[int, int]
"""Width and height of a frame after display rotation, px."""


LandmarksOf = Callable[[str, int, int], NDArray[np.float32]]
"""Landmarks of the largest face by video, start and end frame: (end - start, points, 2) px of the source, NaN where
there is none. Raises `NotWritten` where there are none at all."""


class NotWritten(Exception):
    """A clip that cannot be cut: ``status`` as the report shows it, and why."""

    def __init__(self, status: str, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, eq=False)
class Cut:
    """How a clip is cut.

    Attributes:
        rectangles: (4,) for all frames, or (n, 4) one for each: ``x1 y1 x2 y2`` px, inside the frame.
        size: width and height of the result, px; None leaves the scale.
        notes: what differs from the annotation: ``other_height``, ``crop_moved``, ``whole_frame``,
            ``landmarks_partly``.
    """

    rectangles: NDArray[np.float64]
    size: tuple[int, int] | None
    notes: tuple[str, ...] = ()

    def union(self) -> list[int]:
        """The rectangle around all of them, whole px."""
        places = self.rectangles.reshape(-1, 4)
        return [int(edge) for edge in (*np.floor(places[:, :2].min(axis=0)), *np.ceil(places[:, 2:].max(axis=0)))]


@dataclass(frozen=True, eq=False, kw_only=True)
class AnnotatedClip(ABC):
    """One clip of a list.

    Attributes:
        name: its file, relative to the dataset's folder, without extension.
        video_id: its video in the store.
        start, end: frames of 1/25 s, end exclusive.
        annotated_height: height of the frame that the annotation was made for, px; None where that is not known or
            does not matter.
    """

    name: str
    video_id: str
    start: int
    end: int
    annotated_height: int | None = None

    @property
    def seconds(self) -> float:
        """Its length by the annotation."""
        return (self.end - self.start) / 25

    @abstractmethod
    def terms(self) -> dict[str, Any]:
        """Plain values of all that decides the picture; a clip with other terms is written again."""

    @abstractmethod
    def lacks(self) -> NotWritten | None:
        """Why the clip cannot be cut, whatever its video is; None where nothing is missing."""

    @abstractmethod
    def cut(self, frame_size: FrameSize) -> Cut:
        """How it is cut from a video of this size.

        Raises:
            NotWritten: what is needed for it is not there.
        """


def scaled_to_height(
    rectangle: NDArray[np.float64], annotated: int | None, frame_size: FrameSize
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Rectangles of a frame of the annotated height, in px of the frame that is here; and the note on it.

    Example:
        >>> scaled_to_height(np.array([10.0, 0, 110, 100]), 720, (1920, 1080))[0].tolist()
        [15.0, 0.0, 165.0, 150.0]
    """
    if annotated is None or annotated == frame_size[1]:
        return rectangle, ()
    return rectangle * (frame_size[1] / annotated), ("other_height",)
