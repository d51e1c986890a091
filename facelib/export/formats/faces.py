"""Pictures of faces, every so many frames, and a table of them."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, field_validator

from facelib.export.format import Format
from facelib.export.frame_store import ImageSetting, PictureSettings
from facelib.export.item import Item
from facelib.export.item_names import person
from facelib.export.tables import described, write_csv

_EDGES = ("x1", "y1", "x2", "y2")


class FacesSettings(PictureSettings):
    """Which pictures, in which files."""

    every: int = Field(25, ge=1, description="Frames of 1/25 s from one picture of a clip to the next.")
    image: ImageSetting = "jpg"
    prefix: str = Field("", description="What every file name begins with: letters, digits, dots, - and _.")

    @field_validator("prefix")
    @classmethod
    def _part_of_a_file_name(cls, value: str) -> str:
        if not re.fullmatch(r"([A-Za-z0-9_-][A-Za-z0-9._-]{0,99})?", value):
            raise ValueError(f"{value!r} cannot begin the name of a file")
        return value


class Faces(Format):
    """``faces/<split>/[prefix][KK_]FFFFFF_I.jpg`` and ``faces.csv``.

    FFFFFF is the frame of the source, counted from 0 on the grid of 25 frames a second; I tells faces apart that are
    in view at the same time, from 0; KK is the number of the video in the selection, from 01, and is there only where
    the selection has more than one. The first picture of a clip is that of its first frame, so each clip has one.

    ``faces.csv`` has a row a picture: ``box_...`` is the face in the picture and ``source_...`` in the source, px;
    ``score`` is the detector's, 0..1, and empty in frames that were not looked at; ``person`` names the group of clips
    whose face vectors are one person's, and is empty for a clip without one or with another ``--split-by``.
    """

    summary: ClassVar[str] = "pictures of faces, and a table of them"
    read_with: ClassVar[str] = "cv2.imread, PIL.Image.open; pandas.read_csv('faces.csv')"
    settings_type = FacesSettings
    names_people: ClassVar[bool] = True

    def write(self, items: Sequence[Item], folder: Path) -> list[dict[str, Any]]:
        """The pictures of each item; its row has a list of them."""
        return [{**described(item), "pictures": list(self._pictures(item, folder))} for item in items]

    def finish(self, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """The table, a row a picture."""
        listed = []
        for row in rows:
            about = {name: value for name, value in row.items() if name != "pictures"}
            listed += [{**picture, **about} for picture in row["pictures"]]
        write_csv(listed, folder / "faces.csv")

    def _pictures(self, item: Item, folder: Path) -> list[dict[str, Any]]:
        place = folder / "faces" / item.split
        place.mkdir(parents=True, exist_ok=True)
        in_picture, start = item.face_boxes(), int(item.row["start_frame"]) + item.first
        listed = []
        for number, picture in enumerate(item.pictures()):
            if number % self.settings.every:
                continue
            path = place / f"{self._name(item, start + number)}.{self.settings.image}"
            path.write_bytes(self.settings.encoded(picture))
            score = float(item.scores[number])
            listed.append(
                {
                    "file": path.relative_to(folder).as_posix(),
                    "frame": start + number,
                    "frame_s": round(float(item.row["start_s"]) + (item.first + number) / item.fps, 4),
                    "face": item.row["face_index"],
                    "score": None if score != score else round(score, 4),
                    "person": person(item),
                    **{f"box_{edge}": round(float(x), 1) for edge, x in zip(_EDGES, in_picture[number], strict=True)},
                    **{
                        f"source_{edge}": round(float(x), 1) for edge, x in zip(_EDGES, item.boxes[number], strict=True)
                    },
                }
            )
        return listed

    def _name(self, item: Item, frame: int) -> str:
        video = f"{item.row['video_number']:02d}_" if item.row["videos"] > 1 else ""
        return f"{self.settings.prefix}{video}{frame:06d}_{item.row['face_index']}"
