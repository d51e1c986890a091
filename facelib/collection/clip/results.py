"""From a published clip to the results that its measures come from."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.catalog.reader import Catalog
from facelib.errors import StoreError
from facelib.stage_state import OFF, explain
from facelib.store import results
from facelib.store.objects import Store
from facelib.store.results import Result


class ClipResults:
    """The results behind one clip.

    Args:
        store: the store.
        clip_id: the clip.

    Raises:
        StoreError: there is no such clip in the published collection.
    """

    def __init__(self, store: Store, clip_id: str) -> None:
        self._store = store
        self.clip_id = clip_id
        with Catalog(store) as catalog:
            clip = catalog.clips([clip_id]).get(clip_id)
            if clip is None:
                hint = "'facelib search' prints ids of clips"
                raise StoreError(f"there is no clip {clip_id!r}", hint=hint, reason="no_clip")
            measured = catalog.rows(
                "SELECT method, experimental, offset_frames FROM syncnet WHERE clip_id = ? ORDER BY experimental",
                [clip_id],
            )
        self.clip: dict[str, Any] = clip
        self._sync: dict[str, Any] = next(iter(measured), {})

    @property
    def n_frames(self) -> int:
        """Length of the clip, frames of 1/25 s."""
        return int(self.clip["end_frame"] - self.clip["start_frame"])

    def result(self, stage: str) -> Result:
        """What a stage made of the clip's video.

        Raises:
            StoreError: it was not computed, with the reason.
        """
        return result_of_video(self._store, self.clip["video_id"], stage)

    def offset_frames(self) -> int:
        """By how many frames of 1/25 s the sound leads its picture, as ``syncnet`` measured it.

        Raises:
            StoreError: it was not measured, or by an experimental method only, with what that found.
        """
        self.result("syncnet")
        offset, found = self._sync.get("offset_frames"), f"no offset was measured of {self.clip_id}"
        if offset is not None and not self._sync["experimental"]:
            return int(offset)
        if offset is not None:
            method = self._sync["method"]
            found = f"the offset of {self.clip_id} was measured by the experimental {method} only: {offset} frames"
        raise StoreError(
            found, hint="look at the clip and name the offset yourself: --offset FRAMES", reason="no_offset"
        )

    def file(self, stage: str, name: str) -> Path:
        """A file of the clip by the end of its name, such as ``mp4`` of ``track``.

        Raises:
            StoreError: the stage made none for this clip.
        """
        wanted = f"{self.clip_id}.{name}"
        for media in self.result(stage).media:
            if media.name == wanted:
                return self._store.local(media.key)
        raise StoreError(
            f"{stage} made no {name} for {self.clip_id}",
            hint=f"'facelib show {self.clip_id}' may tell why",
            reason="no_file",
        )

    def array(self, stage: str, name: str) -> NDArray[Any]:
        """An array of the clip, such as ``landmarks.npy`` of ``landmarks``."""
        array: NDArray[Any] = np.load(self.file(stage, name), allow_pickle=False)
        return array

    def series(self, stage: str, measure: str) -> NDArray[np.float32]:
        """A measure over the frames of the clip, (n_frames,); NaN where it was not measured.

        Raises:
            StoreError: the stage has no such measure of this clip.
        """
        values = np.full(self.n_frames, np.nan, np.float32)
        for row in self.result(stage).rows("series"):
            if row["clip_id"] == self.clip_id and row["measure"] == measure:
                values[row["frames"]] = [np.nan if value is None else value for value in row["values"]]
                return values
        raise StoreError(f"{stage} measured no {measure} of {self.clip_id}", reason="no_series")


def result_of_video(store: Store, video_id: str, stage: str) -> Result:
    """What a stage made of a published video.

    Raises:
        StoreError: there is no such video, or it was not computed, with the reason.
    """
    with Catalog(store) as catalog:
        return stage_result(store, catalog, video_id, stage)


def stage_result(store: Store, catalog: Catalog, video_id: str, stage: str) -> Result:
    """The same, of a catalogue that is open.

    Raises:
        StoreError: there is no such video, or it was not computed, with the reason.
    """
    states = catalog.rows("SELECT stage, fingerprint, reason FROM stages WHERE video_id = ?", [video_id])
    if not states:
        raise StoreError(
            f"there is no video {video_id!r}",
            hint="an id of a clip begins with its video's: VIDEO.START.FACE.DIGEST",
            reason="no_video",
        )
    found = {row["stage"]: row for row in states}.get(stage, {"reason": OFF, "fingerprint": ""})
    if not found["reason"]:
        result = results.read(store, stage, video_id, found["fingerprint"])
        if result is not None:
            return result
    why, hint = explain(found["reason"] or "not_computed: its file is gone")
    raise StoreError(f"{stage} has no result for {video_id}: {why}", hint=hint, reason="no_result")
