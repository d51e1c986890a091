"""From vectors of lips and of sound to offset and confidence, as SyncNet's authors compute them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from facelib.models.faces import Floats

Doubles = NDArray[np.float64]
Edges = Literal["legacy", "valid"]

EPSILON = 1e-6
"""Added to each difference, as torch's pairwise distance does."""
MEDIAN_FRAMES = 9
CENTRE = 2
"""Window i shows the pictures i to i + 4: its middle is picture i + 2."""
LEGACY_PAD = 3
LEGACY_DISTANCE = 10.0


@dataclass(frozen=True)
class SyncScores:
    """How well lips and sound of a clip match.

    Args:
        offset_frames: frames of 40 ms by which the sound leads; below 0 it lags.
        min_distance: smallest mean distance over the shifts, LSE-D.
        confidence: median of the mean distances less the smallest, LSE-C.
        means: (2 max_shift + 1,) mean distance of each shift.
        windows: (n,) confidence of each window at that offset; NaN where its sound would lie outside the clip.
    """

    offset_frames: int
    min_distance: float
    confidence: float
    means: Doubles
    windows: Doubles


def distances(lips: Floats, sound: Floats, max_shift: int, edges: Edges) -> Doubles:
    """Distance of each window of pictures from the sound of the same time, and of up to ``max_shift`` frames off.

    Args:
        lips, sound: (n, dim) vectors of the windows.
        max_shift: frames.
        edges: what stands for sound before the first and after the last window: ``legacy``, vectors of zeros, whose
            distances bias the mean of each shift but 0; ``valid``, nothing: NaN.

    Returns:
        (n, 2 max_shift + 1): column k has the sound of window i + k - max_shift.
    """
    n = len(lips)
    pictures = lips.astype(np.float64)
    padded = np.pad(sound.astype(np.float64), ((max_shift, max_shift), (0, 0)))
    found = np.empty((n, 2 * max_shift + 1))
    for k in range(found.shape[1]):
        found[:, k] = np.linalg.norm(pictures - padded[k : k + n] + EPSILON, axis=1)
        if edges == "valid":
            partner = np.arange(n) + k - max_shift
            found[(partner < 0) | (partner >= n), k] = np.nan
    return found


def score(found: Doubles) -> SyncScores:
    """Offset and confidence from :func:`distances`.

    With m the mean distance of each shift: the offset is ``max_shift - argmin m``, the confidence
    ``median(m) - min(m)``, and that of a window ``median(m)`` less its own distance at the offset. Shifts without any
    pair do not count.

    Example: the sound of frame i + 1 lies beside picture i, so it leads.
        >>> lips = np.eye(40, dtype=np.float32)
        >>> score(distances(lips[:39], lips[1:], 15, "valid")).offset_frames
        1
    """
    pairs = np.isfinite(found)
    counts = pairs.sum(axis=0)
    means = np.where(counts > 0, np.where(pairs, found, 0).sum(axis=0) / np.maximum(counts, 1), np.nan)
    best, median = int(np.nanargmin(means)), float(np.nanmedian(means))
    return SyncScores(
        offset_frames=found.shape[1] // 2 - best,
        min_distance=float(means[best]),
        confidence=median - float(means[best]),
        means=means,
        windows=median - found[:, best],
    )


def frame_confidence(scores: SyncScores, n_frames: int) -> Doubles:
    """Confidence of each frame: its window's, each frame being the middle of one, through a running median of 9.

    Returns:
        (n_frames,) NaN where there is no window or no sound for it. At the ends of what there is, the median is of
        fewer windows.
    """
    raw = np.full(n_frames, np.nan)
    raw[CENTRE : CENTRE + len(scores.windows)] = scores.windows[: max(0, n_frames - CENTRE)]
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(raw, MEDIAN_FRAMES // 2, constant_values=np.nan), MEDIAN_FRAMES
    )
    smoothed, known = np.full(n_frames, np.nan), np.isfinite(raw)
    smoothed[known] = np.nanmedian(around[known], axis=1)
    return smoothed


def legacy_frame_confidence(scores: SyncScores, n_frames: int) -> Doubles:
    """Confidence of each frame as segments were first cut by.

    Three windows of distance 10 are put before the first and after the last one, so that frame f has window f - 3, and
    the running median of 9 takes 0 for what lies outside.

    Returns:
        (n_frames,) NaN beyond the windows.
    """
    from scipy.ndimage import median_filter

    outside = float(np.nanmedian(scores.means)) - LEGACY_DISTANCE
    padded = np.pad(scores.windows, LEGACY_PAD, constant_values=outside)
    smoothed = median_filter(padded, size=MEDIAN_FRAMES, mode="constant", cval=0.0)[:n_frames]
    return np.pad(smoothed, (0, n_frames - len(smoothed)), constant_values=np.nan)
