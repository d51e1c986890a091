"""What names a result: everything that decides its content, and nothing else.

A fingerprint never holds a device, batch size, thread count, path or time, so the same work has the same name on every
machine, and a new model, parameter or stage version makes exactly the results that depend on it stale.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from facelib.store import documents

LENGTH = 32


def fingerprint(
    *,
    revision: str,
    stage: str,
    version: int,
    params: Mapping[str, Any],
    weights: Sequence[str],
    inputs: Sequence[str],
) -> str:
    """The name of one stage's result for one source revision.

    Args:
        revision: digest of the source file, see :class:`facelib.store.uploads.Revision`.
        stage: name of the stage.
        version: the stage's integer version, raised whenever its output changes.
        params: the stage's parameters as plain JSON values.
        weights: sha256 of each weight file that the stage's models load.
        inputs: fingerprints of the results that the stage reads.

    Returns:
        32 hex digits.

    Example:
        >>> a = fingerprint(revision="r", stage="s", version=1, params={"k": 5}, weights=[], inputs=["x", "y"])
        >>> b = fingerprint(revision="r", stage="s", version=1, params={"k": 5}, weights=[], inputs=["y", "x"])
        >>> a == b, len(a)
        (True, 32)
    """
    document = {
        "revision": revision,
        "stage": stage,
        "version": version,
        "params": dict(params),
        "weights": sorted(weights),
        "inputs": sorted(inputs),
    }
    return documents.digest(document)[:LENGTH]


def clip_id(video_id: str, track_fingerprint: str, start_frame: int, number: int) -> str:
    """The id of a clip: the same source, settings and stage versions give the same id.

    Args:
        video_id: the video it is cut from.
        track_fingerprint: fingerprint of the ``track`` result that made it.
        start_frame: its first frame on the grid.
        number: which of the clips that start there, from 0.

    >>> clip_id("file_a-0123456789", "f" * 32, 25, 0)
    'file_a-0123456789.000025.0.96e63223'
    """
    digest = documents.digest([video_id, track_fingerprint, start_frame, number])
    return f"{video_id}.{start_frame:06d}.{number}.{digest[:8]}"
