"""A source video with its tracks drawn on it, coloured by how well lips and sound agree."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.collection.clip.results import result_of_video
from facelib.errors import StoreError
from facelib.media.annotate import DrawnTrack, write_annotated_video
from facelib.store import uploads
from facelib.store.objects import Store
from facelib.store.results import Result

_EDGES = ("x1", "y1", "x2", "y2")


def write_annotated(
    store: Store, video_id: str, out: Path, *, threads: int = 0, progress: Callable[[int], None] | None = None
) -> int:
    """Write a copy of a published video with the box of each clip, its number and its sync confidence.

    Each clip's box is coloured frame by frame by the confidence of SyncNet: red 0, green 10 and more; where that was
    not measured by the clip's own confidence, else grey. Thin grey boxes are faces that the detector found.

    Args:
        store: the store.
        video_id: the video.
        out: the mp4 to write.
        threads: CPU threads of the decoder; 0 lets it choose.
        progress: called with the number of frames written so far.

    Returns:
        Frames written.

    Raises:
        StoreError: there is no such video or no tracks of it, or the source was let go.
        MediaError: the source cannot be read.

    Example:
        >>> write_annotated(Store("data/store"), "youtube_dqw4w9wgxcq-ddb06764c1", Path("look.mp4"))  # doctest: +SKIP
        5300
    """
    found, tracked = result_of_video(store, video_id, "detect"), result_of_video(store, video_id, "track")
    revision = uploads.revision(store, video_id)
    if revision is None or not revision.exists(store):
        raise StoreError(f"the source of {video_id} was let go", hint="fetch it again", reason="no_source")
    try:
        synced: Result | None = result_of_video(store, video_id, "syncnet")
    except StoreError:
        synced = None
    tracks = drawn_tracks(tracked, synced)
    return write_annotated_video(
        revision.local(store), tracks, out, faces=_faces(found), threads=threads, progress=progress
    )


def drawn_tracks(tracked: Result, synced: Result | None) -> list[DrawnTrack]:
    """The clips of a video with the confidence of each frame.

    Args:
        tracked: the result of ``track``.
        synced: that of ``syncnet``; None where it was not computed.
    """
    boxes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in tracked.rows("boxes"):
        boxes[row["clip_id"]].append(row)
    scores = {row["clip_id"]: row for row in synced.rows("syncnet")} if synced else {}
    series = synced.rows("series") if synced else []
    by_frame = {row["clip_id"]: row for row in series if row["measure"] == "sync_confidence"}
    drawn = []
    for number, clip in enumerate(tracked.rows("clips"), start=1):
        rows = sorted(boxes[clip["clip_id"]], key=lambda row: int(row["frame"]))
        edges = np.array([[row[edge] for edge in _EDGES] for row in rows], np.float64).reshape(-1, 4)
        whole = scores.get(clip["clip_id"], {}).get("confidence")
        confidence = np.full(len(rows), np.nan if whole is None else whole)
        if (measured := by_frame.get(clip["clip_id"])) is not None:
            known = [np.nan if value is None else value for value in measured["values"]]
            confidence[measured["frames"]] = known
        drawn.append(DrawnTrack(_label(number, clip["clip_id"]), int(clip["start_frame"]), edges, confidence))
    return drawn


def _label(number: int, clip_id: str) -> str:
    """Which clip of the video it is, and the digits at the end of its id, which tell it apart from all others."""
    return f"{number}: {clip_id.rpartition('.')[2]}"


def _faces(found: Result) -> dict[int, NDArray[np.float64]]:
    by_frame: dict[int, list[list[float]]] = defaultdict(list)
    for row in found.rows("faces"):
        by_frame[row["frame"]].append([row[edge] for edge in _EDGES])
    return {frame: np.array(boxes, np.float64) for frame, boxes in by_frame.items()}
