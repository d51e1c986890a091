"""Train, validation and test sets that share no person."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.distances import unit

BLOCK = 2_000
"""Vectors that are compared with all others at a time, which bounds the memory."""


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
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(vectors)
    if not n:
        return np.zeros(0, np.int64)
    numbers = unit(vectors) if metric == "cosine" else np.asarray(vectors, np.float32)
    squares = (numbers**2).sum(axis=1)
    ones, others = [], []
    for start in range(0, n, BLOCK):
        part = slice(start, start + BLOCK)
        products = numbers[part] @ numbers[start:].T
        if metric == "cosine":
            near = 1 - products < same
        else:
            near = squares[part, None] + squares[None, start:] - 2 * products < same * same
        one, other = np.nonzero(near)
        ones.append(one + start)
        others.append(other + start)
    pairs = (np.concatenate(ones), np.concatenate(others))
    graph = coo_array((np.ones(len(pairs[0]), np.bool_), pairs), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def person_groups(
    clips: Sequence[Mapping[str, Any]], vectors: Mapping[str, Sequence[float]], same: float, metric: str
) -> dict[str, str]:
    """The group of each clip: ``p00000``, ``p00001`` ... in the order of the clips.

    A clip without a vector may show anybody of its video, so it joins the groups of all clips of its video.

    Args:
        clips: rows with ``clip_id`` and ``video_id``.
        vectors: by clip id, of one model.
        same, metric: as in :func:`people`.
    """
    known = [row["clip_id"] for row in clips if row["clip_id"] in vectors]
    labels = people(np.array([vectors[clip] for clip in known], np.float32), same, metric)
    joined = _Groups()
    for clip, label in zip(known, labels, strict=True):
        joined.join(f"clip {clip}", f"person {label}")
    by_video: dict[str, list[str]] = defaultdict(list)
    for row in clips:
        by_video[row["video_id"]].append(row["clip_id"])
    for row in clips:
        if row["clip_id"] not in vectors:
            for other in by_video[row["video_id"]]:
                joined.join(f"clip {row['clip_id']}", f"clip {other}")
    names: dict[str, str] = {}
    return {
        row["clip_id"]: names.setdefault(joined.root(f"clip {row['clip_id']}"), f"p{len(names):05d}") for row in clips
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
