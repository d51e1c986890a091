"""What the stages made of one video, as an export reads it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.store import results, uploads
from facelib.store.objects import Store
from facelib.store.results import Result


class VideoResults:
    """The results of one video, each read once. Of their tables only the boxes are held, as numbers.

    Args:
        store: the store.
        video_id: the video.
        stages: fingerprint of each stage that was computed.
    """

    def __init__(self, store: Store, video_id: str, stages: Mapping[str, str]) -> None:
        self.store, self.video_id, self._stages = store, video_id, stages
        self._read: dict[str, Result | None] = {}

    def find(self, stage: str) -> Result | None:
        """What a stage made of the video, without its tables; None where it was not computed."""
        if stage not in self._read:
            found = self._whole(stage)
            self._read[stage] = replace(found, tables={}) if found else None
        return self._read[stage]

    def file(self, stage: str, name: str) -> Path | None:
        """A media file of a result; None where there is none."""
        found = self.find(stage)
        key = next((media.key for media in found.media if media.name == name), "") if found else ""
        return self.store.local(key) if key and self.store.exists(key) else None

    def boxes(self, clip_id: str) -> NDArray[np.float64]:
        """The face in each frame of a clip, (n, 5) ``x1 y1 x2 y2 score``, px of the source; empty where unknown."""
        return self._boxes.get(clip_id, np.zeros((0, 5)))

    @cached_property
    def _boxes(self) -> dict[str, NDArray[np.float64]]:
        found = self._whole("track")
        if found is None or not found.tables["boxes"].num_rows:
            return {}
        table = found.tables["boxes"]
        values = np.column_stack([table.column(name).to_numpy() for name in ("x1", "y1", "x2", "y2", "score")])
        clips, of_clip = np.unique(table.column("clip_id").to_numpy(zero_copy_only=False), return_inverse=True)
        order = np.lexsort((table.column("frame").to_numpy(), of_clip))
        starts = np.searchsorted(of_clip[order], np.arange(1, len(clips)))
        parts = np.split(values[order].astype(np.float64), starts)
        return {str(clip): part for clip, part in zip(clips, parts, strict=True)}

    def _whole(self, stage: str) -> Result | None:
        name = self._stages.get(stage)
        return results.read(self.store, stage, self.video_id, name) if name else None

    @cached_property
    def source(self) -> Path | None:
        """The downloaded file while it is kept."""
        revision = uploads.revision(self.store, self.video_id)
        return revision.local(self.store) if revision and revision.exists(self.store) else None
