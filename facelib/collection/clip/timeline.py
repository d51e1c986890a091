"""What was measured of a clip from frame to frame, read from the results of its stages."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from facelib.catalog.reader import Catalog
from facelib.collection.clip.results import stage_result
from facelib.errors import StoreError
from facelib.store.objects import Store
from facelib.store.results import Result

FPS = 25
"""Frames of a clip in a second."""


@dataclass(frozen=True, eq=False)
class Series:
    """A measure over the frames of a clip.

    Args:
        measure: its name, such as ``yaw``.
        unit: of its values.
        seconds: (n,) when, s from the start of the clip.
        values: (n,) NaN where it could not be measured.
    """

    measure: str
    unit: str
    seconds: NDArray[np.float64]
    values: NDArray[np.float32]


class ClipTimeline:
    """Reads what the stages know of each frame of one clip; results are read once, when they are asked for.

    Args:
        store: the store.
        catalog: the publication.
        clip: columns as of ``Catalog.clips``.
    """

    def __init__(self, store: Store, catalog: Catalog, clip: dict[str, Any]) -> None:
        self._store, self._catalog, self._clip = store, catalog, clip
        self._read: dict[str, Result] = {}

    @property
    def n_frames(self) -> int:
        """Length of the clip, frames of 1/25 s."""
        return int(self._clip["end_frame"] - self._clip["start_frame"])

    def series(self, stage: str) -> dict[str, Series]:
        """The measures of a stage over the frames of the clip, by name; empty where it made none of this clip.

        Raises:
            StoreError: the stage was not computed, with the reason, or its result cannot be read.
        """
        return {row["measure"]: _series(row) for row in self._rows(stage, "series")}

    def shifts(self, stage: str) -> dict[str, Series]:
        """The measures of a stage by shift of the sound, by name; their seconds are those by which the sound leads.

        Raises:
            StoreError: the stage was not computed, with the reason, or its result cannot be read.
        """
        return {row["measure"]: _series(row, "shifts") for row in self._rows(stage, "shifts")}

    def boxes(self) -> NDArray[np.float32]:
        """(n_frames, 4) ``x1 y1 x2 y2`` of the face, px of the clip.

        Raises:
            StoreError: the result of ``track`` cannot be read.
        """
        rows = sorted(self._rows("track", "boxes"), key=lambda row: int(row["frame"]))
        edges = np.array([[row[edge] for edge in ("x1", "y1", "x2", "y2")] for row in rows], np.float32).reshape(-1, 4)
        return edges - np.tile(np.array([self._clip["x1"], self._clip["y1"]], np.float32), 2)

    def landmarks(self) -> NDArray[np.float32]:
        """(n_frames, 68, 2) px of the clip.

        Raises:
            StoreError: they were not measured, with the reason, or their file is gone.
        """
        name = f"{self._clip['clip_id']}.landmarks.npy"
        for file in self._result("landmarks").media:
            if file.name == name:
                points: NDArray[np.float32] = np.load(self._store.local(file.key), allow_pickle=False)
                return points
        raise StoreError("no landmarks were found in this clip", reason="no_file")

    def _rows(self, stage: str, table: str) -> list[dict[str, Any]]:
        """The rows of this clip; those of a video's other clips are never made into objects."""
        found: pa.Table | None = self._result(stage).tables.get(table)
        if found is None:
            return []
        rows: list[dict[str, Any]] = found.filter(pc.equal(found["clip_id"], self._clip["clip_id"])).to_pylist()
        return rows

    def _result(self, stage: str) -> Result:
        if stage not in self._read:
            self._read[stage] = stage_result(self._store, self._catalog, self._clip["video_id"], stage)
        return self._read[stage]


def _series(row: dict[str, Any], at: str = "frames") -> Series:
    values = np.array([np.nan if value is None else value for value in row["values"]], np.float32)
    return Series(row["measure"], row["unit"], np.array(row[at], np.float64) / FPS, values)
