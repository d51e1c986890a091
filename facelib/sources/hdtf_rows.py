"""The rows of HDTF's five text files: a key and fields between spaces, each file with its own rules."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from facelib.errors import SourceError
from facelib.sources.faults import BadRow, Fault

Interval = tuple[float, float]
"""Start and end of a clip, seconds of the video, end exclusive."""

Crop = tuple[int, int, int, int]
"""Left, top, width and height of a rectangle, px."""

_SECONDS = r"(?:(\d{1,6}):)?(\d{1,6}):([0-5]?\d(?:\.\d{1,9})?)"
_LONGEST_S = 24 * 3600.0
"""No video of the lists is longer; memory is taken by the length of a clip."""
_INTERVAL = re.compile(rf"{_SECONDS}-{_SECONDS}")
_CLIP_KEY = re.compile(r"(.+)_(\d+)")
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_NAME = re.compile(r"[^\W_.][^\s/\\:*?\"<>|\x00-\x1f]*")


@dataclass(frozen=True)
class Row:
    """One line that is not empty: its number from 1, the line as it is, its first field and the others."""

    line: int
    text: str
    key: str
    fields: tuple[str, ...]


def read_rows(path: Path, faults: list[Fault]) -> list[Row]:
    """The rows of a file. A byte order mark and bytes that are no UTF-8 are reported and stepped over.

    Raises:
        SourceError: `list_unreadable`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}", hint="check it", reason="list_unreadable") from error
    if data.startswith(codecs.BOM_UTF8):
        data = data.removeprefix(codecs.BOM_UTF8)
        faults.append(
            Fault.of(path.name, 1, "", "byte_order_mark", "the file begins with a byte order mark", "read without it")
        )
    rows = []
    for number, line in enumerate(data.splitlines(), 1):
        text = line.decode("utf-8", "replace").strip()
        if "\ufffd" in text:
            faults.append(
                Fault.of(path.name, number, text, "not_utf8", "the line is no UTF-8", "read as far as possible")
            )
        parts = text.removesuffix("\x00").split()
        if parts:
            rows.append(Row(number, text, parts[0].removesuffix(".mp4"), tuple(parts[1:])))
    return rows


def youtube_id(fields: Sequence[str]) -> str:
    """The id of the video that the only field of a row of ``*_video_url.txt`` names.

    Raises:
        BadRow: ``no_url``, ``no_video_id``.

    Example:
        >>> youtube_id(["https://www.youtube.com/watch?v=uBWJJvynXpA&t=6s"])
        'uBWJJvynXpA'
    """
    if not fields:
        raise BadRow("no_url", "the row has no address")
    try:
        parts = urlsplit(fields[0])
        found = parse_qs(parts.query).get("v", [""])[0]
        if not found and (parts.hostname or "") in ("youtu.be", "www.youtu.be"):
            found = parts.path.strip("/")
    except ValueError:  # a broken IPv6 address
        found = ""
    if _YOUTUBE_ID.fullmatch(found) is None:
        raise BadRow("no_video_id", f"{fields[0]} names no video: v must have 11 letters, digits, - or _")
    return found


def checked_name(name: str) -> str:
    """A name that may be part of a file name.

    Raises:
        BadRow: ``bad_name``.
    """
    if _NAME.fullmatch(name) is None or len(name) > 100:
        raise BadRow("bad_name", f"{name!r} cannot be part of a file name")
    return name


def interval_of(field: str) -> Interval:
    """Start and end in seconds of ``MM:SS-MM:SS``; hours before the minutes may be given.

    Raises:
        BadRow: ``unreadable_time``, ``empty_interval``.

    Example:
        >>> interval_of("00:30-02:50")
        (30.0, 170.0)
    """
    found = _INTERVAL.fullmatch(field)
    if found is None:
        raise BadRow("unreadable_time", f"{field!r} is no MM:SS-MM:SS")
    numbers = [float(part or 0) for part in found.groups()]
    start, end = (hours * 3600 + minutes * 60 + seconds for hours, minutes, seconds in (numbers[:3], numbers[3:]))
    if max(start, end) > _LONGEST_S:
        raise BadRow("unreadable_time", f"{field} lies beyond 24 hours")
    if end <= start:
        raise BadRow("empty_interval", f"{field} ends before it starts")
    return start, end


def height_of(fields: Sequence[str]) -> int:
    """Height of the frame that rectangles belong to, px.

    Raises:
        BadRow: ``bad_height``.
    """
    text = " ".join(fields)
    if len(fields) != 1 or re.fullmatch(r"\d{1,5}", text) is None or int(text) == 0:
        raise BadRow("bad_height", f"{text or 'nothing'!r} is no height in pixels")
    return int(text)


def crop_of(fields: Sequence[str]) -> Crop:
    """The rectangle ``x width y height``, as left, top, width, height in px.

    Raises:
        BadRow: ``unreadable_crop``, ``empty_crop``.

    Example:
        >>> crop_of(["608", "726", "0", "726"])
        (608, 0, 726, 726)
    """
    if len(fields) != 4 or any(re.fullmatch(r"-?\d{1,6}", field) is None for field in fields):
        raise BadRow("unreadable_crop", f"{' '.join(fields)!r} is not four whole numbers: x width y height")
    x, width, y, height = (int(field) for field in fields)
    if width <= 0 or height <= 0:
        raise BadRow("empty_crop", f"a rectangle of {width}x{height} px is empty")
    return x, y, width, height


def ratio_of(fields: Sequence[str]) -> float:
    """By how much the square around the landmarks grows.

    Raises:
        BadRow: ``unreadable_ratio``.
    """
    try:
        ratio = float(fields[0]) if len(fields) == 1 else math.nan
    except ValueError:
        ratio = math.nan
    if not 0.1 <= ratio <= 10:
        raise BadRow("unreadable_ratio", f"{' '.join(fields)!r} is no ratio between 0.1 and 10")
    return ratio


def clip_key(key: str) -> tuple[str, int]:
    """Name of the video and index of the clip of a key ``name_index``.

    Raises:
        BadRow: ``bad_clip_key``.

    Example:
        >>> clip_key("Radio11_1")
        ('Radio11', 1)
    """
    found = _CLIP_KEY.fullmatch(key)
    if found is None:
        raise BadRow("bad_clip_key", f"{key!r} is no name with the index of a clip")
    return found[1], int(found[2])
