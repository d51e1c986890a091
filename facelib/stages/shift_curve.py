"""What a curve over shifts of the sound says: the offset, and how far the peak rises above what is out of sync."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from facelib.models.faces import Floats

NEAR = 2
"""Shifts up to this many frames count as in sync."""
FAR = 6
"""From this many frames on, what matches does so by chance."""


SHIFTS = pa.schema(
    [
        ("clip_id", pa.string()),
        ("measure", pa.string()),
        ("unit", pa.string()),
        ("shifts", pa.list_(pa.int32())),
        ("values", pa.list_(pa.float32())),
    ]
)
"""A measure by shift, frames of 40 ms by which the sound leads; a value that could not be told is null."""


def shift_row(clip_id: str, measure: str, unit: str, curve: Floats) -> dict[str, Any]:
    """A row of :data:`SHIFTS`.

    Args:
        clip_id: the clip.
        measure: what is told of each shift, such as ``distance``.
        unit: of the values.
        curve: (2 max_shift + 1,) the value for each shift from -max_shift on; NaN becomes null.

    Example:
        >>> shift_row("a", "distance", "distance", np.array([2, 1, np.nan], np.float32))["shifts"]
        [-1, 0, 1]
    """
    most = len(curve) // 2
    values = [None if np.isnan(value) else float(value) for value in curve]
    about = {"clip_id": clip_id, "measure": measure, "unit": unit}
    return {**about, "shifts": list(range(-most, most + 1)), "values": values}


def overlap(n: int, shift: int) -> tuple[slice, slice]:
    """The pictures of n frames that have sound when it leads by ``shift`` frames, and that sound.

    Example: the sound leads by 2, so that of picture 2 is heard with picture 0.
        >>> overlap(10, 2)
        (slice(2, 10, None), slice(0, 8, None))
    """
    return slice(max(0, shift), n + min(0, shift)), slice(max(0, -shift), n - max(0, shift))


def offset_frames(curve: Floats) -> int | None:
    """The shift with the best value, frames by which the sound leads; None when there is no value.

    Args:
        curve: (2 max_shift + 1,) the value for each shift from -max_shift on; NaN where there is none.

    Example:
        >>> offset_frames(np.array([0, 0, 0, 1, 0], np.float32))
        1
    """
    return int(np.nanargmax(curve)) - len(curve) // 2 if np.isfinite(curve).any() else None


def sync_score(curve: Floats) -> float:
    """The best value within 2 frames less the mean of the values at 6 frames and more; NaN without either."""
    shifts = np.abs(np.arange(len(curve)) - len(curve) // 2)
    near, far = _known(curve[shifts <= NEAR]), _known(curve[shifts >= FAR])
    return float(near.max() - far.mean()) if len(near) and len(far) else float("nan")


def _known(values: Floats) -> NDArray[np.float32]:
    return values[np.isfinite(values)]
