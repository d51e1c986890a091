"""The landmarks of the largest face in a stretch of a published video."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.catalog.reader import Catalog
from facelib.collection.clip.results import ClipResults
from facelib.errors import StoreError
from facelib.reproduce.annotated import NotWritten
from facelib.store.objects import Store

POINTS = 68
MISSING = "landmarks_missing"
_WAY_ON = "'facelib ingest' computes them, with the stage landmarks on; --crop given needs none"


class PublishedLandmarks:
    """Reads landmarks by video and frames; see `facelib.reproduce.annotated.LandmarksOf`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self, video_id: str, start: int, end: int) -> NDArray[np.float32]:
        """Landmarks of frames [start, end): in each frame of the clip that holds the largest face there.

        Args:
            video_id: the video.
            start, end: frames of 1/25 s, end exclusive.

        Returns:
            (end - start, 68, 2) px of the source; NaN in frames without a clip.

        Raises:
            NotWritten: ``landmarks_missing``.
        """
        problem = "no clip with a face lies in these seconds"
        clips = self._clips(video_id, start, end)
        if not clips:
            raise NotWritten(MISSING, f"{problem}; {_WAY_ON}")
        points = np.full((end - start, POINTS, 2), np.nan, np.float32)
        # The largest face comes last and stays.
        for clip in clips:
            first, last = max(start, clip["start_frame"]), min(end, clip["end_frame"])
            try:
                found = ClipResults(self._store, clip["clip_id"]).array("landmarks", "landmarks.npy")
            except StoreError as error:
                problem = str(error)
                points[first - start : last - start] = np.nan
                continue
            corner = np.array([clip["x1"], clip["y1"]], np.float32)
            points[first - start : last - start] = (
                found[first - clip["start_frame"] : last - clip["start_frame"]] + corner
            )
        if not np.isfinite(points).all(axis=(1, 2)).any():
            raise NotWritten(MISSING, f"{problem}; {_WAY_ON}")
        return points

    def _clips(self, video_id: str, start: int, end: int) -> list[dict[str, Any]]:
        try:
            with Catalog(self._store) as catalog:
                return catalog.rows(
                    "SELECT clip_id, start_frame, end_frame, x1, y1 FROM clips "
                    "WHERE video_id = ? AND start_frame < ? AND end_frame > ? ORDER BY face_side, clip_id",
                    [video_id, end, start],
                )
        except StoreError as error:
            raise NotWritten(MISSING, f"{error}; {_WAY_ON}") from error
