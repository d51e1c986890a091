"""Cutting a video into parts of one length, or at given times, frame-exact and with its sound."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from facelib.errors import MediaError
from facelib.media.audio import Samples, map_speech
from facelib.media.clock import GRID_FPS
from facelib.media.part import write_part
from facelib.media.time_ranges import TimeRange

NO_END = 1 << 40
"""A frame after the end of any video."""


@dataclass(frozen=True)
class PartLook:
    """What the parts of a video show of it.

    Attributes:
        area: ``x1 y1 x2 y2`` px of the source after rotation; None is all of it.
        size: width and height of the parts, px; one number is the longer side of parts that keep the shape of the
            picture; None leaves the scale.
        crf: quality of H.264, 0 (lossless) to 51.

    Raises:
        MediaError: reason ``bad_rectangle`` for an empty area.
    """

    area: tuple[int, int, int, int] | None = None
    size: int | tuple[int, int] | None = None
    crf: int = 14

    def __post_init__(self) -> None:
        if self.area is not None and (self.area[2] <= self.area[0] or self.area[3] <= self.area[1]):
            raise MediaError(f"rectangle {list(self.area)} is empty", hint="use x1 y1 x2 y2", reason="bad_rectangle")


WHOLE = PartLook()
"""All of the picture, unscaled."""


@dataclass(frozen=True)
class Part:
    """A part that lies on disk.

    Attributes:
        path: its mp4.
        start, frames: first frame on the grid of the source (25 a second), and how many.
        made: whether this call made it; else it was there already.
    """

    path: Path
    start: int
    frames: int
    made: bool


def split(
    source: Path,
    folder: Path,
    *,
    seconds: float,
    look: PartLook = WHOLE,
    progress: Callable[[Path, int], None] | None = None,
) -> Iterator[Part]:
    """Divide a video into parts of one length, ``{stem}_part_{i}.mp4`` from 1 on; the last one is what remains.

    Parts that are complete are not made again; they add up to the whole, without gap or overlap.

    Args:
        source: the video.
        folder: where the parts go; beside them ``{stem}.parts.json`` says what each part is.
        seconds: length of a part, rounded to frames of 1/25 s.
        look: what the parts show.
        progress: called with the part that is being made and its frames so far.

    Yields:
        Each part once it is complete.

    Raises:
        MediaError: reasons of ``write_part``; ``bad_time`` for a length below one frame.
    """
    length = round(seconds * GRID_FPS)
    if length < 1:
        raise MediaError(f"{seconds:g} s is less than one frame", hint="give seconds", reason="bad_time")
    parts = _Parts(source, folder, look)
    for number in count():
        path = folder / f"{source.stem}_part_{number + 1}.mp4"
        try:
            part = parts.make(path, number * length, (number + 1) * length, progress)
        except MediaError as error:
            if error.reason == "no_frames" and number:  # the part before ended with the video
                return
            raise
        yield part
        if part.frames < length:
            return


def cut_ranges(
    source: Path,
    folder: Path,
    ranges: Iterable[TimeRange],
    *,
    look: PartLook = WHOLE,
    progress: Callable[[Path, int], None] | None = None,
    on_error: Callable[[TimeRange, MediaError], None] | None = None,
) -> Iterator[Part]:
    """Cut stretches out of a video, ``{stem}_{i:03d}.mp4``, i from 0 on in the order given; otherwise as :func:`split`.

    Args:
        source, folder, look, progress: as those of :func:`split`.
        ranges: what to cut; may overlap. What lies behind the end of the video is left out.
        on_error: called with a stretch that cannot be cut; the rest goes on. None raises the error.
    """
    parts = _Parts(source, folder, look)
    for number, wanted in enumerate(ranges):
        end = NO_END if wanted.end_frame is None else wanted.end_frame
        try:
            part = parts.make(folder / f"{source.stem}_{number:03d}.mp4", wanted.start_frame, end, progress)
        except MediaError as error:
            if on_error is None:
                raise
            on_error(wanted, error)
            continue
        yield part


class _Parts:
    """Makes the parts of one video, and keeps the record of those that are complete."""

    def __init__(self, source: Path, folder: Path, look: PartLook) -> None:
        self._source, self._folder, self._look = source, folder, look
        self._path = folder / f"{source.stem}.parts.json"
        self._record = self._read()

    @cached_property
    def _speech(self) -> Samples | None:
        """The sound of the whole video, decoded when the first part needs it."""
        return map_speech(self._source)

    def make(self, path: Path, start: int, end: int, progress: Callable[[Path, int], None] | None) -> Part:
        """The part, made unless it is complete."""
        recipe = self._recipe(start, end)
        known = self._record.get(path.name)
        if known is not None and known["recipe"] == recipe and _has_size(path, known["bytes"]):
            return Part(path, start, int(known["frames"]), made=False)
        self._folder.mkdir(parents=True, exist_ok=True)
        area = self._look.area
        frames = write_part(
            self._source,
            path,
            start,
            end,
            rectangles=None if area is None else np.array(area, np.float64),
            size=self._look.size,
            speech=self._speech,
            crf=self._look.crf,
            progress=None if progress is None else partial(progress, path),
        )
        self._record[path.name] = {"recipe": recipe, "frames": frames, "bytes": path.stat().st_size}
        self._write()
        return Part(path, start, frames, made=True)

    def _recipe(self, start: int, end: int) -> dict[str, Any]:
        """Everything that the part depends on, as JSON gives it back."""
        facts = self._source.stat()
        source = {"name": self._source.name, "bytes": facts.st_size, "mtime_ns": facts.st_mtime_ns}
        recipe = {"start": start, "end": end, "fps": GRID_FPS, "source": source, **asdict(self._look)}
        found: dict[str, Any] = json.loads(json.dumps(recipe))
        return found

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        keys = {"recipe", "frames", "bytes"}
        if not isinstance(found, dict):
            return {}
        return {name: one for name, one in found.items() if isinstance(one, dict) and keys <= one.keys()}

    def _write(self) -> None:
        partial_path = self._path.with_name(f".{self._path.name}.part")
        partial_path.write_text(json.dumps(self._record, indent=2) + "\n", encoding="utf-8")
        partial_path.replace(self._path)


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
