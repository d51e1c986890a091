"""Two fields of an interlaced frame to one progressive picture."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from av.error import BlockingIOError, EOFError, FFmpegError
from av.filter import Graph
from av.video.frame import VideoFrame

# One picture for each frame, with the parity that the frame states; frames that are flagged progressive pass.
_YADIF = "mode=send_frame:parity=auto:deint=interlaced"
_TICK = Fraction(1, 1000)


@dataclass(frozen=True)
class _Facts:
    """What a filter may change of a frame and must not."""

    pts: int | None
    dts: int | None
    duration: int
    time_base: Fraction | None
    colorspace: int
    color_range: int

    @classmethod
    def of(cls, frame: VideoFrame, time_base: Fraction | None) -> "_Facts":
        """Those of a decoded frame of a stream with this time base."""
        base = frame.time_base or time_base
        return cls(frame.pts, frame.dts, frame.duration, base, int(frame.colorspace), int(frame.color_range))

    def restore(self, frame: VideoFrame) -> VideoFrame:
        """The same frame with these facts."""
        frame.pts, frame.dts, frame.duration = self.pts, self.dts, self.duration
        if self.time_base is not None:
            frame.time_base = self.time_base
        frame.colorspace, frame.color_range = self.colorspace, self.color_range
        return frame


def deinterlaced(frames: Iterable[VideoFrame], time_base: Fraction | None) -> Iterator[VideoFrame]:
    """Frames of a stream in order, those that are flagged interlaced as one progressive picture each (yadif).

    Every frame comes out once with its own timestamp. Before the first flagged frame they pass untouched; after it,
    each one is held back until its successor is known.

    Args:
        frames: as they are decoded.
        time_base: of the stream, for frames that do not say theirs.

    Example:
        >>> pictures = list(deinterlaced(container.decode(stream), stream.time_base))  # doctest: +SKIP
    """
    filtered = _Filtered(time_base)
    for frame in frames:
        yield from filtered.push(frame)
    yield from filtered.flush()


class _Filtered:
    """A filter graph, and the facts of the frames that are in it."""

    def __init__(self, time_base: Fraction | None) -> None:
        self._time_base = time_base
        self._graph: Graph | None = None
        self._shape: tuple[int, int, str] | None = None
        self._held: deque[tuple[VideoFrame, _Facts]] = deque()
        self._pushed = 0

    def push(self, frame: VideoFrame) -> Iterator[VideoFrame]:
        """The frames that are ready once this one is known."""
        if self._graph is None and not frame.interlaced_frame:
            yield frame
            return
        shape = (frame.width, frame.height, frame.format.name)
        if self._graph is None or shape != self._shape:
            yield from self.flush()
            self._graph, self._shape = _graph(frame), shape
        self._held.append((frame, _Facts.of(frame, self._time_base)))
        frame.pts, frame.time_base = self._pushed, _TICK
        self._pushed += 1
        yield from self._through(frame)

    def flush(self) -> Iterator[VideoFrame]:
        """The frames that were held back; call it at the end."""
        if self._graph is not None:
            yield from self._through(None)
        for frame, facts in self._held:  # what the filter did not give back is shown as it was decoded
            yield facts.restore(frame)
        self._held.clear()
        self._graph = None

    def _through(self, frame: VideoFrame | None) -> Iterator[VideoFrame]:
        assert self._graph is not None  # noqa: S101 - push and flush see to it
        try:
            self._graph.vpush(frame)
            while self._held:
                picture = self._graph.vpull()
                yield self._held.popleft()[1].restore(picture)
        except (BlockingIOError, EOFError):
            return
        except FFmpegError:  # this frame cannot be filtered: the next one starts a new graph
            self._shape = None


def _graph(frame: VideoFrame) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_TICK, name="in")
    graph.link_nodes(source, graph.add("yadif", _YADIF), graph.add("buffersink")).configure()
    return graph
