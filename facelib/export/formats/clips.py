"""Clips as mp4 files and one table of everything that is known of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from facelib.export.format import Format
from facelib.export.item import Item
from facelib.export.tables import described, write_csv


class Clips(Format):
    """``clips/<split>/<id>.mp4`` (H.264 and AAC, sound in sync) and ``clips.csv``."""

    summary: ClassVar[str] = "mp4 files, H.264 with AAC in sync, and a table"
    read_with: ClassVar[str] = "any player; pandas.read_csv('clips.csv')"

    def write(self, items: Sequence[Item], folder: Path) -> list[dict[str, Any]]:
        """One file an item."""
        rows = []
        for item in items:
            path = folder / "clips" / item.split / f"{item.item_id}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            item.write_video(path)
            rows.append({"file": path.relative_to(folder).as_posix(), **described(item)})
        return rows

    def finish(self, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """The table."""
        write_csv(rows, folder / "clips.csv")
