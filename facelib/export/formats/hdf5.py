"""Frames, sound and points in HDF5, one file an item."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from facelib.export.format import Format, FormatSettings
from facelib.export.frame_store import FrameStoreSettings, grid_frames, stored_frames
from facelib.export.item import Item
from facelib.export.tables import described
from facelib.media.audio import SPEECH_RATE


class Hdf5Settings(FrameStoreSettings):
    """Which frames are stored, and how."""

    layout: Literal["encoded", "array"] = Field(
        "encoded", description="encoded: a dataset of image bytes a frame; array: one of all pixels, RGB."
    )
    gzip: int = Field(4, ge=0, le=9, description="Compression level of the layout array; 0 compresses nothing.")


class Hdf5(Format):
    """``<split>/<id>.h5``.

    Layout ``encoded``: a dataset of image bytes for each stored frame, named by its number, ten decimal digits. Layout
    ``array``: ``frames`` (n, height, width, 3) uint8, RGB. In both: ``grid_frames`` (n,), where each lies in the
    source, frames of 1/25 s; ``boxes`` (n, 4) ``x1 y1 x2 y2`` of the face, px; where there are any, ``landmarks``
    (n, 68, 2), px, and ``audio`` (samples,) int16 with its ``rate``. Attributes of the file: ``fps`` of the stored
    frames, and what the tables of datasets say of the item, less what is not known.
    """

    summary: ClassVar[str] = "one HDF5 file an item: frames, sound, boxes, landmarks"
    read_with: ClassVar[str] = "h5py.File(path), cv2.imdecode"
    packages: ClassVar[tuple[str, ...]] = ("h5py",)
    settings_type: ClassVar[type[FormatSettings]] = Hdf5Settings

    def write(self, items: Sequence[Item], folder: Path) -> list[dict[str, Any]]:
        """One file an item."""
        import h5py

        rows = []
        for item in items:
            path = folder / item.split / f"{item.item_id}.h5"
            path.parent.mkdir(parents=True, exist_ok=True)
            frames = grid_frames(item, self.settings.every)
            with h5py.File(path, "w") as file:
                self._write_frames(file, item, len(frames))
                for name, values in self._series(item, frames).items():
                    _add(file, name, values)
                if "audio" in file:
                    file["audio"].attrs["rate"] = SPEECH_RATE
                about = {**described(item), "fps": item.fps / self.settings.every, "stored_frames": len(frames)}
                file.attrs.update({name: value for name, value in about.items() if value is not None})
            rows.append({"file": path.relative_to(folder).as_posix(), "stored_frames": len(frames), **described(item)})
        return rows

    def _write_frames(self, file: Any, item: Item, count: int) -> None:
        settings: Hdf5Settings = self.settings
        stored = stored_frames(item, settings.every)
        if settings.layout == "encoded":
            for frame in stored:
                _add(file, frame.key, np.frombuffer(settings.encoded(frame.picture), np.uint8))
            return
        width, height = item.size
        shape = (height, width, 3)
        packed = {"compression": "gzip", "compression_opts": settings.gzip} if settings.gzip else {}
        pixels = file.create_dataset(
            "frames", (count, *shape), np.uint8, chunks=(1, *shape), track_times=False, **packed
        )
        for index, frame in enumerate(stored):
            pixels[index] = frame.picture[..., ::-1]

    def _series(self, item: Item, frames: list[int]) -> dict[str, NDArray[Any]]:
        every = self.settings.every
        found: dict[str, NDArray[Any] | None] = {
            "grid_frames": np.array(frames, np.int64),
            "boxes": item.face_boxes()[::every],
            "landmarks": item.landmarks(),
            "audio": item.sound() if self.settings.sound else None,
        }
        if found["landmarks"] is not None:
            found["landmarks"] = found["landmarks"][::every]
        return {name: values for name, values in found.items() if values is not None}


def _add(file: Any, name: str, values: NDArray[Any]) -> None:
    # A file that says when it was written is another file at every export.
    file.create_dataset(name, data=values, track_times=False)
