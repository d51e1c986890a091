"""What became of each annotated clip: one row each, as a CSV file and as totals."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from facelib.sources.faults import Fault

AVAILABILITY = "availability.csv"
"""A row for each annotated clip."""

FAULTS = "faults.csv"
"""A row for each thing that is wrong with the lists."""

STATUSES = {
    "written": "cut now",
    "exists": "was cut before",
    "not_downloaded": "its video is not here; the reason tells why",
    "source_let_go": "its video was downloaded, and its file is gone",
    "denied": "its video was taken down",
    "no_rectangle": "the lists give no rectangle",
    "no_height": "the lists do not say for which height the rectangle is",
    "no_ratio": "the lists give no crop ratio",
    "landmarks_missing": "no landmarks were computed in these seconds",
    "past_end": "the video that is here ends before the clip starts",
    "failed": "it could not be cut; the reason tells why",
    "listed": "the lists say all that is needed",
}
"""What may become of a clip."""

NOTES = {
    "other_height": "the video has another height than the annotation; the rectangle was scaled",
    "crop_moved": "the rectangle left the frame; it was moved into it, and made smaller where it did not fit",
    "whole_frame": "the box is too small for a crop; the whole frame is shown",
    "landmarks_partly": "some frames have no landmarks; the square comes from the others",
    "shorter": "the video that is here ends before the clip does",
}
"""What may differ from the annotation in a clip that is there."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One annotated clip.

    Attributes:
        clip: its name, without extension.
        status: one of `STATUSES`.
        reason: code of what went wrong, such as a download's.
        message: for a person to read.
        video_id: its video in the store.
        start_frame, end_frame: frames of 1/25 s of the video, end exclusive, by the annotation.
        seconds: length by the annotation.
        annotated_height, height: of the frame that the annotation was made for, and that is here, px.
        x1, y1, x2, y2: what was cut, px of the video that is here: the rectangle around those of all frames.
        frames: in the file.
        notes: of `NOTES`, separated by spaces.
        file: relative to the dataset's folder.
        sha256: of the file.
    """

    clip: str
    status: str
    reason: str = ""
    message: str = ""
    video_id: str = ""
    start_frame: int = 0
    end_frame: int = 0
    seconds: float = 0.0
    annotated_height: int | None = None
    height: int | None = None
    x1: int | None = None
    y1: int | None = None
    x2: int | None = None
    y2: int | None = None
    frames: int | None = None
    notes: str = ""
    file: str = ""
    sha256: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def write_report(rows: Iterable[Row], faults: Iterable[Fault], folder: Path) -> None:
    """Write `AVAILABILITY` and `FAULTS`, CSV files that appear when they are complete, into a folder that is made."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_table([field.name for field in fields(Row)], (row.to_dict() for row in rows), folder / AVAILABILITY)
    columns = ["file", "line", "reason", "why", "action", "text"]
    _write_table(columns, (fault.to_dict() for fault in faults), folder / FAULTS)


def _write_table(columns: list[str], rows: Iterable[dict[str, Any]], path: Path) -> None:
    partial = path.with_name(f".{path.name}.part")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    partial.replace(path)


def totals(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Clips and hours by status and reason, and by note; the sum first.

    Example:
        >>> [row["clips"] for row in totals([Row(clip="a", status="written", seconds=36.0)])]
        [1, 1]
    """
    listed = list(rows)
    counted: dict[tuple[str, str], list[float]] = {("all", ""): [row.seconds for row in listed]}
    for row in sorted(listed, key=lambda row: (list(STATUSES).index(row.status), row.reason)):
        counted.setdefault((row.status, row.reason), []).append(row.seconds)
    for note in NOTES:
        of_note = [row.seconds for row in listed if note in row.notes.split()]
        if of_note:
            counted[f"with note {note}", ""] = of_note
    return [
        {"what": what, "reason": reason, "clips": len(seconds), "hours": round(sum(seconds) / 3600, 3)}
        for (what, reason), seconds in counted.items()
    ]
