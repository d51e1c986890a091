"""What tables of datasets say of an item, and how they are written."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from facelib.export.item import Item

_COPIED = ("clip_id", "video_id", "title", "url", "channel_id", "channel_title", "uploader", "upload_day", "licence")
_MEASURED = ("face_side", "sync_confidence", "sync_distance")


def described(item: Item) -> dict[str, Any]:
    """What every table of a dataset says of an item: what it is, where it comes from, what was measured.

    Times are seconds of the source, sides are px; ``offset_frames`` is by how many frames of 40 ms the sound was moved.
    """
    start = float(item.row["start_s"]) + item.first / item.fps
    width, height = item.size
    return {
        "item_id": item.item_id,
        "split": item.split,
        **{name: item.row[name] for name in _COPIED},
        "start_s": round(start, 4),
        "end_s": round(start + item.n_frames / item.fps, 4),
        "n_frames": item.n_frames,
        "fps": item.fps,
        "width": width,
        "height": height,
        "has_audio": bool(item.row["has_audio"]),
        "offset_frames": item.offset_frames,
        **{name: None if item.row[name] is None else round(float(item.row[name]), 4) for name in _MEASURED},
        "note": item.note,
    }


def write_csv(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write rows with the columns of the first one, UTF-8, a line end of one character; None is an empty field."""
    with path.open("w", newline="", encoding="utf-8") as file:
        if rows:
            out = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            out.writeheader()
            out.writerows(rows)
