"""One clip or segment of an export: its pictures, sound and measures, cut as the options say."""

import shutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.errors import StoreError
from facelib.export.options import ExportOptions
from facelib.export.video_results import VideoResults
from facelib.media.audio import SAMPLES_PER_FRAME, Samples, read_speech
from facelib.media.av_offset import shift_sound
from facelib.media.crop_policies import POLICIES, CropPolicy, cut
from facelib.media.encode import ClipWriter
from facelib.media.grid import GRID_FPS, GridReader
from facelib.media.part import part_size
from facelib.media.picture import Picture, to_bgr
from facelib.media.rectangles import with_ratio
from facelib.media.remux import with_sound

__all__ = ["Item", "VideoResults"]


class Item:
    """One clip or segment.

    Args:
        row: its row of the selection, with ``split``.
        video: the results of its video.
        options: how it is cut.

    Attributes:
        video: the results of its video.
        item_id: id of the clip; for a segment followed by its first frame.
        n_frames: length in frames of 1/25 s.
        size: width and height of its pictures, px, both even.
        offset_frames: frames by which its sound was moved; 0 where it was not.
        from_source: whether its pictures are cut from the source and not from the clip.
        note: what could not be done as asked; empty where all could.
    """

    fps = GRID_FPS

    def __init__(self, row: Mapping[str, Any], video: VideoResults, options: ExportOptions) -> None:
        self.row, self.video, self._options = row, video, options
        self.item_id: str = row["item_id"]
        self.split: str = row.get("split", "")
        self.first, self.last = int(row["first"]), int(row["last"])
        self.n_frames = self.last - self.first
        self.offset_frames = int(row["offset_frames"] or 0) if options.sync else 0
        self._corner = np.array([row["x1"], row["y1"]], np.float64)
        self.policy: CropPolicy = POLICIES[options.crop]
        path = video.file("track", f"{row['clip_id']}.mp4")
        if path is None:
            hint = "'facelib plan --verify' and 'facelib ingest' make it again"
            raise StoreError(f"the file of clip {row['clip_id']} is gone", hint=hint, reason="no_file")
        self.clip_file: Path = path
        self.note = ""
        outside = self.policy.name != "window" and self._leaves_window()
        self.from_source = outside and video.source is not None
        if outside and not self.from_source:
            self.note = "the source was let go: what lies outside the clip is filled up"

    @property
    def boxes(self) -> NDArray[np.float64]:
        """The face in each frame, (n, 4) ``x1 y1 x2 y2``, px of the source; not smoothed."""
        return self.video.boxes(self.row["clip_id"])[self.first : self.last, :4]

    @property
    def scores(self) -> NDArray[np.float64]:
        """The detector's score of each frame, (n,), 0..1; NaN where the box was interpolated."""
        return self.video.boxes(self.row["clip_id"])[self.first : self.last, 4]

    @cached_property
    def rectangles(self) -> NDArray[np.float64]:
        """What is cut out in each frame, (n, 4) ``x1 y1 x2 y2``, px of the source; of the shape of :attr:`size`."""
        frame_size = (int(self.row["source_width"]), int(self.row["source_height"]))
        window = self.policy.name == "window"
        return self._placed if window else with_ratio(self._placed, self.size, frame_size)

    @cached_property
    def _placed(self) -> NDArray[np.float64]:
        """Where the policy puts its rectangles, (n, 4), px of the source."""
        if self.policy.name == "window":
            window = np.array([self.row[edge] for edge in ("x1", "y1", "x2", "y2")], np.float64)
            if self._options.size:
                window = _square(window)
            return np.tile(window, (self.n_frames, 1))
        points = self.source_landmarks
        frame_size = (int(self.row["source_width"]), int(self.row["source_height"]))
        return self.policy.rectangles(self.boxes, frame_size, landmarks=points)

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures, px: as asked for, the policy's own, or the median of its rectangles."""
        side = self._options.size or self.policy.default_size
        return part_size(self._placed, (side, side) if side else None)

    @cached_property
    def source_landmarks(self) -> NDArray[np.float64] | None:
        """The 68 points of each frame, (n, 68, 2) px of the source; None where they were not measured."""
        path = self.video.file("landmarks", f"{self.row['clip_id']}.landmarks.npy")
        if path is None:
            return None
        points = np.load(path, allow_pickle=False)[self.first : self.last].astype(np.float64)
        return np.asarray(points + self._corner, np.float64)

    def landmarks(self) -> NDArray[np.float32] | None:
        """The 68 points of each frame, (n, 68, 2) px of the exported pictures; None where they were not measured."""
        points = self.source_landmarks
        return None if points is None else self._in_picture(points)

    def face_boxes(self) -> NDArray[np.float32]:
        """The face in each frame, (n, 4) px of the exported pictures."""
        return self._in_picture(self.boxes.reshape(-1, 2, 2)).reshape(-1, 4)

    def array(self, stage: str, name: str) -> NDArray[Any] | None:
        """An array of the whole clip, such as ``hubert.npy`` of ``hubert``; None where it was not computed."""
        path = self.video.file(stage, f"{self.row['clip_id']}.{name}")
        return None if path is None else np.load(path, allow_pickle=False)

    def pictures(self) -> Iterator[Picture]:
        """The pictures, BGR uint8 of :attr:`size`, exactly ``n_frames``; one that is damaged repeats the one before.

        Raises:
            StoreError: no frame can be decoded; reason ``no_frames``.
        """
        shown = 0
        last: Picture | None = None
        for number, picture in self._decoded():
            last = picture
            while shown <= number:
                yield picture
                shown += 1
        if last is None:
            raise StoreError(f"no frame of {self.item_id} can be decoded", reason="no_frames")
        for _ in range(shown, self.n_frames):
            yield last

    def sound(self) -> Samples | None:
        """The sound, mono int16 at 16 kHz, exactly 640 samples a frame, moved into sync; None without sound."""
        path = self.video.file("track", f"{self.row['clip_id']}.wav")
        samples = read_speech(path) if path else None
        if samples is None:
            return None
        whole = int(self.row["end_frame"] - self.row["start_frame"]) * SAMPLES_PER_FRAME
        samples = np.pad(samples[:whole], (0, max(0, whole - len(samples))))
        moved = shift_sound(samples, self.offset_frames) if self.offset_frames else samples
        return moved[self.first * SAMPLES_PER_FRAME : self.last * SAMPLES_PER_FRAME]

    def write_video(self, path: Path, *, crf: int = 14) -> None:
        """Write an mp4: H.264 at 25 frames/s and AAC. The pictures of an uncut clip are copied as they are."""
        whole = self._options.unit == "clip" and self.policy.name == "window" and not self._options.size
        if whole and not self.offset_frames:
            shutil.copyfile(self.clip_file, path)
            return
        sound = self.sound()
        if whole and sound is not None:
            with_sound(self.clip_file, sound, path)
            return
        with ClipWriter(path, *self.size, crf=crf) as writer:
            for picture in self.pictures():
                writer.write(picture)
            if sound is not None:
                writer.write_audio(sound)

    def _decoded(self) -> Iterator[tuple[int, Picture]]:
        """Pictures by their number in the item; what cannot be decoded is left out."""
        source = self.video.source if self.from_source else None
        offset = int(self.row["start_frame"]) if source else 0
        start, stop = offset + self.first, offset + self.last
        with GridReader(source or self.clip_file, start=start, stop=stop) as reader:
            for shown in reader:
                numbers = range(max(shown.index, start), min(shown.index + shown.count, stop))
                picture = to_bgr(shown.frame, rotation=reader.rotation) if numbers else None
                for number in numbers:
                    if picture is not None:
                        yield number - start, self._cut(picture, number - start)

    def _cut(self, picture: Picture, number: int) -> Picture:
        if self.policy.name == "window" and not self._options.size:
            return picture
        corner = np.zeros(2) if self.from_source else self._corner
        return cut(picture, self.rectangles[number] - np.tile(corner, 2), size=self.size, fill=self.policy.fill or 0)

    def _leaves_window(self) -> bool:
        width, height = int(self.row["source_width"]), int(self.row["source_height"])
        wanted = np.clip(self.rectangles, 0, [width, height, width, height])
        x1, y1, x2, y2 = (self.row[edge] for edge in ("x1", "y1", "x2", "y2"))
        # The window lies on even pixels, so a rectangle at the edge of the frame may pass it by one.
        return bool((wanted[:, :2] < [x1 - 1, y1 - 1]).any() or (wanted[:, 2:] > [x2 + 1, y2 + 1]).any())

    def _in_picture(self, points: NDArray[np.float64]) -> NDArray[np.float32]:
        corner = self.rectangles[:, None, :2]
        scale = np.array(self.size) / (self.rectangles[:, None, 2:] - corner)
        return np.asarray((points - corner) * scale, np.float32)


def _square(window: NDArray[np.float64]) -> NDArray[np.float64]:
    """The square around a window, so that a size does not stretch faces: what lies beside the window is black."""
    sides = window[2:] - window[:2]
    margin = (sides.max() - sides) / 2
    return np.concatenate([window[:2] - margin, window[2:] + margin])
