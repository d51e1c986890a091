"""File names of facial-scraper, with the measures of a clip in them where that is wanted."""

from collections.abc import Mapping
from typing import Any

LONGEST = 240
"""Bytes of a name without extension: file systems take 255, and tools add extensions and suffixes."""
_SHORTEST_PART = 24
_ELLIPSIS = "~"


def block_name(part: str, number: int, row: Mapping[str, Any] | None = None) -> str:
    """The name of a clip, without extension.

    Args:
        part: the file that it was cut from; too long a name is cut in its middle, so that what tells it apart stays.
        number: which clip of it this is.
        row: its row of the table, whose measures are added to the name; None adds none.

    Returns:
        ``<part>_block_<number>``, with a row followed by ``_start_<s>_end_<s>_frames_<n>_res_<w>x<h>_origdur_<s>
        _origres_<w>x<h>_origfps_<f>_clipscore_<x>_iqa_hyperiqa_<x>_iqa_clipiqa+_<x>``, of at most 240 bytes.

    Example:
        >>> block_name("talk_part_1", 0)
        'talk_part_1_block_0'
    """
    tail = f"_block_{number}" + ("" if row is None else _measures(row))
    return shortened(part, max(_SHORTEST_PART, LONGEST - len(tail))) + tail


def shortened(name: str, length: int) -> str:
    """A name of at most ``length`` bytes: its beginning and its last 12 characters.

    Example:
        >>> shortened("youtube_" + "x" * 40 + "-0123456789", 24)
        'youtube_xxx~x-0123456789'
    """
    if len(name.encode()) <= length:
        return name
    end = name[-12:]
    room = length - len(end.encode()) - len(_ELLIPSIS)
    return name.encode()[:room].decode(errors="ignore") + _ELLIPSIS + end


def _measures(row: Mapping[str, Any]) -> str:
    width, height = row["original_resolution"]
    shown = {name: float("nan") if row[name] is None else row[name] for name in ("clip_score", "hyperiqa", "clipiqa+")}
    return (
        f"_start_{row['start_time']:.2f}_end_{row['end_time']:.2f}_frames_{row['num_frames']}"
        f"_res_{row['width']}x{row['height']}_origdur_{row['original_duration']:.2f}_origres_{width}x{height}"
        f"_origfps_{row['original_fps']:.2f}_clipscore_{shown['clip_score']:.4f}"
        f"_iqa_hyperiqa_{shown['hyperiqa']:.4f}_iqa_clipiqa+_{shown['clipiqa+']:.4f}"
    )
