"""How many people are in a small collection: average-linkage groups of clip vectors."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_CLIPS = 5_000
"""All distances are held in memory, so this is for small collections."""


def group(vectors: Sequence[Sequence[float]], same_person: float) -> NDArray[np.int64]:
    """Group vectors so that the mean distance within a group stays below a threshold.

    Args:
        vectors: (n, d), all of one model whose metric is Euclidean.
        same_person: the distance below which two faces count as one person.

    Returns:
        (n,) labels 0, 1, 2 ..., in order of first appearance.

    Raises:
        ValueError: more than ``MAX_CLIPS`` vectors.

    >>> group([[0.0, 0.0], [0.1, 0.0], [5.0, 5.0]], 0.6).tolist()
    [0, 0, 1]
    """
    if len(vectors) > MAX_CLIPS:
        raise ValueError(f"{len(vectors)} clips; people are counted up to {MAX_CLIPS}")
    if len(vectors) < 2:
        return np.zeros(len(vectors), np.int64)
    from scipy.cluster.hierarchy import fcluster, linkage

    labels = fcluster(linkage(np.asarray(vectors), "average"), same_person, criterion="distance")
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    return order[inverse].astype(np.int64)
