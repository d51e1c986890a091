"""A video with boxes drawn on it, to look at what was found."""

import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facelib.errors import MediaError
from facelib.media.audio import cut, map_speech
from facelib.media.encode import ClipWriter
from facelib.media.grid import GridReader
from facelib.media.picture import Picture, to_bgr

Color = tuple[int, int, int]
"""Blue, green, red, 0 to 255."""
UNKNOWN: Color = (190, 190, 190)
"""Of boxes that were not measured."""
COLORS_PER_UNIT = 25
"""A confidence of 0 is red and one of 10.2 or more green, as SyncNet's own visualiser draws them."""
_LEGEND = ((0.0, "0"), (5.0, "5"), (10.0, "10"))


@dataclass(frozen=True)
class DrawnTrack:
    """Boxes of one face in successive frames.

    Attributes:
        label: what is written at each box.
        start: frame of the first box on the grid of 25 frames a second.
        boxes: (n, 4) ``x1 y1 x2 y2``, px of the source.
        confidence: (n,) what they are coloured by; NaN where it was not measured.
    """

    label: str
    start: int
    boxes: NDArray[np.float64]
    confidence: NDArray[np.float64]


def confidence_color(confidence: float) -> Color:
    """Red to green by the confidence of lip sync; grey for NaN.

    Example:
        >>> confidence_color(0.0), confidence_color(4.0), confidence_color(20.0)
        ((0, 0, 255), (0, 100, 155), (0, 255, 0))
    """
    if np.isnan(confidence):
        return UNKNOWN
    level = round(float(np.clip(confidence * COLORS_PER_UNIT, 0, 255)))
    return 0, level, 255 - level


def write_annotated_video(
    source: Path,
    tracks: Sequence[DrawnTrack],
    out: Path,
    *,
    faces: Mapping[int, NDArray[np.float64]] | None = None,
    crf: int = 20,
    threads: int = 0,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write a copy of a video at 25 frames/s with its sound, boxes with labels, and a legend of the colours.

    Args:
        source: the video.
        tracks: what is drawn with thick lines.
        out: the mp4 to write, which appears when it is complete; an odd width or height loses one px.
        faces: by frame (m, 4) boxes that are drawn with thin grey lines below the others.
        crf: quality of H.264, 0 (lossless) to 51.
        threads: CPU threads of the decoder; 0 lets it choose.
        progress: called with the number of frames written so far.

    Returns:
        Frames written.

    Raises:
        MediaError: the source cannot be read; ``out`` is the source (``same_file``).
    """
    if out.exists() and out.samefile(source):
        raise MediaError(f"{source.name} would replace itself", hint="give another name", reason="same_file")
    shown_in: dict[int, list[tuple[DrawnTrack, int]]] = defaultdict(list)
    for track in tracks:
        for number in range(len(track.boxes)):
            shown_in[track.start + number].append((track, number))
    sound = map_speech(source)
    unfinished = out.with_name(f".annotated-{os.getpid()}.part")
    with GridReader(source, threads=threads) as reader:
        width, height = reader.width // 2 * 2, reader.height // 2 * 2
        with ClipWriter(unfinished, width, height, crf=crf) as writer:
            for shown in reader:
                picture = to_bgr(shown.frame, rotation=reader.rotation)[:height, :width]
                for frame in range(shown.index, shown.index + shown.count):
                    drawn = np.ascontiguousarray(picture).copy()
                    _draw(drawn, shown_in.get(frame, ()), (faces or {}).get(frame, ()))
                    writer.write(drawn)
                    if progress is not None:
                        progress(writer.n_frames)
            if sound is not None and writer.n_frames:
                writer.write_audio(cut(sound, 0, writer.n_frames))
    unfinished.replace(out)
    return writer.n_frames


def _draw(
    picture: Picture, tracks: Sequence[tuple[DrawnTrack, int]], faces: NDArray[np.float64] | Sequence[object]
) -> None:
    """Draw everything of one frame, in place."""
    scale = max(0.35, picture.shape[0] / 900)
    for box in np.asarray(faces, np.float64).reshape(-1, 4):
        cv2.rectangle(picture, *_corners(box), UNKNOWN, 1, cv2.LINE_AA)
    for track, number in tracks:
        color, first = confidence_color(float(track.confidence[number])), _corners(track.boxes[number])[0]
        cv2.rectangle(picture, *_corners(track.boxes[number]), color, max(2, round(3 * scale)), cv2.LINE_AA)
        value = track.confidence[number]
        text = track.label if np.isnan(value) else f"{track.label}  {value:.1f}"
        _write(picture, text, (max(0, first[0]), max(round(16 * scale), first[1] - round(6 * scale))), scale, color)
    _draw_legend(picture, scale)


def _draw_legend(picture: Picture, scale: float) -> None:
    left, bottom = round(10 * scale), picture.shape[0] - round(10 * scale)
    width, height = round(255 * scale), round(12 * scale)
    for x in range(width):
        color = confidence_color(x / width * 255 / COLORS_PER_UNIT)
        cv2.line(picture, (left + x, bottom - height), (left + x, bottom), color, 1)
    for value, text in _LEGEND:
        place = (left + round(value * COLORS_PER_UNIT * scale), bottom - height - round(5 * scale))
        _write(picture, text, place, scale, (255, 255, 255))
    _write(picture, "sync confidence", (left + width + round(8 * scale), bottom), scale, (255, 255, 255))


def _write(picture: Picture, text: str, place: tuple[int, int], scale: float, color: Color) -> None:
    for shade, thick in (((0, 0, 0), 3), (color, 1)):
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.6 * scale, shade, thick, cv2.LINE_AA)


def _corners(box: NDArray[np.float64]) -> tuple[tuple[int, int], tuple[int, int]]:
    x1, y1, x2, y2 = (int(edge) for edge in np.round(np.clip(box, -9999, 99999)))
    return (x1, y1), (x2, y2)
