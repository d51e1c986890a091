"""Distances between vectors of one model, and what follows from them. Knows neither models nor tables."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.floating[Any]]

MAX_GROUPED = 5_000
"""All distances are held in memory, so grouping is for small collections."""


def distance(one: Vectors, other: Vectors, metric: str) -> NDArray[np.float64]:
    """The distance of vectors, pair by pair.

    Args:
        one, other: (..., dim); shapes that numpy can broadcast.
        metric: ``l2`` is the Euclidean distance, ``cosine`` 1 − the cosine of the angle, 0..2.

    Returns:
        (...) distances.

    >>> float(distance(np.array([3.0, 4.0]), np.array([0.0, 0.0]), "l2"))
    5.0
    >>> float(distance(np.array([2.0, 0.0]), np.array([0.0, 5.0]), "cosine"))
    1.0
    """
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    if metric == "l2":
        return np.asarray(np.linalg.norm(a - b, axis=-1))
    if metric != "cosine":
        raise ValueError(f"metric {metric!r}: l2 or cosine")
    lengths = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return np.asarray(1 - (a * b).sum(axis=-1) / np.maximum(lengths, 1e-12))


def unit(vectors: Vectors) -> NDArray[np.float32]:
    """Vectors (..., dim) scaled to length 1.

    >>> unit(np.array([0.0, 4.0])).tolist()
    [0.0, 1.0]
    """
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def to_mean_of_others(vectors: Vectors, metric: str) -> NDArray[np.float64]:
    """The distance of each vector from the mean of all others.

    Args:
        vectors: (n, dim), n of 2 or more.
        metric: as in :func:`distance`.

    Returns:
        (n,) distances.

    >>> to_mean_of_others(np.array([[0.0], [2.0], [4.0]]), "l2").tolist()
    [3.0, 0.0, 3.0]
    """
    exact = np.asarray(vectors, np.float64)
    others = (exact.sum(axis=0) - exact) / (len(exact) - 1)
    return distance(exact, others, metric)


def group(vectors: Sequence[Sequence[float]] | Vectors, same: float, metric: str = "l2") -> NDArray[np.int64]:
    """Group vectors by average linkage, so that the mean distance between two groups is never below a threshold.

    Args:
        vectors: (n, dim), all of one model.
        same: the distance below which two vectors count as one person.
        metric: as in :func:`distance`.

    Returns:
        (n,) labels 0, 1, 2 ..., in order of first appearance.

    Raises:
        ValueError: more than ``MAX_GROUPED`` vectors.

    >>> group([[0.0, 0.0], [0.1, 0.0], [5.0, 5.0]], 0.6).tolist()
    [0, 0, 1]
    """
    if len(vectors) > MAX_GROUPED:
        raise ValueError(f"{len(vectors)} vectors; they are grouped up to {MAX_GROUPED}")
    if len(vectors) < 2:
        return np.zeros(len(vectors), np.int64)
    from scipy.cluster.hierarchy import fcluster, linkage

    tree = linkage(np.asarray(vectors, np.float64), "average", metric="euclidean" if metric == "l2" else "cosine")
    labels = fcluster(tree, same, criterion="distance")
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    return order[inverse].astype(np.int64)
