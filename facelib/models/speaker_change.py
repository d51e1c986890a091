"""Whether the voice changes within a stretch of speech, from voice vectors of successive moments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Change:
    """The best place to part speech into two voices.

    Args:
        score: cosine distance (0..2) of the voices before and after.
        first: number of the first vector after it.
    """

    score: float
    first: int


def best_change(vectors: NDArray[np.float32], *, side: int = 2) -> Change | None:
    """Part the vectors into two runs whose means differ most.

    One change is looked for; where two voices take turns, the score falls as their turns mix on both sides.

    Args:
        vectors: (n, dim) in order of time, of length 1.
        side: vectors that each run must have at least.

    Returns:
        The change; None where there are fewer than 2·side vectors.

    Example:
        >>> best_change(np.eye(2, dtype=np.float32)[[0, 0, 0, 1, 1]])
        Change(score=1.0, first=3)
    """
    count = len(vectors)
    if count < 2 * side:
        return None
    sums = np.cumsum(vectors, axis=0, dtype=np.float64)
    places = np.arange(side, count - side + 1)
    before, after = sums[places - 1], sums[-1] - sums[places - 1]
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    scores = 1 - (before * after).sum(axis=1) / np.maximum(lengths, 1e-12)
    best = int(np.argmax(scores))
    return Change(round(float(scores[best]), 6), int(places[best]))
