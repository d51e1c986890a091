"""VoxCeleb's clips: the frames and boxes of its text files, with room around the face and inside the frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.errors import SettingsError
from facelib.media.crop_policies import POLICIES
from facelib.media.rectangles import leaves_frame, moved_inside
from facelib.reproduce.annotated import AnnotatedClip, Cut, FrameSize, NotWritten, scaled_to_height
from facelib.sources.faults import Fault
from facelib.sources.voxceleb import voxceleb_files
from facelib.sources.voxceleb_file import Units, VoxClip, read_voxceleb

SIZE = 224
PIXEL_HEIGHT = 360
"""VoxCeleb1's boxes are pixels of a frame of this height:
https://github.com/StelaBou/voxceleb_preprocessing."""


@dataclass(frozen=True)
class VoxCelebOptions:
    """How VoxCeleb is reproduced.

    Args:
        size: width and height of the clips, px; None keeps the scale of the video and the shape of the crop.
        scale: width and height of the crop, in those of the face.
        follow: the crop goes with the face; otherwise all frames have the union of their crops.
        units: what the boxes are.
        pixel_height: height of the frame, px, that boxes in pixels belong to.
    """

    size: int | None = SIZE
    scale: float = 2.0
    follow: bool = False
    units: Units = "auto"
    pixel_height: int = PIXEL_HEIGHT

    def __post_init__(self) -> None:
        if self.size is not None and (self.size < 2 or self.size % 2):
            raise SettingsError(
                f"a size of {self.size} px cannot be written", hint="take an even one, such as 224", reason="bad_option"
            )
        if not 0 < self.scale < 100 or self.pixel_height < 1:
            raise SettingsError("scale and pixel height must be above 0", hint="take 2.0 and 360", reason="bad_option")


@dataclass(frozen=True, eq=False, kw_only=True)
class VoxCelebAnnotated(AnnotatedClip):
    """One text file of VoxCeleb.

    Attributes:
        boxes: (n, 4) of each frame, ``x1 y1 x2 y2``, px of the annotated height or fractions of the frame.
        fractions: whether they are fractions.
        options: how it is cut.
    """

    boxes: NDArray[np.float64]
    fractions: bool
    options: VoxCelebOptions

    def terms(self) -> dict[str, Any]:
        """See `AnnotatedClip.terms`."""
        wanted = {name: getattr(self.options, name) for name in ("size", "scale", "follow")}
        return {"start": self.start, "boxes": self.boxes.tolist(), "height": self.annotated_height, **wanted}

    def lacks(self) -> NotWritten | None:
        """Nothing: a file without boxes is no clip."""
        return None

    def cut(self, frame_size: FrameSize) -> Cut:
        """See `AnnotatedClip.cut`."""
        boxes, notes = self.boxes, tuple[str, ...]()
        if self.fractions:
            boxes = boxes * np.tile(np.asarray(frame_size, np.float64), 2)
        else:
            boxes, notes = scaled_to_height(boxes, self.annotated_height, frame_size)
        crops = POLICIES["vox2"].rectangles(boxes, frame_size, scale=self.options.scale)
        whole = self._stands_in(crops, boxes, frame_size)
        if not self.options.follow:
            # A frame whose box is too small says nothing of where the face is in the others.
            known = crops if whole.all() else crops[~whole]
            crops = np.concatenate([known[:, :2].min(axis=0), known[:, 2:].max(axis=0)])[None]
            whole = np.array([whole.all()])
        size, moved = None, False
        if self.options.size is not None:
            size = (self.options.size, self.options.size)
            if whole.all():
                size = (round(self.options.size * frame_size[0] / frame_size[1] / 2) * 2, self.options.size)
            else:
                squares = _squares(crops)
                moved = bool(leaves_frame(squares, frame_size).any())
                crops = moved_inside(squares, frame_size)
        notes += ("crop_moved",) * moved + ("whole_frame",) * bool(whole.any())
        return Cut(crops if self.options.follow else crops[0], size, notes)

    def _stands_in(self, crops: NDArray[np.float64], boxes: NDArray[np.float64], size: FrameSize) -> NDArray[np.bool_]:
        """In which frames the whole frame stands in for a crop that would be too small."""
        whole = (crops == [0, 0, *size]).all(axis=1)
        smaller = ((boxes[:, 2:] - boxes[:, :2]) * self.options.scale < np.asarray(size) - 1).any(axis=1)
        return np.asarray(whole & smaller, np.bool_)


def _squares(rectangles: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shorter side grown to the longer one, so that no face is stretched; (n, 4)."""
    centres = (rectangles[:, :2] + rectangles[:, 2:]) / 2
    half = (rectangles[:, 2:] - rectangles[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([centres - half, centres + half], axis=1)


class VoxCelebClips:
    """The clips below a folder, read one after the other; ``faults`` grows while they are.

    Raises:
        SourceError: `not_voxceleb`.
    """

    def __init__(self, folder: Path, options: VoxCelebOptions) -> None:
        self.files = voxceleb_files(folder)
        self.faults: list[Fault] = []
        self._folder, self._options = folder, options

    def __iter__(self) -> Iterator[AnnotatedClip]:
        for path in self.files:
            clip, faults = read_voxceleb(path, self._folder, self._options.units)
            self.faults += faults
            if clip is not None:
                yield _annotated(clip, self._options)


def _annotated(clip: VoxClip, options: VoxCelebOptions) -> VoxCelebAnnotated:
    start, end = int(clip.frames[0]), int(clip.frames[-1]) + 1
    corners = np.concatenate([clip.boxes[:, :2], clip.boxes[:, :2] + clip.boxes[:, 2:]], axis=1)
    every = np.arange(start, end)
    return VoxCelebAnnotated(
        name=f"{clip.identity}/{clip.reference}/{clip.number}",
        video_id=clip.video_id,
        start=start,
        end=end,
        annotated_height=None if clip.fractions else options.pixel_height,
        boxes=np.stack([np.interp(every, clip.frames, column) for column in corners.T], axis=1),
        fractions=clip.fractions,
        options=options,
    )
