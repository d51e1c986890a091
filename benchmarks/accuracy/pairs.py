"""Distances of pairs of vectors of one person and of two."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from facelib.distances import distance
from facelib.models.faces import Floats

HEADINGS = [
    "model",
    "of",
    "threshold",
    "same: n",
    "mean",
    "largest",
    "too far",
    "different: n",
    "mean",
    "smallest",
    "too near",
]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Distances of all pairs of vectors, by whether both are of one person.

    Args:
        same, different: (n,) distances.
        threshold: vectors nearer than this are taken for one person.
        misses: the pairs on the wrong side of it, by name.
    """

    same: Floats
    different: Floats
    threshold: float
    misses: list[str]

    def cells(self) -> list[str]:
        """The cells of a table under :data:`HEADINGS`, but for the first two."""
        far, near = int((self.same >= self.threshold).sum()), int((self.different < self.threshold).sum())
        return [
            f"{self.threshold:g}",
            *(str(len(self.same)), _value(self.same, "mean"), _value(self.same, "max"), _errors(far)),
            *(str(len(self.different)), _value(self.different, "mean"), _value(self.different, "min"), _errors(near)),
        ]


def pairs(labels: Sequence[str], vectors: Floats, threshold: float, metric: str) -> Pairs:
    """Compare every vector with every other.

    Args:
        labels: whose vector it is.
        vectors: (n, dim).
        threshold: see :class:`Pairs`.
        metric: as of :func:`facelib.distances.distance`.
    """
    same: list[float] = []
    different: list[float] = []
    misses: dict[str, int] = {}
    for (one, a), (other, b) in combinations(zip(labels, vectors, strict=True), 2):
        apart = float(distance(a, b, metric))
        (same if one == other else different).append(apart)
        if (apart < threshold) != (one == other):
            name = " and ".join(sorted((one, other)))
            misses[name] = misses.get(name, 0) + 1
    found = [f"{name} ({count})" for name, count in sorted(misses.items())]
    return Pairs(np.array(same, np.float32), np.array(different, np.float32), threshold, found)


def _value(values: Floats, what: str) -> str:
    return f"{getattr(values, what)():.3f}" if len(values) else "–"


def _errors(count: int) -> str:
    return f"**{count}**" if count else "0"
