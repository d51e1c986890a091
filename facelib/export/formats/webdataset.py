"""WebDataset shards: tar files that a training run streams from disk or from a web server."""

import io
import json
import tarfile
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from facelib.export.format import Format, FormatSettings
from facelib.export.frame_store import wav_bytes
from facelib.export.item import Item
from facelib.export.tables import described
from facelib.media.audio import SAMPLES_PER_FRAME

DOT = "~"
"""Stands for a dot in keys: WebDataset takes everything after the first dot for the kind of member."""


class WebDatasetSettings(FormatSettings):
    """Which members samples have, and how many of them lie in a shard."""

    shard_items: int = Field(100, ge=1, le=100_000, description="Samples in a shard; the last of a split has less.")
    uniform: bool = Field(
        False, description="Whether samples without sound or landmarks get silence or NaN, so that all look alike."
    )


class WebDataset(Format):
    """``<split>/shard-000000.tar`` and ``dataset.json``.

    A sample has the members ``mp4`` (H.264 and AAC), ``wav`` (16 kHz mono, in sync), ``json`` (what the tables of
    datasets say of it), ``txt`` (the title), ``boxes.npy`` (n, 4) float32 and ``landmarks.npy`` (n, 68, 2) float32, px
    of the pictures. What there is not is left out. Its key is the id of the item with ``~`` for each dot.
    """

    summary: ClassVar[str] = "tar shards of mp4, wav, json and npy members"
    read_with: ClassVar[str] = "webdataset.WebDataset('train/shard-{000000..000009}.tar', shardshuffle=False).decode()"
    settings_type: ClassVar[type[FormatSettings]] = WebDatasetSettings

    @property
    def batch(self) -> int:
        """A shard is written as a whole."""
        return int(self.settings.shard_items)

    def write(self, items: Sequence[Item], folder: Path) -> list[dict[str, Any]]:
        """One shard, of items of one split; ``batch`` of their rows is its number in the split."""
        path = folder / items[0].split / f"shard-{items[0].row['batch']:06d}.tar"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = []
        # GNU headers take names of any length and members above 8 GiB.
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as shard:
            for item in items:
                row = {"shard": path.relative_to(folder).as_posix(), "key": key_of(item.item_id), **described(item)}
                for kind, data in sorted(self._members(item, row).items()):
                    member = tarfile.TarInfo(f"{row['key']}.{kind}")
                    member.size, member.mode = len(data), 0o644
                    shard.addfile(member, io.BytesIO(data))
                rows.append(row)
        return rows

    def finish(self, rows: Sequence[Mapping[str, Any]], folder: Path) -> None:
        """The list of shards, as readers by index take it, and counts."""
        samples = Counter(row["shard"] for row in rows)
        splits = Counter(row["split"] for row in rows)
        document = {
            "wids_version": 1,
            "shardlist": [{"url": shard, "nsamples": samples[shard]} for shard in sorted(samples)],
            "splits": dict(sorted(splits.items())),
            "samples": len(rows),
            "hours": round(sum(row["n_frames"] / row["fps"] for row in rows) / 3600, 4),
        }
        (folder / "dataset.json").write_text(json.dumps(document, indent=1) + "\n")

    def _members(self, item: Item, row: Mapping[str, Any]) -> dict[str, bytes]:
        sound, landmarks = item.sound(), item.landmarks()
        about = {name: value for name, value in row.items() if name not in ("shard", "key")}
        about |= {"has_audio": sound is not None, "has_landmarks": landmarks is not None}
        if self.settings.uniform and sound is None:
            sound = np.zeros(item.n_frames * SAMPLES_PER_FRAME, np.int16)
        if self.settings.uniform and landmarks is None:
            landmarks = np.full((item.n_frames, 68, 2), np.nan, np.float32)
        members = {
            "mp4": _video(item),
            "json": json.dumps(about, ensure_ascii=False, sort_keys=True).encode(),
            "txt": (item.row["title"] or "").encode(),
            "boxes.npy": _npy(item.face_boxes()),
        }
        if sound is not None:
            members["wav"] = wav_bytes(sound)
        if landmarks is not None:
            members["landmarks.npy"] = _npy(landmarks)
        return members


def key_of(item_id: str) -> str:
    """The key of a sample.

    >>> key_of("file_a-0123456789.000025.0.96e63223")
    'file_a-0123456789~000025~0~96e63223'
    """
    return item_id.replace(".", DOT)


def item_id_of(key: str) -> str:
    """The id of the item that has this key; ids hold no ``~``."""
    return key.replace(DOT, ".")


def _video(item: Item) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        item.write_video(path)
        return path.read_bytes()


def _npy(values: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.save(out, values, allow_pickle=False)
    return out.getvalue()
