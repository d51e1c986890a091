"""The five files of one subset of HDTF, joined into videos with their clips."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from facelib.ids import video_id
from facelib.sources.faults import BadRow, Fault
from facelib.sources.hdtf_rows import (
    Crop,
    Row,
    checked_name,
    clip_key,
    crop_of,
    height_of,
    interval_of,
    ratio_of,
    read_rows,
    youtube_id,
)

URLS, HEIGHTS, TIMES, CROPS, RATIOS = "video_url", "resolution", "annotion_time", "crop_wh", "crop_ratio"
COST = {
    HEIGHTS: "rectangles are used only with a height that is assumed",
    TIMES: "the subset has no clips",
    CROPS: "its clips have no rectangles",
    RATIOS: "its clips have no crop ratios",
}
T = TypeVar("T")


@dataclass(frozen=True)
class HdtfClip:
    """One annotated interval.

    Attributes:
        index: its place in the row of times, from 0, whatever became of those before it.
        start_s, end_s: seconds of the video.
        crop: the square to cut, ``left top width height`` in px of a frame of the annotated height; None without one.
        ratio: by how much the square around the landmarks grows; None without one.
    """

    index: int
    start_s: float
    end_s: float
    crop: Crop | None
    ratio: float | None


@dataclass(frozen=True)
class HdtfVideo:
    """One video of a subset.

    Attributes:
        subset: ``RD``, ``WDA`` or ``WRA``.
        name: as the lists name it.
        key: YouTube's id.
        height: of the frame that the rectangles belong to, px; None where the lists do not say.
        clips: in order of their index.
    """

    subset: str
    name: str
    key: str
    height: int | None
    clips: tuple[HdtfClip, ...]

    @property
    def video_id(self) -> str:
        """Its name in the store."""
        return video_id("youtube", self.key)

    def clip_name(self, clip: HdtfClip) -> str:
        """The dataset's name of a clip, without extension: ``RD_Radio11_001``."""
        return f"{self.subset}_{self.name}_{clip.index:03d}"


@dataclass
class Subset:
    """Reads the files of one subset.

    Args:
        folder: where they are.
        subset: ``RD``, ``WDA`` or ``WRA``.
        faults: what is wrong is added to it.
        seen: subset and name by the video's key, of the videos read so far; added to.
    """

    folder: Path
    subset: str
    faults: list[Fault]
    seen: dict[str, str]
    _urls: dict[str, tuple[Row, str]] = field(default_factory=dict)

    def has(self, kind: str) -> bool:
        """Whether the file of this kind is there."""
        return (self.folder / file_name(self.subset, kind)).is_file()

    def videos(self) -> list[HdtfVideo]:
        """All videos with a url, in its order; a row that cannot be read is reported."""
        for row in self._rows(URLS):
            key = self._read(URLS, row, lambda row: (checked_name(row.key), youtube_id(row.fields))[1])
            if key is not None and self._is_first(URLS, row, self._urls):
                self._urls[row.key] = row, key
                other = self.seen.setdefault(key, f"{self.subset} {row.key}")
                if other != f"{self.subset} {row.key}":
                    why = f"{self.subset} {row.key} is the same video as {other}"
                    self._add(URLS, row, "repeated_video", why, "both are kept; it is fetched once")
        for kind in (kind for kind in COST if not self.has(kind)):
            self.faults.append(
                Fault.of(file_name(self.subset, kind), 0, "", "no_file", "there is no such file", COST[kind])
            )
        heights, times = self._heights(), self._by_name(TIMES)
        crops, ratios = self._by_clip(CROPS, crop_of, times), self._by_clip(RATIOS, ratio_of, times)
        videos = []
        for name, (row, key) in self._urls.items():
            height = heights.get(name)
            if name not in heights and self.has(HEIGHTS):
                self._add(URLS, row, "no_height", f"no height is given for {name}", COST[HEIGHTS])
            if name not in times and self.has(TIMES):
                self._add(URLS, row, "no_times", f"no times are given for {name}", "it has no clips")
            clips = self._clips(name, times.get(name), height, crops, ratios)
            videos.append(HdtfVideo(self.subset, name, key, height, clips))
        return videos

    def _heights(self) -> dict[str, int | None]:
        found: dict[str, set[int | None]] = {}
        for row in self._known(HEIGHTS, self._rows(HEIGHTS)):
            height = self._read(HEIGHTS, row, lambda row: height_of(row.fields), COST[HEIGHTS])
            heights = found.setdefault(row.key, set())
            if heights and height not in heights:
                self._add(HEIGHTS, row, "several_heights", f"{row.key} has several heights", COST[HEIGHTS])
            elif heights:
                self._add(HEIGHTS, row, "repeated_key", f"{row.key} is there already", "the first row counts")
            heights.add(height)
        return {name: heights.pop() if len(heights) == 1 else None for name, heights in found.items()}

    def _by_name(self, kind: str) -> dict[str, Row]:
        rows: dict[str, Row] = {}
        for row in self._known(kind, self._rows(kind)):
            if self._is_first(kind, row, rows):
                rows[row.key] = row
        return rows

    def _by_clip(
        self, kind: str, parse: Callable[[tuple[str, ...]], T], times: dict[str, Row]
    ) -> dict[tuple[str, int], tuple[Row, T]]:
        found: dict[tuple[str, int], tuple[Row, T]] = {}
        for row in self._rows(kind):
            key = self._read(kind, row, lambda row: clip_key(row.key))
            if key is None:
                continue
            name, index = key
            if name not in self._urls:
                self._add(kind, row, "no_url", f"no address is given for {name}", "row left out")
            elif self.has(TIMES) and index >= len(times[name].fields if name in times else ()):
                self._add(kind, row, "no_time", f"no time is given for clip {index} of {name}", "row left out")
            elif key in found:
                self._add(kind, row, "repeated_key", f"{row.key} is there already", "the first row counts")
            else:
                value = self._read(kind, row, lambda row: parse(row.fields), "the clip has none")
                if value is not None:
                    found[key] = row, value
        return found

    def _clips(
        self,
        name: str,
        row: Row | None,
        height: int | None,
        crops: dict[tuple[str, int], tuple[Row, Crop]],
        ratios: dict[tuple[str, int], tuple[Row, float]],
    ) -> tuple[HdtfClip, ...]:
        clips: list[HdtfClip] = []
        if row is None:
            return ()
        if not row.fields:
            self._add(TIMES, row, "no_times", f"no times are given for {name}", "it has no clips")
        for index, text in enumerate(row.fields):
            try:
                start, end = interval_of(text)
            except BadRow as error:
                self._add(TIMES, row, error.reason, error.why, f"clip {index} is left out; the others keep theirs")
                continue
            if any(start < clip.end_s and clip.start_s < end for clip in clips):
                why = f"clip {index} ({text}) overlaps one before it"
                self._add(TIMES, row, "overlapping_times", why, "both are kept")
            crop, ratio = crops.get((name, index)), ratios.get((name, index))
            for found, kind, what in ((crop, CROPS, "rectangle"), (ratio, RATIOS, "ratio")):
                if found is None and self.has(kind):
                    why = f"clip {index} of {name} has no {what} that can be read"
                    self._add(TIMES, row, f"no_{what}", why, f"not cut by the method that needs the {what}")
            square = self._square(*crop, height) if crop else None
            clips.append(HdtfClip(index, start, end, square, ratio[1] if ratio else None))
        return tuple(clips)

    def _square(self, row: Row, crop: Crop, height: int | None) -> Crop:
        x, y, width, wanted = crop
        side = max(width, wanted)
        if width != wanted:
            why = f"the rectangle of {width}x{wanted} px is no square"
            self._add(CROPS, row, "not_square", why, f"made a square of {side} px with the same centre")
            x, y = x + (width - side) // 2, y + (wanted - side) // 2
        if x < 0 or y < 0 or (height is not None and y + side > height):
            why = f"the rectangle {x},{y} of {side} px leaves the frame of {height or '?'} lines"
            self._add(CROPS, row, "crop_beyond_frame", why, "moved into the frame, and made smaller if it must be")
        return x, y, side, side

    def _rows(self, kind: str) -> list[Row]:
        return read_rows(self.folder / file_name(self.subset, kind), self.faults) if self.has(kind) else []

    def _known(self, kind: str, rows: list[Row]) -> Iterator[Row]:
        for row in rows:
            if row.key in self._urls:
                yield row
            else:
                self._add(kind, row, "no_url", f"no address is given for {row.key}", "row left out")

    def _is_first(self, kind: str, row: Row, seen: dict[str, T]) -> bool:
        if row.key in seen:
            self._add(kind, row, "repeated_key", f"{row.key} is there already", "the first row counts")
        return row.key not in seen

    def _read(self, kind: str, row: Row, parse: Callable[[Row], T], action: str = "row left out") -> T | None:
        try:
            return parse(row)
        except BadRow as error:
            self._add(kind, row, error.reason, error.why, action)
            return None

    def _add(self, kind: str, row: Row, reason: str, why: str, action: str) -> None:
        self.faults.append(Fault.of(file_name(self.subset, kind), row.line, row.text, reason, why, action))


def file_name(subset: str, kind: str) -> str:
    """Name of one of the files of a subset."""
    return f"{subset}_{kind}.txt"
