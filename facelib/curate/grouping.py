"""Groups of faces without persons: so many clusters as fit best, or classes by reference faces."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.curate.cluster_scores import calinski_harabasz, davies_bouldin, silhouette
from facelib.distances import distance
from facelib.errors import SettingsError

OTHER = "other"
"""The class of what is near no reference."""
STARTS = 5
"""Times that a clustering starts anew from other centres; the tightest outcome counts."""
ROUNDS = 100

Vectors = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Clustering:
    """Vectors in ``k`` groups.

    Args:
        k: how many groups.
        labels: (n,) 0 to k - 1, in order of first appearance.
        scores: ``silhouette_score`` (-1..1), ``calinski_harabasz_score`` and ``davies_bouldin_score``; NaN where k is 1
            or as large as n, because groups of one, or one group, have none.
    """

    k: int
    labels: Labels
    scores: dict[str, float]

    @property
    def silhouette(self) -> float:
        """The score that decides; NaN without one."""
        return self.scores["silhouette_score"]


def cluster_numbers(text: str) -> list[int]:
    """The numbers of clusters that a text names: one, a range, or several of these.

    Raises:
        SettingsError: it is nothing of that, or names a number below 1.

    >>> cluster_numbers("5"), cluster_numbers("2-4"), cluster_numbers("2,6-7")
    ([5], [2, 3, 4], [2, 6, 7])
    """
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        numbers = (first, last) if dash else (first, first)
        if not all(number.isascii() and number.isdigit() for number in numbers):
            raise _bad_clusters(text)
        low, high = map(int, numbers)
        if not 1 <= low <= high:
            raise _bad_clusters(text)
        found |= set(range(low, high + 1))
    return sorted(found)


def cluster(vectors: Vectors, numbers: Sequence[int], *, seed: int = 0) -> list[Clustering]:
    """Group vectors by k-means (Lloyd, k-means++ starts), once for each number of clusters.

    Args:
        vectors: (n, dim); of length 1 where the model's metric is ``cosine``.
        numbers: of clusters; those above the number of different vectors are left out.
        seed: other numbers start from other centres.

    Raises:
        SettingsError: there are no vectors (``no_faces``), or fewer than the least number (``too_many_clusters``).

    >>> [found.k for found in cluster(np.array([[0.0, 1], [0, 1.1], [5, 5]]), [2, 3, 4])]
    [2, 3]
    """
    if not len(vectors):
        raise SettingsError("there are no faces to group", reason="no_faces")
    different = len(np.unique(vectors, axis=0))
    possible = sorted(k for k in set(numbers) if k <= different)
    if not possible:
        raise SettingsError(
            f"{different} different faces cannot be put into {min(numbers)} groups",
            hint=f"ask for {different} clusters or fewer",
            reason="too_many_clusters",
        )
    return [_clustering(vectors, k, seed) for k in possible]


def best(clusterings: Sequence[Clustering]) -> Clustering:
    """The one with the highest silhouette, of equals the one with fewest groups; the first where none has one."""
    scored = [found for found in clusterings if not math.isnan(found.silhouette)]
    return max(scored, key=lambda found: (found.silhouette, -found.k)) if scored else clusterings[0]


@dataclass(frozen=True)
class Classified:
    """Vectors in classes.

    Args:
        classes: names, sorted.
        distances: (n, classes) of each vector from the nearest reference of each class.
        assigned: the class of each vector, or ``other``.
    """

    classes: list[str]
    distances: NDArray[np.float64]
    assigned: list[str]


def classify(
    vectors: Vectors, references: Mapping[str, Vectors], *, other: float = 0.9, metric: str = "cosine"
) -> Classified:
    """Give each vector the class of its nearest reference.

    Args:
        vectors: (n, dim).
        references: by class, (m, dim) with m of 1 or more, of the same model.
        other: from this distance on a vector is of no class; below 0 every vector has one.
        metric: as in :func:`facelib.distances.distance`.

    Raises:
        SettingsError: there is no class (``no_references``), one without a reference, or one named ``other``
            (``bad_references``).

    >>> classify(np.array([[1.0, 0.1], [-1.0, 0]]), {"ada": np.array([[0.0, 1.0], [1.0, 0.0]])}).assigned
    ['ada', 'other']
    """
    if not references:
        raise SettingsError("there are no reference faces", reason="no_references")
    empty = sorted(name for name, own in references.items() if not len(own))
    if empty or OTHER in references:
        what = f"the class {empty[0]} has no reference face" if empty else f"no class may be named {OTHER!r}"
        raise SettingsError(what, reason="bad_references")
    classes = sorted(references)
    columns = [
        np.min([distance(vectors, reference, metric) for reference in references[name]], axis=0) for name in classes
    ]
    away = np.stack(columns, axis=1).reshape(len(vectors), len(classes))
    nearest = away.argmin(axis=1)
    assigned = [OTHER if 0 <= other <= row[n] else classes[n] for row, n in zip(away, nearest, strict=True)]
    return Classified(classes, away, assigned)


def _clustering(vectors: Vectors, k: int, seed: int) -> Clustering:
    labels = _in_order(_kmeans(np.asarray(vectors, np.float64), k, seed))
    scored = 1 < k < len(vectors)
    return Clustering(
        k,
        labels,
        {
            "silhouette_score": silhouette(vectors, labels) if scored else math.nan,
            "calinski_harabasz_score": calinski_harabasz(vectors, labels) if scored else math.nan,
            "davies_bouldin_score": davies_bouldin(vectors, labels) if scored else math.nan,
        },
    )


def _kmeans(vectors: NDArray[np.float64], k: int, seed: int) -> Labels:
    """The labels of the tightest of some starts; every label is used."""
    numbers = np.random.default_rng(seed)
    found = [_lloyd(vectors, _centres(vectors, k, numbers)) for _ in range(STARTS)]
    return min(found, key=lambda pair: pair[0])[1]


def _lloyd(vectors: NDArray[np.float64], centres: NDArray[np.float64]) -> tuple[float, Labels]:
    labels, away = np.full(len(vectors), -1), np.zeros(len(vectors))
    for _ in range(ROUNDS):
        every = _squares(vectors, centres)
        now = every.argmin(axis=1)
        away = every[np.arange(len(vectors)), now]
        for missing in np.setdiff1d(np.arange(len(centres)), now):
            # A centre that nobody is nearest to takes the vector that is farthest from its own, of a group of several.
            several = np.bincount(now, minlength=len(centres))[now] > 1
            farthest = int(np.where(several, away, -1).argmax())
            now[farthest], away[farthest] = missing, 0.0
        if (now == labels).all():
            break
        labels = now
        np.copyto(centres, 0)
        np.add.at(centres, labels, vectors)
        centres /= np.bincount(labels)[:, None]
    return float(away.sum()), labels


def _centres(vectors: NDArray[np.float64], k: int, numbers: np.random.Generator) -> NDArray[np.float64]:
    """k-means++ (Arthur and Vassilvitskii 2007): each next centre is drawn by squared distance from those so far."""
    chosen = [int(numbers.integers(len(vectors)))]
    away = _squares(vectors, vectors[chosen])[:, 0]
    while len(chosen) < k:
        away[chosen] = 0
        left = away if away.any() else np.isin(np.arange(len(vectors)), chosen, invert=True).astype(float)
        chosen.append(int(numbers.choice(len(vectors), p=left / left.sum())))
        away = np.minimum(away, _squares(vectors, vectors[chosen[-1:]])[:, 0])
    return vectors[chosen].copy()


def _squares(vectors: NDArray[np.float64], centres: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = (vectors**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)[None]
    return np.asarray(np.maximum(sums - 2 * (vectors @ centres.T), 0))


def _in_order(labels: Labels) -> Labels:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def _bad_clusters(text: str) -> SettingsError:
    hint = "write one such as 5, a range such as 2-9, or several with commas"
    return SettingsError(f"{text!r} is no number of clusters", hint=hint, reason="bad_clusters")
