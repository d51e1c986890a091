"""A folder that Hugging Face's ``datasets`` loads, from disk or once it was uploaded to the Hub."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from facelib.export import dataset_card
from facelib.export.format import Format, FormatSettings
from facelib.export.frame_store import wav_bytes
from facelib.export.item import Item
from facelib.export.tables import described

SPLIT_NAMES = {"": "train", "val": "validation"}
"""Names of splits that ``datasets`` expects, where they differ from ours."""

COLUMNS: dict[str, str] = {
    "item_id": "string",
    "clip_id": "string",
    "video_id": "string",
    "title": "string",
    "url": "string",
    "channel_id": "string",
    "channel_title": "string",
    "uploader": "string",
    "upload_day": "string",
    "licence": "string",
    "start_s": "float64",
    "end_s": "float64",
    "n_frames": "int32",
    "fps": "int32",
    "width": "int32",
    "height": "int32",
    "has_audio": "bool",
    "offset_frames": "int32",
    "face_side": "float32",
    "sync_confidence": "float32",
    "sync_distance": "float32",
    "note": "string",
}
"""What the tables of datasets say of an item, with the type that ``datasets`` gives it; the split is the folder."""

_ARROW = {"bool": pa.bool_(), **{name: getattr(pa, name)() for name in ("string", "int32", "float32", "float64")}}
_FILE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


class HuggingFaceSettings(FormatSettings):
    """Where the media lie."""

    layout: Literal["folder", "parquet"] = Field(
        "folder", description="folder: mp4 files and a table a split; parquet: everything in tables."
    )
    shard_items: int = Field(200, ge=1, le=10_000, description="Items in a table of the layout parquet.")


class HuggingFace(Format):
    """Layout ``folder``: ``<split>/<id>.mp4``, ``<split>/metadata.parquet`` and the card ``README.md``.

    Layout ``parquet``: ``data/<split>-00000.parquet`` and the card, with the columns ``video`` and ``audio`` (16 kHz
    mono WAV, in sync; NULL without sound). Splits are called train, validation and test; without splits all is train.
    """

    summary: ClassVar[str] = "a folder for datasets.load_dataset, with typed columns and a card"
    read_with: ClassVar[str] = "datasets.load_dataset('FOLDER')"
    settings_type: ClassVar[type[FormatSettings]] = HuggingFaceSettings

    @property
    def batch(self) -> int:
        """A table is written as a whole."""
        return int(self.settings.shard_items) if self.settings.layout == "parquet" else 1

    def write(self, items: Sequence[Item], folder: Path) -> list[dict[str, Any]]:
        """One mp4 an item, or one table of items of one split; ``batch`` of their rows is its number in the split."""
        rows = [described(item) for item in items]
        if self.settings.layout == "parquet":
            self._write_table(items, rows, folder)
            return rows
        for item in items:
            path = folder / split_name(item.split) / f"{item.item_id}.mp4"
            path.parent.mkdir(parents=True, exist_ok=True)
            item.write_video(path)
        return rows

    def finish(self, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """The tables of the layout ``folder``, and the card."""
        by_split: dict[str, list[Mapping[str, Any]]] = {}
        for row in rows:
            by_split.setdefault(split_name(row["split"]), []).append(row)
        in_tables = self.settings.layout == "parquet"
        schema = pa.schema([("file_name", pa.string()), *_fields()])
        for split, own in {} if in_tables else by_split.items():
            (folder / split).mkdir(exist_ok=True)
            named = [{"file_name": f"{row['item_id']}.mp4", **row} for row in own]
            pq.write_table(pa.Table.from_pylist(named, schema), folder / split / "metadata.parquet")
        patterns = {
            split: [f"data/{split}-*.parquet"] if in_tables else [f"{split}/*.mp4", f"{split}/metadata.parquet"]
            for split in by_split
        }
        media = ("video", "audio") if in_tables else ("video",)
        features = {**{name: name for name in media}, **COLUMNS}
        text = dataset_card.card(by_split, self.options, features=features, patterns=patterns)
        (folder / "README.md").write_text(text, encoding="utf-8")

    def _write_table(self, items: Sequence[Item], rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
        path = folder / "data" / f"{split_name(items[0].split)}-{items[0].row['batch']:05d}.parquet"
        path.parent.mkdir(exist_ok=True)
        schema = pa.schema([("video", _FILE), ("audio", _FILE), *_fields()])
        with pq.ParquetWriter(path, schema) as table:
            for item, row in zip(items, rows, strict=True):
                # A row group an item: a reader that shows one item reads no other.
                table.write_table(pa.Table.from_pylist([{**row, **_media(item, folder)}], schema))


def split_name(split: str) -> str:
    """What ``datasets`` calls a split.

    >>> split_name("val"), split_name("")
    ('validation', 'train')
    """
    return SPLIT_NAMES.get(split, split)


def _fields() -> list[tuple[str, Any]]:
    return [(name, _ARROW[kind]) for name, kind in COLUMNS.items()]


def _media(item: Item, folder: Path) -> dict[str, Any]:
    path = folder / f"{item.item_id}.mp4"
    item.write_video(path)
    video = {"bytes": path.read_bytes(), "path": path.name}
    path.unlink()
    sound = item.sound()
    heard = None if sound is None else {"bytes": wav_bytes(sound), "path": f"{item.item_id}.wav"}
    return {"video": video, "audio": heard}
