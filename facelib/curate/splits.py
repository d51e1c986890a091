"""Train, validation and test sets that share no person."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.distances import unit

BLOCK = 1_000
"""Vectors that are compared with as many others at a time, which bounds the memory to about 100 MB."""


def people(vectors: NDArray[np.floating[Any]], same: float, metric: str) -> NDArray[np.int64]:
    """Put vectors into groups, so that no two that are nearer than a threshold are in two groups.

    Groups are connected: two people who look alike, or one clip of both, make one group of them. That is the side to
    err on where a person must never be in two sets; it is no answer to who is who.

    Args:
        vectors: (n, dim), all of one model.
        same: distance below which two vectors may be one person.
        metric: of the distance: ``l2`` or ``cosine``, see :func:`facelib.distances.distance`.

    Returns:
        (n,) labels 0, 1, 2 ..., in order of first appearance.

    >>> people(np.array([[0.0, 0], [0.5, 0], [1.0, 0], [9.0, 9]]), 0.6, "l2").tolist()
    [0, 0, 0, 1]
    """
    n = len(vectors)
    if not n:
        return np.zeros(0, np.int64)
    numbers = unit(vectors) if metric == "cosine" else np.asarray(vectors, np.float32)
    squares = (numbers**2).sum(axis=1)
    labels = np.arange(n)
    for start in range(0, n, BLOCK):
        one = slice(start, start + BLOCK)
        for other in (slice(begin, begin + BLOCK) for begin in range(start, n, BLOCK)):
            products = numbers[one] @ numbers[other].T
            if metric == "cosine":
                near = 1 - products < same
            else:
                near = squares[one, None] + squares[None, other] - 2 * products < same * same
            labels = _joined(labels, near, start, other.start)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def _joined(labels: NDArray[np.int64], near: NDArray[np.bool_], start: int, begin: int) -> NDArray[np.int64]:
    """Labels after all that is near was joined, each group under the lowest label in it.

    Args:
        labels: (n,) of all vectors.
        near: (k, m) whether vector ``start + i`` and vector ``begin + j`` are one group's.
        start, begin: where the rows and the columns lie among all vectors.
    """
    k, m = near.shape
    ones, others = np.nonzero(near)
    nodes = np.concatenate([np.arange(start, start + k), np.arange(begin, begin + m)])
    parts = _components(ones, others + k, k + m)
    # Each vector of the block with the first of its part: as few pairs as say the same.
    _, first = np.unique(parts, return_index=True)
    names, numbers = np.unique(labels[np.concatenate([nodes, nodes[first[parts]]])], return_inverse=True)
    wholes = _components(numbers[: k + m], numbers[k + m :], len(names))
    lowest = np.full(len(names), len(labels))
    np.minimum.at(lowest, wholes, names)
    moved = np.arange(len(labels))
    moved[names] = lowest[wholes]
    return moved[labels]


def _components(ones: NDArray[np.int64], others: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(ones), np.bool_), (ones, others)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def person_labels(
    clip_ids: Sequence[str], vectors: NDArray[np.floating[Any]], same: float, metric: str
) -> dict[str, str]:
    """The people of clips by their face vectors: ``p00000``, ``p00001`` ... in the order of the clips.

    Args:
        clip_ids: the clips that have a vector.
        vectors: (n, dim), theirs.
        same, metric: as in :func:`people`.
    """
    return {clip: f"p{label:05d}" for clip, label in zip(clip_ids, people(vectors, same, metric).tolist(), strict=True)}


def person_groups(clips: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> dict[str, str]:
    """What must be in one split, by clip: ``g00000``, ``g00001`` ... in the order of the clips.

    A clip without a label may show anybody of its video, so it joins the people of all clips of its video. A group is
    therefore no person, but nobody is in two groups.

    Args:
        clips: rows with ``clip_id`` and ``video_id``.
        labels: of :func:`person_labels`.
    """
    unknown = {row["video_id"] for row in clips if row["clip_id"] not in labels}
    joined = _Groups()
    for row in clips:
        clip = f"clip {row['clip_id']}"
        if row["clip_id"] in labels:
            joined.join(clip, f"person {labels[row['clip_id']]}")
        if row["video_id"] in unknown:
            joined.join(clip, f"video {row['video_id']}")
    names: dict[str, str] = {}
    return {
        row["clip_id"]: names.setdefault(joined.root(f"clip {row['clip_id']}"), f"g{len(names):05d}") for row in clips
    }


def split_groups(seconds: Mapping[str, float], shares: Mapping[str, float], seed: int) -> dict[str, str]:
    """Give every group to one split, so that the splits come near their shares.

    The longest group goes first, each to the split that lacks most of its share; equal ones in an order by the seed.

    Args:
        seconds: length of each group, s.
        shares: of each split, 0..1, adding up to 1.
        seed: other numbers give other sets.

    >>> split_groups({"a": 80.0, "b": 10.0, "c": 10.0}, {"train": 0.8, "val": 0.1, "test": 0.1}, 0)["a"]
    'train'
    """
    total = sum(seconds.values())
    lacking = {name: share * total for name, share in shares.items()}
    order = sorted(seconds, key=lambda group: (-seconds[group], hashlib.sha256(f"{seed}\0{group}".encode()).digest()))
    given = {}
    for group in order:
        name = max((split for split in lacking if shares[split] > 0), key=lambda split: lacking[split])
        given[group] = name
        lacking[name] -= seconds[group]
    return given


class _Groups:
    """Sets that are joined pair by pair."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, name: str) -> str:
        self._parent.setdefault(name, name)
        while self._parent[name] != name:
            self._parent[name] = self._parent[self._parent[name]]
            name = self._parent[name]
        return name

    def join(self, one: str, other: str) -> None:
        self._parent[self.root(one)] = self.root(other)
