"""The rules of video-to-faces for duplicates: like one of the last five kept, or like any earlier item, kept or not."""

from collections import deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facelib.curate.hamming import distances, nearest_earlier, pairs_within
from facelib.curate.hash_parts import BITS, Hashes
from facelib.distances import unit

LAST_KEPT = 5
BLOCK = 1000


@dataclass(frozen=True, eq=False)
class Judged:
    """Items in their order.

    Args:
        nearest: (n,) int64 place of the nearest item looked at; -1 where there was none.
        difference: (n,) float64 how far it is; NaN without one.
        duplicate: (n,) bool.
    """

    nearest: NDArray[np.int64]
    difference: NDArray[np.float64]
    duplicate: NDArray[np.bool_]


def like_last_kept(hashes: Hashes, videos: Sequence[Hashable], limit: int, last: int = LAST_KEPT) -> Judged:
    """Stage 1: against the last five kept items of the same video, in order.

    Args:
        hashes: (n,) uint64, the items of a video one after another.
        videos: the video of each.
        limit: most bits that differ; below 0 nothing is a duplicate.
        last: number of kept items that each is held against.

    >>> like_last_kept(np.array([0, 1, 255, 0], np.uint64), "aaab", 1).duplicate.tolist()
    [False, True, False, False]
    """
    n = len(hashes)
    nearest, difference = np.full(n, -1, np.int64), np.full(n, np.nan)
    duplicate = np.zeros(n, np.bool_)
    kept: dict[Hashable, deque[int]] = {}
    for place in range(n):
        recent = kept.setdefault(videos[place], deque(maxlen=last))
        if recent:
            found = distances(hashes[list(recent)], hashes[place])
            nearest[place], difference[place] = recent[int(found.argmin())], found.min()
            duplicate[place] = difference[place] <= limit
        if not duplicate[place]:
            recent.append(place)
    return Judged(nearest, difference, duplicate)


def like_earlier(hashes: Hashes, limit: int, *, all_nearest: bool = False, threads: int = 1) -> Judged:
    """Stage 2: against all earlier items; those that are duplicates themselves count, so chains collapse.

    Args:
        hashes: (n,) uint64.
        limit: most bits that differ; below 0 nothing is a duplicate.
        all_nearest: also find the nearest item where it is farther than the limit; that compares every pair.
        threads: that search at once.

    >>> like_earlier(np.array([0b0, 0b11, 0b1111, 0b111111], np.uint64), 2).duplicate.tolist()
    [False, True, True, True]
    """
    n = len(hashes)
    if all_nearest:
        nearest, found = nearest_earlier(hashes)
        difference = np.where(nearest < 0, np.nan, found)
        return Judged(nearest, difference, (nearest >= 0) & (found <= limit))
    values, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    best = np.full(n, (BITS + 1) * n, np.int64)  # distance and place in one number: the nearest, then the first
    again = first[inverse] < np.arange(n)
    if limit >= 0:
        best[again] = first[inverse][again]
    order = np.argsort(inverse, kind="stable")
    ends = np.searchsorted(inverse[order], np.arange(len(values) + 1))
    for pairs in pairs_within(values, limit, threads=threads):
        for one, other, distance in (
            (pairs.one, pairs.other, pairs.distance),
            (pairs.other, pairs.one, pairs.distance),
        ):
            rank = distance.astype(np.int64) * n + first[other]
            single = ends[one + 1] - ends[one] == 1
            items = first[one]
            later = single & (first[other] < items)
            np.minimum.at(best, items[later], rank[later])
            for place in np.flatnonzero(~single):
                group = order[ends[one[place]] : ends[one[place] + 1]]
                group = group[group > first[other[place]]]
                best[group] = np.minimum(best[group], rank[place])
    found_any = best < (BITS + 1) * n
    nearest = np.where(found_any, best % max(n, 1), -1)
    return Judged(nearest, np.where(found_any, best // max(n, 1), np.nan), found_any)


def near_earlier(vectors: NDArray[np.floating], limit: float, metric: str) -> Judged:
    """Stage 3: face vectors against all earlier ones, by the rule of :func:`like_earlier`.

    Args:
        vectors: (n, dim), of one model.
        limit: largest distance of a duplicate; below 0 nothing is one.
        metric: ``l2`` or ``cosine``, see :func:`facelib.distances.distance`.

    >>> near_earlier(np.array([[0.0, 1], [0, 2], [1, 0]]), 0.25, "cosine").duplicate.tolist()
    [False, True, False]
    """
    n = len(vectors)
    numbers = unit(vectors) if metric == "cosine" else np.asarray(vectors, np.float32)
    squares = (numbers**2).sum(axis=1)
    nearest, difference = np.full(n, -1, np.int64), np.full(n, np.nan)
    for top in range(0, n, BLOCK):
        rows = np.arange(top, min(n, top + BLOCK))
        products = numbers[rows] @ numbers[: rows[-1] + 1].T
        if metric == "cosine":
            found = 1 - products
        else:
            found = np.sqrt(np.maximum(squares[rows, None] + squares[None, : rows[-1] + 1] - 2 * products, 0))
        found[np.arange(rows[-1] + 1)[None, :] >= rows[:, None]] = np.inf
        place = found.argmin(axis=1)
        value = found[np.arange(len(rows)), place]
        known = np.isfinite(value)
        nearest[rows[known]], difference[rows[known]] = place[known], value[known]
    return Judged(nearest, difference, np.nan_to_num(difference, nan=np.inf) <= limit)


@dataclass(frozen=True, eq=False)
class Stage:
    """One of the three stages.

    Args:
        number: 1, 2 or 3.
        items: (m,) int64 places, among all items, of those that came to it; ``judged`` counts in these.
        judged: what it found.
    """

    number: int
    items: NDArray[np.int64]
    judged: Judged


def three_stages(
    ids: Sequence[str],
    videos: Sequence[Hashable],
    hashes: Hashes,
    limit: int,
    vectors: Callable[[Sequence[str]], Mapping[str, NDArray[np.float32]]],
    near: float,
    metric: str,
    *,
    all_nearest: bool = False,
) -> list[Stage]:
    """All three stages, each on what the one before left.

    Args:
        ids: of the items, in order.
        videos: of each, the items of a video one after another.
        hashes: (n,) uint64 of each.
        limit: most bits that differ in stages 1 and 2; below 0 they are left out.
        vectors: gives the vectors of some items; those without one are not judged in stage 3.
        near: largest distance in stage 3; below 0 it is left out.
        metric: of the vectors.
        all_nearest: see :func:`like_earlier`.
    """
    left = np.arange(len(ids))
    stages: list[Stage] = []
    if limit >= 0:
        stages.append(Stage(1, left, like_last_kept(hashes, videos, limit)))
        left = left[~stages[-1].judged.duplicate]
        stages.append(Stage(2, left, like_earlier(hashes[left], limit, all_nearest=all_nearest)))
        left = left[~stages[-1].judged.duplicate]
    if near >= 0:
        known = vectors([ids[place] for place in left.tolist()])
        places = [place for place in left.tolist() if ids[place] in known]
        numbers = np.stack([known[ids[place]] for place in places]) if places else np.zeros((0, 1), np.float32)
        stages.append(Stage(3, np.array(places, np.int64), near_earlier(numbers, near, metric)))
    return stages
