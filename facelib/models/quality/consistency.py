"""How much the look of a clip changes."""

import numpy as np
from numpy.typing import NDArray

from facelib.distances import distance


def inconsistency(vectors: NDArray[np.float32]) -> float:
    """The largest 1 - cosine over all pairs of vectors (n, d), 0 (all the same) to 2; NaN for fewer than two.

    Facial-scraper's "clip score" is this over a clip's first five frames.

    Example:
        >>> inconsistency(np.array([[1, 0], [0, 2], [1, 1]], "f4"))
        1.0
    """
    if len(vectors) < 2:
        return float("nan")
    first, second = np.triu_indices(len(vectors), 1)
    return float(distance(vectors[first], vectors[second], "cosine").max())
