"""Writing a stretch of a video with the sound of exactly its frames, whole or cut to a rectangle."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from facelib.errors import MediaError
from facelib.media.audio import Samples, map_speech
from facelib.media.audio import cut as cut_sound
from facelib.media.crop import crop_yuv
from facelib.media.encode import ClipWriter
from facelib.media.face_crop import filled, scaled
from facelib.media.grid import GRID_FPS, GridFrame, GridReader
from facelib.media.picture import Picture, crop_bgr
from facelib.media.rectangles import Doubles, Rectangle, intersection, moved_inside, whole_pixels


def write_part(
    source: Path,
    path: Path,
    start: int,
    end: int,
    *,
    rectangles: NDArray[np.float64] | None = None,
    size: int | tuple[int, int] | None = None,
    fill: int | None = None,
    speech: Samples | None = None,
    crf: int = 14,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write grid frames [start, end) of a video as 25 fps H.264, with the AAC sound of exactly these frames.

    Reading begins at the key frame before ``start``. Where the video ends before ``end``, what there is is written. The
    file appears under its name when it is complete.

    Args:
        source: the video.
        path: the mp4 to write; replaced if it exists.
        start, end: frames on the grid of ``source``, end exclusive.
        rectangles: px after display rotation, ``x1 y1 x2 y2``, right and bottom exclusive: (4,) for all frames or
            (end - start, 4), one for each. None takes the whole frame.
        size: width and height of the result, px, which stretches rectangles of another shape; one number is the
            longer side of a result that keeps their shape. Areas are averaged where it gets smaller, bicubic where it
            gets larger. None leaves the scale; rectangles of several sizes then take their median size.
        fill: grey level 0 to 255 of what lies outside the frame; None moves rectangles into the frame, and makes
            smaller, in proportion, those that are larger than it.
        speech: the sound of the whole source as ``read_speech`` gives it, where it is decoded already.
        crf: quality of H.264, 0 (lossless) to 51.
        progress: called with the number of frames written so far.

    Returns:
        Frames written. Width and height of the file are the wanted ones rounded down to even numbers, which 4:2:0
        video needs; ``part_size`` tells them.

    Raises:
        MediaError: reasons of ``GridReader``; ``empty_range`` where end is not after start; ``bad_rectangle`` for
            rectangles of another shape, not finite or empty; ``no_frames`` where the video ends before ``start``.

    Example:
        >>> write_part(Path("talk.mp4"), Path("part.mp4"), 250, 500, size=(640, 360))  # doctest: +SKIP
        250
    """
    if end <= max(start, 0) or start < 0:
        raise MediaError(f"{source.name}: frames {start} to {end} are no stretch of it", reason="empty_range")
    partial = path.with_name(f".{path.name}.part")
    with GridReader(source, start=start, stop=end) as reader:
        places = _places(rectangles, end - start, (reader.width, reader.height), pad=fill is not None)
        out = part_size(places, size)
        cutter = _Cutter(reader, places, start, out, scale=size is not None or len(places) > 1, fill=fill or 0)
        sound = map_speech(source) if speech is None else speech
        with ClipWriter(partial, *out, crf=crf) as writer:
            _write_all(cutter.pictures(), writer, progress)
            if not writer.n_frames:
                raise MediaError(f"{source.name} ends before second {start / GRID_FPS:g}", reason="no_frames")
            if sound is not None:
                writer.write_audio(cut_sound(sound, start, writer.n_frames))
    partial.replace(path)
    return writer.n_frames


def part_size(rectangles: Doubles, size: int | tuple[int, int] | None = None) -> tuple[int, int]:
    """Width and height, in px, of the file that ``write_part`` makes of (n, 4) rectangles inside the frame.

    Example:
        >>> part_size(np.array([[10.0, 10, 111, 111]])), part_size(np.array([[0.0, 0, 1280, 720]]), 512)
        ((100, 100), (512, 288))
    """
    if isinstance(size, tuple):
        width, height = size
    else:
        whole = np.floor(rectangles)
        width, height = np.median(whole[:, 2:] - whole[:, :2], axis=0)
        if size is not None:
            width, height = np.rint(np.array([width, height]) * size / max(width, height))
    return max(2, int(width) // 2 * 2), max(2, int(height) // 2 * 2)


def _places(rectangles: Doubles | None, n: int, frame_size: tuple[int, int], *, pad: bool) -> Doubles:
    """One rectangle, or one for each frame."""
    if rectangles is None:
        return np.array([[0, 0, *frame_size]], np.float64)
    places = np.asarray(rectangles, np.float64)
    if places.shape not in ((4,), (n, 4)):
        raise MediaError(
            f"rectangles of shape {places.shape} do not fit {n} frames",
            hint="give four numbers, or four for each frame",
            reason="bad_rectangle",
        )
    places = places.reshape(-1, 4)
    if not np.isfinite(places).all() or (places[:, 2:] <= places[:, :2]).any():
        wrong = np.flatnonzero(~np.isfinite(places).all(axis=1) | (places[:, 2:] <= places[:, :2]).any(axis=1))[0]
        raise MediaError(f"rectangle {places[wrong].tolist()} is empty", hint="use x1 y1 x2 y2", reason="bad_rectangle")
    return places if pad else moved_inside(places, frame_size)


def _write_all(
    pictures: Iterable[Picture | VideoFrame], writer: ClipWriter, progress: Callable[[int], None] | None
) -> None:
    for picture in pictures:
        writer.write(picture)
        if progress is not None:
            progress(writer.n_frames)


class _Cutter:
    """Cuts the frames of one file: from the coded samples where nothing is scaled or filled, else as BGR."""

    def __init__(
        self, reader: GridReader, places: Doubles, start: int, size: tuple[int, int], *, scale: bool, fill: int
    ) -> None:
        self._reader, self._places, self._start = reader, places, start
        self._frame_size, self._rotation = (reader.width, reader.height), reader.rotation
        self._size, self._scale, self._fill = size, scale, fill

    def pictures(self) -> Iterator[Picture | VideoFrame]:
        """One picture for each grid frame."""
        for shown in self._reader:
            yield from self._pictures_of(shown)

    def _pictures_of(self, shown: GridFrame) -> Iterator[Picture | VideoFrame]:
        cut: tuple[Rectangle, Picture | VideoFrame] | None = None
        for index in range(shown.index, shown.index + shown.count):
            place = whole_pixels(self._places[index - self._start if len(self._places) > 1 else 0])
            if cut is None or cut[0] != place:
                cut = place, self._cut(shown.frame, place)
            yield cut[1]

    def _cut(self, frame: VideoFrame, place: Rectangle) -> Picture | VideoFrame:
        x1, y1, x2, y2 = place
        if not self._scale:  # at most the last odd row and column go
            x2, y2 = x1 + self._size[0], y1 + self._size[1]
        wanted = (x1, y1, x2, y2)
        inside = intersection(wanted, self._frame_size)
        same = (x2 - x1, y2 - y1) == self._size
        if same and inside == wanted and not any(edge % 2 for edge in wanted):
            return crop_yuv(frame, *wanted, rotation=self._rotation)
        empty = inside[0] >= inside[2] or inside[1] >= inside[3]
        seen = np.zeros((0, 0, 3), np.uint8) if empty else crop_bgr(frame, *inside, rotation=self._rotation)
        whole = filled(seen, inside, wanted, self._fill)
        return whole if same else scaled(whole, self._size)
