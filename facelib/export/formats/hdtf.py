"""Clips under HDTF's names, and lists of them in HDTF's own five files."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import Field, field_validator

from facelib.export.format import Format, FormatSettings
from facelib.export.hdtf_lists import write_hdtf_lists
from facelib.export.item import Item
from facelib.export.item_names import hdtf_name
from facelib.export.options import ExportOptions
from facelib.export.own_crop import own_crop
from facelib.export.tables import described, write_csv
from facelib.media.clock import GRID_FPS

SIDE = 512
"""Width and height of HDTF's clips, px."""
_LISTS = ("subset", "name", "index", "url", "source_height", "crop", "ratio")
_NOT_IN_TABLE = ("crop", "frames")


class HdtfSettings(FormatSettings):
    """How subsets are named."""

    subset: str = Field("", description="Subset of all clips, such as RD; empty takes HDTF's own, else the channel's.")

    @field_validator("subset")
    @classmethod
    def _part_of_a_file_name(cls, value: str) -> str:
        if not re.fullmatch(r"([A-Za-z0-9-]{1,40})?", value):
            raise ValueError(f"{value!r} has more than letters, digits and hyphens")
        return value


class Hdtf(Format):
    """``clips/[<split>/]<subset>_<name>_<index>.mp4``, and five lists for each subset.

    Subset and name are HDTF's for videos of the source ``hdtf``. Else, and in a subset that ``--set subset=`` names,
    the name is the readable part and the digits of the video's id, and the subset the title of the channel. HDTF's own
    tools look for the subsets RD, WDA and WRA alone: with ``--set subset=RD`` they find these. The index counts the
    clips of a video in the selection, from 0, and is the place of the clip in the row of times.

    The lists describe the clips in the source, so that tools for HDTF cut them again: times in whole seconds around
    the clip, after the first picture of the video, and the smallest square around all that was cut, moved into the
    frame. The ratio is the square's side over that of the landmarks; a clip without landmarks has none.

    Pictures are cut by the policy ``union`` at 512 px, unless another policy than ``window`` or a size is named.
    """

    summary: ClassVar[str] = "512 px clips under HDTF's names, and HDTF's five lists of them"
    read_with: ClassVar[str] = "tools for HDTF; facelib's own HDTF lists"
    settings_type = HdtfSettings

    def __init__(self, options: ExportOptions) -> None:
        super().__init__(own_crop(options, "union", SIDE))

    def write(self, items: Sequence[Item], folder: Path) -> list[dict[str, Any]]:
        """One file an item."""
        rows = []
        for item in items:
            (subset, name), index = self._name(item), item.row["number_in_video"]
            path = folder / "clips" / item.split / f"{subset}_{name}_{index:03d}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            item.write_video(path)
            square = crop_of(item)
            rows.append(
                {
                    "file": path.relative_to(folder).as_posix(),
                    **{"subset": subset, "name": name, "index": index},
                    **described(item),
                    **{
                        "source_height": int(item.row["source_height"]),
                        "crop": list(square),
                        "frames": [int(item.row["start_frame"]) + edge for edge in (item.first, item.last)],
                        "ratio": ratio(item, square[2]),
                    },
                }
            )
        return rows

    def finish(self, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """The lists, and a table."""
        write_hdtf_lists([{name: row[name] for name in _LISTS} | _times(row) for row in rows], folder)
        table = [{name: value for name, value in row.items() if name not in _NOT_IN_TABLE} for row in rows]
        write_csv(table, folder / "hdtf.csv")

    def _name(self, item: Item) -> tuple[str, str]:
        """Subset and name of a video: HDTF's, or such as no other video has, by the store's id of it."""
        theirs, subset = hdtf_name(item), str(self.settings.subset)
        if theirs and subset in ("", theirs[0]):
            return theirs
        own = slug(item.video.video_id.partition("_")[2], 90)
        return subset or slug(item.row["channel_title"] or item.row["channel_id"]), own


def _times(row: Mapping[str, Any]) -> dict[str, float]:
    """Start and end as tools cut by them: ``start_s`` of the table is a timestamp, and few files begin at 0."""
    if "frames" not in row:  # begun by a version that did not note them
        return {"start_s": row["start_s"], "end_s": row["end_s"]}
    first, last = row["frames"]
    return {"start_s": first / GRID_FPS, "end_s": last / GRID_FPS}


def slug(text: str, length: int = 40) -> str:
    """Letters, digits and hyphens of a text, its end kept where it is too long.

    Example:
        >>> slug("Café: News (2024)")
        'Cafe-News-2024'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[-length:].strip("-") or "x"


def crop_of(item: Item) -> tuple[int, int, int]:
    """The smallest square around all that was cut, left, top and side in px, inside the source's frame."""
    frame = np.array([item.row["source_width"], item.row["source_height"]])
    first, last = np.floor(item.rectangles[:, :2].min(axis=0)), np.ceil(item.rectangles[:, 2:].max(axis=0))
    side = min(int((last - first).max()), int(frame.min()))
    left, top = np.clip(np.round((first + last - side) / 2), 0, frame - side).astype(int).tolist()
    return left, top, side


def ratio(item: Item, side: int) -> float | None:
    """How much larger a square is than that around the landmarks of all frames; None without landmarks."""
    points = item.source_landmarks
    if points is None or not np.isfinite(points).any():
        return None
    return round(side / float(np.nanmax(np.nanmax(points, axis=(0, 1)) - np.nanmin(points, axis=(0, 1)))), 3)
