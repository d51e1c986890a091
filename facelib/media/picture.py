"""Decoded frames to numpy pictures: BGR uint8 of shape (height, width, 3)."""

from __future__ import annotations

import threading

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from numpy.typing import NDArray

from facelib.media.color import matrix, value_range
from facelib.media.grid import quarter_turns

Picture = NDArray[np.uint8]

# A reformatter is set up for one pair of sizes and is not to be shared by threads; setting it up costs more than using
# it once.
_local = threading.local()
_KEPT = 16

# Chroma is interpolated from two neighbours, so a rectangle converted alone needs this many more pixels on each side.
_MARGIN = 4
# Above this share of the frame, converting all of it at once is the cheaper way.
_WHOLE_SHARE = 0.6


def to_bgr(frame: VideoFrame, *, size: tuple[int, int] | None = None, rotation: int = 0) -> Picture:
    """Convert a frame to BGR, scaling and converting in one pass, then rotate.

    Args:
        frame: a decoded frame of any pixel format; its colour matrix and range are respected.
        size: (width, height) of the result in pixels, after rotation; None keeps the frame's own size. Shrinking
            averages areas.
        rotation: degrees counter-clockwise to turn the coded frame for display (``GridReader.rotation``), a multiple
            of 90.

    Returns:
        BGR uint8 of shape (height, width, 3), contiguous.
    """
    turns = quarter_turns(rotation)
    width, height = (frame.width, frame.height) if size is None else (size if turns % 2 == 0 else size[::-1])
    return _turned(_convert(frame, width, height), turns)


def crop_bgr(frame: VideoFrame, x1: int, y1: int, x2: int, y2: int, rotation: int = 0) -> Picture:
    """Convert one unscaled rectangle of a frame to BGR.

    Args:
        frame: a decoded frame.
        x1, y1, x2, y2: the rectangle in pixels of the frame after rotation, right and bottom exclusive. What lies
            outside the frame repeats its edge.
        rotation: degrees counter-clockwise as in ``to_bgr``.

    Returns:
        BGR uint8 of shape (y2 - y1, x2 - x1, 3), contiguous.
    """
    turns = quarter_turns(rotation)
    left, top, right, bottom = coded_rectangle(frame, (x1, y1, x2, y2), turns)
    inside = (
        min(max(left, 0), frame.width - 1),
        min(max(top, 0), frame.height - 1),
        max(min(right, frame.width), 1),
        max(min(bottom, frame.height), 1),
    )
    picture = _convert_rectangle(frame, *inside)
    picture = extended(picture, inside, (left, top, right, bottom))
    return _turned(picture, turns)


def coded_rectangle(frame: VideoFrame, displayed: tuple[int, int, int, int], turns: int) -> tuple[int, int, int, int]:
    """A rectangle of the displayed picture as a rectangle (x1, y1, x2, y2) of the frame as it is coded."""
    x1, y1, x2, y2 = displayed
    width, height = frame.width, frame.height
    if turns == 1:
        return width - y2, x1, width - y1, x2
    if turns == 2:
        return width - x2, height - y2, width - x1, height - y1
    if turns == 3:
        return y1, height - x2, y2, height - x1
    return displayed


def extended(picture: Picture, inside: tuple[int, int, int, int], wanted: tuple[int, int, int, int]) -> Picture:
    """Fit a plane or picture that covers ``inside`` to ``wanted``: cut it, or repeat its edge."""
    pads = [
        (max(0, inside[1] - wanted[1]), max(0, wanted[3] - inside[3])),
        (max(0, inside[0] - wanted[0]), max(0, wanted[2] - inside[2])),
    ]
    if any(map(any, pads)):
        picture = np.pad(picture, pads + [(0, 0)] * (picture.ndim - 2), mode="edge")
    top, left = max(0, wanted[1] - inside[1]), max(0, wanted[0] - inside[0])
    return picture[top : top + wanted[3] - wanted[1], left : left + wanted[2] - wanted[0]]


def plane(frame: VideoFrame, number: int) -> Picture:
    """One plane of an 8-bit planar frame as a writable view of shape (height, width)."""
    part = frame.planes[number]
    rows = np.frombuffer(part, np.uint8)[: part.height * part.line_size].reshape(part.height, part.line_size)  # type: ignore[call-overload]
    return rows[:, : part.width]  # type: ignore[no-any-return]


def _convert_rectangle(frame: VideoFrame, x1: int, y1: int, x2: int, y2: int) -> Picture:
    if frame.format.name not in ("yuv420p", "yuvj420p") or (x2 - x1) * (y2 - y1) > _WHOLE_SHARE * (
        frame.width * frame.height
    ):
        return _convert(frame, frame.width, frame.height)[y1:y2, x1:x2]
    left, top = max(0, x1 - _MARGIN) // 2 * 2, max(0, y1 - _MARGIN) // 2 * 2
    # Even sides: the unscaled conversion rounds odd heights in another way.
    right = min(frame.width, (x2 + _MARGIN + 1) // 2 * 2)
    bottom = min(frame.height, (y2 + _MARGIN + 1) // 2 * 2)
    part = VideoFrame(right - left, bottom - top, frame.format.name)
    for number, half in ((0, 1), (1, 2), (2, 2)):
        view = plane(part, number)
        rows, columns = view.shape
        view[:] = plane(frame, number)[top // half :, left // half :][:rows, :columns]
    part.colorspace, part.color_range = matrix(frame), value_range(frame)
    return _convert(part, part.width, part.height)[y1 - top : y2 - top, x1 - left : x2 - left]


def _convert(frame: VideoFrame, width: int, height: int) -> Picture:
    cache: dict[tuple[object, ...], VideoReformatter] = _local.__dict__.setdefault("reformatters", {})
    key = (frame.width, frame.height, frame.format.name, width, height)
    reformatter = cache.get(key)
    if reformatter is None:
        if len(cache) >= _KEPT:
            del cache[next(iter(cache))]
        reformatter = cache[key] = VideoReformatter()
    shrinks = width < frame.width or height < frame.height
    converted = reformatter.reformat(
        frame,
        width,
        height,
        "bgr24",
        src_colorspace=matrix(frame),
        src_color_range=value_range(frame),
        dst_color_range=ColorRange.JPEG,
        # Each tap of a shrinking filter is truncated otherwise, which darkens; it costs nothing measurable there.
        interpolation=Interpolation.AREA | Interpolation.ACCURATE_RND if shrinks else Interpolation.BILINEAR,
        threads=1,
    )
    return plane_of_bgr(converted)


def plane_of_bgr(frame: VideoFrame) -> Picture:
    """The pixels of a ``bgr24`` frame as an array of shape (height, width, 3)."""
    pixels: Picture = frame.to_ndarray()  # type: ignore[assignment]
    return pixels


def _turned(picture: Picture, turns: int) -> Picture:
    return np.ascontiguousarray(np.rot90(picture, turns) if turns else picture)
