"""How much the look of a clip changes."""

import numpy as np
from numpy.typing import NDArray


def inconsistency(vectors: NDArray[np.float32]) -> float:
    """The largest 1 - cosine over all pairs of vectors (n, d), 0 (all the same) to 2; NaN for fewer than two.

    Facial-scraper's "clip score" is this over a clip's first five frames.

    Example:
        >>> inconsistency(np.array([[1, 0], [0, 2], [1, 1]], "f4"))
        1.0
    """
    if len(vectors) < 2:
        return float("nan")
    unit = vectors.astype(np.float64)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
    return float(1 - (unit @ unit.T)[np.triu_indices(len(unit), 1)].min())
