"""The 25 fps grid: which source frame is shown at each twenty-fifth of a second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from math import ceil
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from facelib.errors import MediaError
from facelib.media.clock import GRID_FPS, FrameClock
from facelib.media.container import decode_video, open_local, video_streams
from facelib.media.deinterlace import deinterlaced

__all__ = ["GRID_FPS", "GridFrame", "GridReader", "quarter_turns"]

# Frames are reordered within a group of pictures, so a key frame may be shown later than it is stored; looking this
# many seconds further back finds one that is surely shown before the target.
_SEEK_MARGIN_S = Fraction(1, 2)


@dataclass(frozen=True)
class GridFrame:
    """One source frame and the grid frames that show it.

    Attributes:
        index: first grid frame that shows it.
        count: number of consecutive grid frames that show it, at least 1.
        frame: the decoded frame as it is coded, before display rotation.
        time_s: timestamp of the source frame, in seconds after t0.
    """

    index: int
    count: int
    frame: VideoFrame
    time_s: float


class GridReader:
    """Decodes each shown source frame of a video once, with its place on the grid.

    Grid frame n shows the last source frame with timestamp <= t0 + n/25. The grid ends with the last source frame:
    n exists while n/25 < timestamp of the last frame + its duration. Damage in the middle is stepped over and counted.

    Args:
        path: a local media file.
        threads: decoder threads; 0 lets the decoder choose.
        start: first grid frame wanted; the reader seeks to the key frame before it.
        stop: first grid frame not wanted; None reads to the end.
        deinterlace: ``auto`` makes one progressive picture of the two fields of each frame that is flagged interlaced;
            ``off`` gives frames as they are coded.

    Attributes:
        errors: packets that could not be read or decoded, frames that are damaged in part (they are still shown), and
            frames with timestamps out of order (they are not). Packets that a demuxer drops in silence are not seen.
        n_frames: once iterated, the number of grid frames of the video, or ``stop`` where it ended there.

    Raises:
        MediaError: reasons of ``open_local``, ``no_video``, ``no_frames``.

    Example:
        >>> for shown in GridReader(Path("talk.mp4")):  # doctest: +SKIP
        ...     picture = to_bgr(shown.frame, size=(640, 360))
    """

    def __init__(
        self,
        path: Path,
        *,
        threads: int = 0,
        start: int = 0,
        stop: int | None = None,
        deinterlace: Literal["auto", "off"] = "auto",
    ) -> None:
        self._path, self._threads, self._deinterlace = path, threads, deinterlace == "auto"
        self._start, self._stop = max(0, start), stop
        self.errors = 0
        self.n_frames = 0
        self._container, self._stream = self._open()
        frames = self._frames()
        first = next(frames, None)
        if first is None:
            self.close()
            raise MediaError(f"{path.name}: no video frame can be decoded", reason="no_frames")
        self._t0, frame = first
        self._opened: Iterator[tuple[Fraction, VideoFrame]] | None = chain([first], frames)
        self.rotation = quarter_turns(frame.rotation) * 90
        self._coded = (frame.width, frame.height)

    @property
    def t0(self) -> Fraction:
        """Timestamp of the first video frame on the clock of the file, in seconds."""
        return self._t0

    @property
    def width(self) -> int:
        """Width in pixels after display rotation."""
        return self._coded[self.rotation // 90 % 2]

    @property
    def height(self) -> int:
        """Height in pixels after display rotation."""
        return self._coded[1 - self.rotation // 90 % 2]

    def close(self) -> None:
        """Release the file; iterating again opens it anew."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[GridFrame]:
        try:
            held: tuple[Fraction, VideoFrame] | None = None
            for seconds, frame in self._from_start():
                time = seconds - self._t0
                if held is not None:
                    yield from self._place(held, time)
                    if self._stop is not None and self.n_frames >= self._stop:
                        return
                held = (time, frame)
            if held is not None:
                yield from self._place(held, held[0] + self._clock.duration(held[1]))
        finally:
            self.close()

    def _place(self, held: tuple[Fraction, VideoFrame], end: Fraction) -> Iterator[GridFrame]:
        """The frame on the grid from its own time up to ``end``, both in seconds after t0."""
        time, frame = held
        after = ceil(end * GRID_FPS)
        if self._stop is not None:
            after = min(after, self._stop)
        index = max(ceil(time * GRID_FPS), self._start)
        self.n_frames = max(self.n_frames, after)
        if after > index:
            if (frame.width, frame.height) != self._coded:
                frame = frame.reformat(*self._coded)
            yield GridFrame(index, after - index, frame, float(time))

    def _open(self) -> tuple[InputContainer, VideoStream]:
        container = open_local(self._path)
        streams = video_streams(container)
        if not streams:
            container.close()
            raise MediaError(f"{self._path.name} has no video stream", reason="no_video")
        stream = streams[0]
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = self._threads
        return container, stream

    def _from_start(self) -> Iterator[tuple[Fraction, VideoFrame]]:
        """Frames from the last one at or before the first wanted grid frame."""
        target = self._t0 + Fraction(self._start, GRID_FPS)
        for margin in (_SEEK_MARGIN_S, 10 * _SEEK_MARGIN_S):
            if target - margin <= self._t0:
                break
            self._reopen()
            frames = self._frames()
            if self._seek(target - margin) and (first := next(frames, None)) is not None and first[0] <= target:
                yield first
                yield from frames
                return
        if self._opened is None:
            self._reopen()
        frames, self._opened = self._opened or self._frames(), None
        yield from frames

    def _reopen(self) -> None:
        self.close()
        self._opened, self.errors, self.n_frames = None, 0, 0
        self._container, self._stream = self._open()

    def _seek(self, seconds: Fraction) -> bool:
        try:
            self._container.seek(int(seconds / (self._stream.time_base or 1)), stream=self._stream)
        except FFmpegError:
            return False
        return True

    def _frames(self) -> Iterator[tuple[Fraction, VideoFrame]]:
        self._clock = FrameClock(self._stream)
        for frame in self._pictures():
            seconds = self._clock.time(frame)
            if seconds is None or frame.is_corrupt:
                self._count_error()
            if seconds is not None:
                yield seconds, frame

    def _pictures(self) -> Iterator[VideoFrame]:
        decoded = decode_video(self._container, self._stream, self._count_error)
        return deinterlaced(decoded, self._stream.time_base) if self._deinterlace else decoded

    def _count_error(self) -> None:
        self.errors += 1


def quarter_turns(degrees: float) -> int:
    """Quarter turns counter-clockwise, 0 to 3, nearest to an angle in degrees.

    Example:
        >>> quarter_turns(-90)
        3
    """
    return round(degrees / 90) % 4
