"""How good a grouping is: against labels that are known, or by itself from the vectors.

The three scores without labels follow Rousseeuw 1987 (silhouette), Caliński and Harabasz 1974, and Davies and Bouldin
1979, with Euclidean distances.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 1_000
"""Vectors whose distances to all others are held at a time, which bounds the memory."""
Vectors = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]


def silhouette(vectors: Vectors, labels: Labels) -> float:
    """The mean silhouette of all vectors, -1 (wrong) to 1 (clear).

    Args:
        vectors: (n, dim).
        labels: (n,) 0 to k - 1, each of them used; k is 2 to n - 1.

    >>> round(silhouette(np.array([[0.0], [1.0], [10.0], [11.0]]), np.array([0, 0, 1, 1])), 4)
    0.8997
    """
    sizes = np.bincount(labels)
    members = np.eye(len(sizes))[labels]
    values = np.zeros(len(vectors))
    squares = (vectors.astype(np.float64) ** 2).sum(axis=1)
    for start in range(0, len(vectors), BLOCK):
        part = slice(start, start + BLOCK)
        products = vectors[part].astype(np.float64) @ vectors.T.astype(np.float64)
        away = np.sqrt(np.maximum(squares[part, None] + squares[None] - 2 * products, 0))
        rows = np.arange(len(away))
        away[rows, rows + start] = 0
        sums, own = away @ members, labels[part]
        inside = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
        means = sums / sizes
        means[rows, own] = np.inf
        outside = means.min(axis=1)
        scores = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-12)
        values[part] = np.where(sizes[own] > 1, scores, 0)
    return float(values.mean())


def calinski_harabasz(vectors: Vectors, labels: Labels) -> float:
    """Spread between the groups over the spread in them; the higher the better.

    >>> calinski_harabasz(np.array([[0.0], [1.0], [10.0], [11.0]]), np.array([0, 0, 1, 1]))
    200.0
    """
    centres, sizes = _centres(vectors, labels)
    between = (sizes * ((centres - vectors.mean(axis=0)) ** 2).sum(axis=1)).sum()
    within = ((vectors - centres[labels]) ** 2).sum()
    return float(between * (len(vectors) - len(sizes)) / (within * (len(sizes) - 1))) if within > 0 else 1.0


def davies_bouldin(vectors: Vectors, labels: Labels) -> float:
    """Mean over the groups of how near the most similar other one is for its size; the lower the better.

    >>> davies_bouldin(np.array([[0.0], [1.0], [10.0], [11.0]]), np.array([0, 0, 1, 1]))
    0.1
    """
    centres, sizes = _centres(vectors, labels)
    away = np.linalg.norm(vectors - centres[labels], axis=1)
    spread = np.bincount(labels, weights=away) / sizes
    between = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    np.fill_diagonal(between, np.inf)
    if np.allclose(spread, 0) or np.allclose(between[np.isfinite(between)], 0):
        return 0.0
    return float(((spread[:, None] + spread[None]) / np.maximum(between, 1e-12)).max(axis=1).mean())


def purity(found: Iterable[str], truth: Iterable[str]) -> float:
    """The share of clips whose person is mostly of their true label; clips that wait (empty) are left out.

    >>> purity(["a", "a", "a", "b", ""], ["x", "x", "y", "y", "y"])
    0.75
    """
    return _matched([(f, t) for f, t in zip(found, truth, strict=True) if f])


def completeness(found: Iterable[str], truth: Iterable[str]) -> float:
    """The share of clips that are in the person that holds most of their true label; each that waits is alone.

    >>> completeness(["a", "a", "a", "b", ""], ["x", "x", "y", "y", "y"])
    0.6
    """
    alone = (f or f"\0{number}" for number, f in enumerate(found))
    return _matched([(t, f) for f, t in zip(alone, truth, strict=True)])


def rand_index(found: Iterable[str], truth: Iterable[str]) -> float:
    """The share of pairs that both groupings treat alike, together or apart (Rand 1971), 0..1.

    >>> rand_index(["a", "a", "b"], ["x", "x", "y"]), rand_index(["a", "a", "b", "b"], ["x", "x", "x", "y"])
    (1.0, 0.5)
    """
    pairs = list(zip(found, truth, strict=True))
    both, one, other = (
        sum(n * (n - 1) for n in Counter(items).values())
        for items in (pairs, (f for f, _ in pairs), (t for _, t in pairs))
    )
    every = len(pairs) * (len(pairs) - 1)
    return 1 - (one + other - 2 * both) / every if every else 1.0


def matched_accuracy(found: Iterable[str], truth: Iterable[str]) -> float:
    """The share of items that are right when each group is given the label that makes most of all right, 0..1.

    >>> matched_accuracy(["0", "0", "0", "1"], ["x", "x", "y", "y"])
    0.75
    """
    from scipy.optimize import linear_sum_assignment

    pairs = list(zip(found, truth, strict=True))
    groups, labels = sorted({f for f, _ in pairs}), sorted({t for _, t in pairs})
    counts = np.zeros((len(groups), len(labels)), np.int64)
    for f, t in pairs:
        counts[groups.index(f), labels.index(t)] += 1
    rows, columns = linear_sum_assignment(-counts)
    return float(counts[rows, columns].sum() / len(pairs)) if pairs else 1.0


def _matched(pairs: Collection[tuple[str, str]]) -> float:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for group, label in pairs:
        counts[group][label] += 1
    return sum(max(labels.values()) for labels in counts.values()) / len(pairs) if pairs else 1.0


def _centres(vectors: Vectors, labels: Labels) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    sizes = np.bincount(labels)
    sums = np.zeros((len(sizes), vectors.shape[1]))
    np.add.at(sums, labels, vectors)
    return sums / sizes[:, None], sizes
