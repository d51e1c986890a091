"""HDTF's clips: by the rectangle that is given, or by the landmarks of the face and the crop ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from facelib.errors import SettingsError
from facelib.media import crop_places
from facelib.media.rectangles import Doubles, leaves_frame, moved_inside
from facelib.reproduce.annotated import AnnotatedClip, Cut, FrameSize, LandmarksOf, NotWritten, scaled_to_height
from facelib.sources.faults import Fault
from facelib.sources.hdtf import SUBSETS, read_hdtf
from facelib.sources.hdtf_rows import Crop

Method = Literal["given", "landmarks"]
SIZE = 512


@dataclass(frozen=True)
class HdtfOptions:
    """How HDTF is reproduced.

    Args:
        method: ``given``: the rectangle of the annotation, scaled where the video has another height. ``landmarks``:
            the square around all landmarks of the largest face, times the crop ratio of the annotation.
        size: width and height of the clips, px.
        subsets: which subsets.
        assume_height: height, px, of the frame that rectangles belong to where the lists do not say; None leaves those
            clips out.
    """

    method: Method = "given"
    size: int = SIZE
    subsets: Sequence[str] = SUBSETS
    assume_height: int | None = None

    def __post_init__(self) -> None:
        unknown = sorted(set(self.subsets) - set(SUBSETS))
        if unknown:
            raise SettingsError(
                f"HDTF has no subset {', '.join(unknown)}", hint=f"take {', '.join(SUBSETS)}", reason="bad_option"
            )
        if self.size < 2 or self.size % 2:
            raise SettingsError(
                f"a size of {self.size} px cannot be written", hint="take an even one, such as 512", reason="bad_option"
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class HdtfAnnotated(AnnotatedClip):
    """One clip of HDTF's lists.

    Attributes:
        crop: ``left top width height`` in px of a frame of the annotated height; None without one.
        ratio: by how much the square around the landmarks grows; None without one.
        options: how it is cut.
        landmarks: where those of the largest face come from.
    """

    crop: Crop | None
    ratio: float | None
    options: HdtfOptions
    landmarks: LandmarksOf

    def terms(self) -> dict[str, Any]:
        """See `AnnotatedClip.terms`."""
        by_method = {"given": [*(self.crop or ()), self.annotated_height], "landmarks": [self.ratio]}
        wanted = by_method[self.options.method]
        return {"start": self.start, "end": self.end, "size": self.options.size, self.options.method: wanted}

    def lacks(self) -> NotWritten | None:
        """A rectangle and its height, or a ratio."""
        if self.options.method == "landmarks":
            if self.ratio is None:
                return NotWritten("no_ratio", "the lists give no crop ratio; --crop given may cut it")
        elif self.crop is None:
            return NotWritten("no_rectangle", "the lists give no rectangle; --crop landmarks may cut it")
        elif self.annotated_height is None:
            return NotWritten("no_height", "the lists do not say for which height; --assume-height 720 may do")
        return None

    def cut(self, frame_size: FrameSize) -> Cut:
        """See `AnnotatedClip.cut`."""
        missing = self.lacks()
        if missing:
            raise missing
        if self.options.method == "landmarks":
            wanted, notes = self._around_landmarks(frame_size)
        else:
            x, y, width, height = self.crop or (0, 0, 0, 0)
            corners = np.array([[x, y, x + width, y + height]], np.float64)
            wanted, notes = scaled_to_height(corners, self.annotated_height, frame_size)
        moved = ("crop_moved",) if leaves_frame(wanted, frame_size).any() else ()
        return Cut(moved_inside(wanted, frame_size)[0], (self.options.size,) * 2, (*notes, *moved))

    def _around_landmarks(self, frame_size: FrameSize) -> tuple[Doubles, tuple[str, ...]]:
        points = np.asarray(self.landmarks(self.video_id, self.start, self.end), np.float64)
        known = np.isfinite(points).all(axis=(1, 2)).mean()
        frames = crop_places.CropFrames(np.zeros((len(points), 4)), frame_size, points, None)
        notes = ("landmarks_partly",) if known < 1 else ()
        return crop_places.landmark_union(frames, (self.ratio or 1.0,)), notes


def hdtf_clips(
    folder: Path, options: HdtfOptions, landmarks: LandmarksOf
) -> tuple[list[AnnotatedClip], tuple[Fault, ...]]:
    """The clips of the wanted subsets, those of one video beside one another, and what is wrong with their lists.

    Raises:
        SourceError: `not_hdtf`.
    """
    listed = read_hdtf(folder)
    wanted = tuple(f"{subset}_" for subset in options.subsets)
    clips: list[AnnotatedClip] = []
    for video in listed.videos:
        height = video.height or options.assume_height
        for clip in video.clips if video.subset in options.subsets else ():
            start = round(clip.start_s * 25)
            clips.append(
                HdtfAnnotated(
                    name=video.clip_name(clip),
                    video_id=video.video_id,
                    start=start,
                    end=max(round(clip.end_s * 25), start + 1),
                    annotated_height=height if options.method == "given" else None,
                    crop=clip.crop,
                    ratio=clip.ratio,
                    options=options,
                    landmarks=landmarks,
                )
            )
    return clips, tuple(fault for fault in listed.faults if fault.file.startswith(wanted))
