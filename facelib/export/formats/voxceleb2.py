"""VoxCeleb2's folders: a clip and the text file of its boxes, by person and video."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from facelib.export.format import Format
from facelib.export.item import Item
from facelib.export.item_names import listed, person, plain_name, site_id
from facelib.export.options import ExportOptions
from facelib.export.own_crop import own_crop
from facelib.export.tables import described, write_csv


class VoxCeleb2(Format):
    """``[<split>/]<identity>/<reference>/<00001>.mp4`` and ``.txt``, and ``voxceleb2.csv``.

    The identity is the group of clips whose face vectors are one person's; without a vector, or with another
    ``--split-by``, the one person that the upload's list names, and else the clip itself. The reference is YouTube's id
    of the video, of other sites the store's. Numbers count the clips of a video in the selection, from 1.

    A text file has the header Identity, Reference, Offset, FV Conf, ASD Conf, and a row ``FRAME X Y W H`` for each
    frame of the clip: the frame of the source on its grid of 25 frames a second, from 0, and the face as fractions of
    the source's frame, to 3 places. Offset is by how many frames the sound of the source leads; the mp4 has it moved
    into sync. ASD Conf is the confidence of SyncNet. What was not measured is 0, and FV Conf, which VoxCeleb has from
    holding faces against pictures of the person, always is.

    Pictures are cut by the policy ``follow`` at 224 px, unless another policy than ``window`` or a size is named.
    """

    summary: ClassVar[str] = "mp4 and VoxCeleb2's text of boxes, by person and video"
    read_with: ClassVar[str] = "tools for VoxCeleb2; facelib's own VoxCeleb lists"

    names_people: ClassVar[bool] = True

    def __init__(self, options: ExportOptions) -> None:
        super().__init__(own_crop(options, "follow", 224))

    def write(self, items: Sequence[Item], folder: Path) -> list[dict[str, Any]]:
        """Two files an item."""
        rows = []
        for item in items:
            identity, reference = self._identity(item), site_id(item)
            place = folder / item.split / identity / reference
            place.mkdir(parents=True, exist_ok=True)
            path = place / f"{item.row['number_in_video'] + 1:05d}.mp4"
            item.write_video(path)
            lines = [*_header(item, identity, reference), "", "FRAME \tX \tY \tW \tH ", *_frames(item)]
            path.with_suffix(".txt").write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")
            file = path.relative_to(folder).as_posix()
            rows.append({"file": file, "identity": identity, "reference": reference, **described(item)})
        return rows

    def finish(self, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """The table."""
        write_csv(rows, folder / "voxceleb2.csv")

    def _identity(self, item: Item) -> str:
        people = listed(item).get("identity", "").split()
        alone = plain_name(people[0]) if len(people) == 1 else ""
        return person(item) or alone or str(item.row["clip_id"])


def _header(item: Item, identity: str, reference: str) -> list[str]:
    return [
        f"Identity  : \t{identity}",
        f"Reference : \t{reference}",
        f"Offset    : \t{int(item.row['offset_frames'] or 0)}",
        "FV Conf   : \t0.000\t(0)",
        f"ASD Conf  : \t{float(item.row['sync_confidence'] or 0):.3f}",
    ]


def _frames(item: Item) -> Iterator[str]:
    frame_size = np.array([item.row["source_width"], item.row["source_height"]] * 2, np.float64)
    boxes = np.clip(item.boxes / frame_size, 0, 1)
    start = int(item.row["start_frame"]) + item.first
    for number, (x1, y1, x2, y2) in enumerate(boxes.tolist(), start=start):
        yield f"{number:06d} \t{x1:.3f} \t{y1:.3f} \t{x2 - x1:.3f} \t{y2 - y1:.3f} "
