"""Frames in LMDB, one environment an item: random access to any frame without decoding video."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from facelib.export.format import Format, FormatSettings
from facelib.export.frame_store import FrameStoreSettings, grid_frames, stored_frames, wav_bytes
from facelib.export.item import Item
from facelib.export.tables import described

MAP_SIZE = 2**40
"""Bytes of address space that the environment may grow to; it takes as much disk as it holds."""


class Lmdb(Format):
    """``<split>/<id>.lmdb/data.mdb``: image bytes by the number of the stored frame, ten decimal digits.

    Beside them: ``__len__`` (stored frames), ``__fps__`` (of the stored frames), ``__size__`` (width and height, px)
    and ``__frames__`` (where each lies in the source, frames of 1/25 s), all ASCII JSON; ``__item__``, what the tables
    of datasets say of it; ``__audio__``, a WAV file, where there is sound.
    """

    summary: ClassVar[str] = "one LMDB environment an item, frames as PNG by number"
    read_with: ClassVar[str] = "lmdb.open(path, readonly=True, lock=False), cv2.imdecode"
    packages: ClassVar[tuple[str, ...]] = ("lmdb",)
    settings_type: ClassVar[type[FormatSettings]] = FrameStoreSettings

    def write(self, items: Sequence[Item], folder: Path) -> list[dict[str, Any]]:
        """One environment an item."""
        import lmdb

        rows = []
        for item in items:
            path = folder / item.split / f"{item.item_id}.lmdb"
            path.mkdir(parents=True)
            # Without a lock nothing but data.mdb is left; one transaction gives the same pages each time.
            with (
                lmdb.open(str(path), map_size=MAP_SIZE, lock=False) as environment,
                environment.begin(write=True) as transaction,
            ):
                for key, value in self._entries(item):
                    transaction.put(key, value)
            stored = len(grid_frames(item, self.settings.every))
            rows.append({"file": path.relative_to(folder).as_posix(), "stored_frames": stored, **described(item)})
        return rows

    def _entries(self, item: Item) -> Iterator[tuple[bytes, bytes]]:
        settings: FrameStoreSettings = self.settings
        for frame in stored_frames(item, settings.every):
            yield frame.key.encode(), settings.encoded(frame.picture)
        frames = grid_frames(item, settings.every)
        about = {"len": len(frames), "fps": item.fps / settings.every, "size": item.size, "frames": frames}
        for name, value in {**about, "item": described(item)}.items():
            yield f"__{name}__".encode(), json.dumps(value).encode()
        samples = item.sound() if settings.sound else None
        if samples is not None:
            yield b"__audio__", wav_bytes(samples)
