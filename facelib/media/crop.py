"""Unscaled rectangles of a frame in its own YUV, for encoding without a detour through BGR."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame

from facelib.errors import MediaError
from facelib.media.color import h273_matrix, matrix, value_range
from facelib.media.grid import quarter_turns
from facelib.media.picture import coded_rectangle, extended, plane


def crop_yuv(frame: VideoFrame, x1: int, y1: int, x2: int, y2: int, rotation: int = 0) -> VideoFrame:
    """Cut one unscaled rectangle as 8-bit 4:2:0, sample for sample where the frame is so itself.

    Args:
        frame: a decoded frame; other pixel formats are converted to ``yuv420p`` first, matrix and range kept.
        x1, y1, x2, y2: the rectangle in pixels of the frame after rotation, right and bottom exclusive, all even.
            What lies outside the frame repeats its edge.
        rotation: degrees counter-clockwise as in ``to_bgr``.

    Returns:
        A ``yuv420p`` frame of (x2 - x1) x (y2 - y1) pixels, tagged with its matrix and range, for ``ClipWriter.write``.

    Raises:
        MediaError: reason ``odd_size`` for a rectangle whose numbers are not all even, or that is empty.
    """
    if any(number % 2 for number in (x1, y1, x2, y2)) or x2 <= x1 or y2 <= y1:
        raise MediaError(f"cannot cut {x1},{y1}-{x2},{y2} from 4:2:0 video", hint="use even numbers", reason="odd_size")
    space, span = matrix(frame), value_range(frame)
    source = frame
    if frame.format.name not in ("yuv420p", "yuvj420p"):
        source = frame.reformat(
            format="yuv420p", src_colorspace=space, dst_colorspace=space, src_color_range=span, dst_color_range=span
        )
    turns = quarter_turns(rotation)
    wanted = coded_rectangle(source, (x1, y1, x2, y2), turns)
    cut = VideoFrame(x2 - x1, y2 - y1, "yuv420p")
    for number, half in ((0, 1), (1, 2), (2, 2)):
        samples = plane(source, number)
        rectangle = (wanted[0] // half, wanted[1] // half, wanted[2] // half, wanted[3] // half)
        rows, columns = samples.shape
        inside = (
            min(max(rectangle[0], 0), columns - 1),
            min(max(rectangle[1], 0), rows - 1),
            max(min(rectangle[2], columns), 1),
            max(min(rectangle[3], rows), 1),
        )
        part = extended(samples[inside[1] : inside[3], inside[0] : inside[2]], inside, rectangle)
        plane(cut, number)[:] = np.rot90(part, turns)
    cut.colorspace, cut.color_range = h273_matrix(space), span
    return cut
