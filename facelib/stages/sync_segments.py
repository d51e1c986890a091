"""Which parts of a clip speak in sync, from the confidence of its frames."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class SegmentRule:
    """How segments are cut.

    Args:
        threshold: a frame is good when its confidence is greater.
        min_good_ratio: share of good frames that a segment must have.
        merge: runs of good frames become one segment when the first frame of one is at most this many frames after the
            last of the other: a hole of 14 frames is bridged at 15.
        min_span: frames that must lie between the first and the last frame before trimming: 76 frames pass at 75.
        trim: frames taken off at each end; the last good frame is left out too, so that 76 frames give 65.
    """

    threshold: float
    min_good_ratio: float = 0.0
    merge: int = 15
    min_span: int = 75
    trim: int = 5


RULES: dict[str, SegmentRule] = {
    "legacy": SegmentRule(threshold=2.1),
    "dense": SegmentRule(threshold=2.1, min_good_ratio=0.8),
    "strict": SegmentRule(threshold=3.0, min_good_ratio=0.8),
}
"""``legacy`` bridges holes however many there are; the others do not. Published sets of speech used 3 to 4."""


@dataclass(frozen=True)
class Segment:
    """Frames ``start`` to ``end`` (exclusive) of a clip; share of them that is good, and their mean confidence."""

    start: int
    end: int
    good_ratio: float
    mean_confidence: float


def segments(confidence: Doubles, rule: SegmentRule) -> list[Segment]:
    """Cut a clip into segments.

    A segment with too few good frames is divided at its longest hole, again and again, until its parts have enough or
    are too short.

    Args:
        confidence: (n,) of each frame; NaN is not good.
        rule: the rule.

    Example:
        >>> [(s.start, s.end) for s in segments(np.full(76, 2.2), RULES["legacy"])]
        [(5, 70)]
    """
    good = confidence > rule.threshold
    parts: list[Segment] = []
    for group in _merged(_runs(good), rule.merge):
        parts += _kept(group, good, confidence, rule)
    return parts


def _runs(good: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last frame of each run of good frames."""
    edges = np.flatnonzero(np.diff(np.pad(good, 1).astype(np.int8)))
    return [(int(first), int(after) - 1) for first, after in zip(edges[::2], edges[1::2], strict=True)]


def _merged(runs: list[tuple[int, int]], merge: int) -> list[list[tuple[int, int]]]:
    groups: list[list[tuple[int, int]]] = []
    for run in runs:
        if groups and run[0] - groups[-1][-1][1] <= merge:
            groups[-1].append(run)
        else:
            groups.append([run])
    return groups


def _kept(
    group: list[tuple[int, int]], good: NDArray[np.bool_], confidence: Doubles, rule: SegmentRule
) -> list[Segment]:
    kept: list[Segment] = []
    waiting = [group]
    while waiting:
        runs = waiting.pop()
        first, last = runs[0][0], runs[-1][1]
        start, end = first + rule.trim, last - rule.trim
        if last - first < rule.min_span or end <= start:
            continue
        ratio = float(good[start:end].mean())
        if ratio >= rule.min_good_ratio:
            kept.append(Segment(start, end, ratio, float(confidence[start:end].mean())))
            continue
        holes = [later[0] - earlier[1] for earlier, later in pairwise(runs)]
        at = int(np.argmax(holes)) + 1
        waiting += [runs[at:], runs[:at]]
    return kept
