"""HDTF's five text files of a subset, written for clips that were exported."""

from collections.abc import Mapping, Sequence
from math import ceil, floor
from pathlib import Path
from typing import Any

HEAD = ("video_url", "resolution", "annotion_time", "crop_wh", "crop_ratio")
"""Names of the files after that of the subset; HDTF spells the third one so."""

NO_CLIP = "00:00-00:01"


def interval(start_s: float, end_s: float) -> str:
    """``MM:SS-MM:SS`` around a stretch of time: the file knows whole seconds only.

    Example:
        >>> interval(61.5, 7260.0)
        '01:01-121:00'
    """
    return "-".join(f"{second // 60:02d}:{second % 60:02d}" for second in (floor(start_s), ceil(end_s)))


def write_hdtf_lists(rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write ``<subset>_video_url.txt`` and the four files beside it, for each subset.

    Args:
        rows: one a clip, in the order of their index in their video: ``subset``, ``name``, ``index``, ``url``,
            ``source_height`` px, ``start_s`` and ``end_s`` after the first picture of the video, ``crop`` (left, top,
            side, px of the source), ``ratio`` or None.
        folder: where the files are written.
    """
    for subset in sorted({row["subset"] for row in rows}):
        mine = [row for row in rows if row["subset"] == subset]
        names = list(dict.fromkeys(row["name"] for row in mine))
        first = {row["name"]: row for row in reversed(mine)}
        times = {name: _times([row for row in mine if row["name"] == name]) for name in names}
        clips = [(f"{row['name']}_{row['index']}.mp4", row) for row in mine]
        squares = ((name, *row["crop"]) for name, row in clips)
        lists = {
            "video_url": [f"{name} {first[name]['url']}" for name in names],
            "resolution": [f"{name}.mp4 {first[name]['source_height']}" for name in names],
            "annotion_time": [" ".join([f"{name}.mp4", *times[name]]) for name in names],
            "crop_wh": [f"{name} {left} {side} {top} {side}" for name, left, top, side in squares],
            "crop_ratio": [f"{name} {row['ratio']:.3f}" for name, row in clips if row["ratio"] is not None],
        }
        for kind in HEAD:
            text = "".join(f"{line}\n" for line in lists[kind])
            (folder / f"{subset}_{kind}.txt").write_text(text, "utf-8", newline="\n")


def _times(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The times of one video by index; an index that has no clip gets a time, and no square, which leaves it out."""
    known = {row["index"]: interval(row["start_s"], row["end_s"]) for row in rows}
    return [known.get(index, NO_CLIP) for index in range(max(known) + 1)]
