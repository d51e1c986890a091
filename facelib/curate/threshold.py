"""What a threshold does to clips that people judged: precision and recall at each value."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Side = Literal["min", "max"]
MOST_POINTS = 200
"""Points of a curve; more cannot be told apart in a picture."""


@dataclass(frozen=True)
class Point:
    """A threshold on the judged clips.

    Args:
        threshold: the limit, which passes itself.
        passed: how many judged clips pass.
        precision: share of those that people kept, 0..1; None where none passes.
        recall: share of all that people kept that passes, 0..1; None where they kept none.
    """

    threshold: float
    passed: int
    precision: float | None
    recall: float | None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall, 0..1; None where one is not defined."""
        if self.precision is None or self.recall is None:
            return None
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


class JudgedValues:
    """Measured values of judged clips.

    Args:
        values: measured value and whether people keep the clip, of each.
        side: whether a limit is the smallest value that passes (``min``) or the largest (``max``).

    Example:
        >>> JudgedValues([(1.0, False), (2.0, True), (3.0, True)], "min").at(2.0)
        Point(threshold=2.0, passed=2, precision=1.0, recall=1.0)
    """

    def __init__(self, values: Sequence[tuple[float, bool]], side: Side) -> None:
        self._side = side
        self._all = sorted(value for value, _ in values)
        self._kept = sorted(value for value, kept in values if kept)

    def __len__(self) -> int:
        return len(self._all)

    @property
    def kept(self) -> int:
        """How many of the clips people keep."""
        return len(self._kept)

    @property
    def span(self) -> tuple[float, float] | None:
        """Least and largest value; None without a clip."""
        return (self._all[0], self._all[-1]) if self._all else None

    def at(self, threshold: float) -> Point:
        """What one threshold does."""
        passed, kept = self._passing(self._all, threshold), self._passing(self._kept, threshold)
        return Point(
            threshold,
            passed,
            kept / passed if passed else None,
            kept / len(self._kept) if self._kept else None,
        )

    def curve(self) -> list[Point]:
        """A point for each measured value, in order; evenly chosen ones where there are more than can be drawn."""
        distinct = sorted(set(self._all))
        if len(distinct) > MOST_POINTS:
            step = (len(distinct) - 1) / (MOST_POINTS - 1)
            distinct = [distinct[round(number * step)] for number in range(MOST_POINTS)]
        return [self.at(value) for value in distinct]

    def best(self) -> Point | None:
        """The threshold of the largest F1; the laxest of several. None where no clip is kept."""
        points = [point for point in self.curve() if point.f1 is not None]
        ordered = points if self._side == "min" else points[::-1]
        return max(ordered, key=lambda point: point.f1 or 0.0, default=None)

    def _passing(self, ordered: list[float], threshold: float) -> int:
        if self._side == "min":
            return len(ordered) - bisect_left(ordered, threshold)
        return bisect_right(ordered, threshold)
