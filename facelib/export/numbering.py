"""Numbers of the items of an export, for formats whose file names count videos, clips of a video and faces in view."""

from collections.abc import Iterable, Mapping
from typing import Any


def numbered(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a selection with four more numbers each.

    * ``videos``: how many videos the selection has;
    * ``video_number``: which of them this is, from 1;
    * ``number_in_video``: which item of its video, from 0;
    * ``face_index``: the lowest number from 0 that no earlier item has which is in view at the same time, so that
      frame and index together name one face.

    Args:
        rows: by video and start, each with ``video_id``, ``start_frame``, ``first`` and ``last``.

    Example:
        >>> about = {"video_id": "a", "first": 0, "last": 50}
        >>> [row["face_index"] for row in numbered([about | {"start_frame": n} for n in (0, 40, 60, 110)])]
        [0, 1, 0, 0]
    """
    listed = [dict(row) for row in rows]
    numbers: dict[str, int] = {}
    counts: dict[str, int] = {}
    in_view: dict[str, dict[int, int]] = {}
    for row in listed:
        video = row["video_id"]
        row["video_number"] = numbers.setdefault(video, len(numbers) + 1)
        row["number_in_video"] = counts.get(video, 0)
        counts[video] = row["number_in_video"] + 1
        start, end = row["start_frame"] + row["first"], row["start_frame"] + row["last"]
        ends = in_view.setdefault(video, {})
        free = next(index for index in range(len(ends) + 1) if ends.get(index, 0) <= start)
        row["face_index"], ends[free] = free, end
    for row in listed:
        row["videos"] = len(numbers)
    return listed
