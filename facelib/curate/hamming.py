"""All pairs of 64-bit hashes within a Hamming distance: exact, in bounded memory, and far from every pair compared.

Multi-index hashing (Norouzi, Punjani, Fleet, "Fast exact search in Hamming space with multi-index hashing", 2014): the
64 bits are divided into m parts. Radii r1..rm with r1 + ... + rm + m = limit + 1 leave no pair out: if every part
differed by more than its radius, all 64 bits would differ by more than the limit. So it is enough to look, part by
part, at the values that differ by up to the radius. What is found is counted in full, and reported by the first part
that finds it, so each pair comes once without remembering any.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facelib.curate.hash_parts import BITS, Hashes, Part, cheapest, divide, mask_of, values_of

BLOCK = 1 << 21
"""Pairs that are compared at a time, in each thread."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of hashes by their places in the arrays given.

    Args:
        one: (n,) int64, places in the hashes asked about.
        other: (n,) int64, places in the hashes they are held against; above ``one`` where a set is held against itself.
        distance: (n,) uint8, bits that differ.
    """

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    distance: NDArray[np.uint8]


def pairs_within(
    hashes: Hashes, limit: int, *, against: Hashes | None = None, threads: int = 1, parts: int | None = None
) -> Iterator[Pairs]:
    """Every pair within a distance, each once, in blocks; the order of the blocks says nothing.

    Args:
        hashes: (n,) uint64.
        limit: largest number of bits that may differ, 0..64; below 0 there are no pairs.
        against: (m,) uint64 that they are held against; by default each pair within ``hashes`` is looked at.
        threads: parts of the work that run at once.
        parts: how many parts the bits are divided into; 0 compares all pairs, None takes what should be fastest.

    Memory beside the input is about 24 bytes a hash, 40 MB for the table of a part and 100 MB a thread, whatever is
    found. Equal hashes are pairs as any other, and their number is that of the output: where many are expected, give
    each value once (:func:`numpy.unique`).

    >>> [found] = pairs_within(np.array([0b0, 0b111, 0b1111], np.uint64), 3)
    >>> [row.tolist() for row in (found.one, found.other, found.distance)]
    [[0, 1], [1, 2], [3, 1]]
    """
    ours = np.ascontiguousarray(hashes, np.uint64)
    theirs = ours if against is None else np.ascontiguousarray(against, np.uint64)
    if limit < 0 or not len(ours) or not len(theirs):
        return
    count = cheapest(len(ours), len(theirs), limit) if parts is None else parts
    if not count:
        yield from _all(ours, theirs, min(limit, BITS), itself=against is None)
        return
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for part in divide(theirs, limit, count):
            table = _Table(ours, theirs, part, limit, itself=against is None)
            step = max(1, threads) * 4
            for start in range(0, len(part.masks), step):
                for found in pool.map(table.look_up, part.masks[start : start + step]):
                    yield from found


def distances(one: Hashes, other: Hashes) -> NDArray[np.uint8]:
    """The number of bits in which hashes differ, for arrays that numpy can broadcast.

    >>> distances(np.array([0b101, 0], np.uint64), np.uint64(0b110)).tolist()
    [2, 2]
    """
    return np.bitwise_count(np.bitwise_xor(one, other))


def nearest_earlier(hashes: Hashes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each hash the nearest one before it, the first of equals, and the distance; -1 and 65 for the first.

    Every pair is compared: for lists that show the nearest one also where it is far.

    >>> [found.tolist() for found in nearest_earlier(np.array([0, 1, 0], np.uint64))]
    [[-1, 0, 0], [65, 1, 0]]
    """
    n = len(hashes)
    nearest, best = np.full(n, -1, np.int64), np.full(n, BITS + 1, np.int64)
    columns = max(1, BLOCK // max(1, min(n, 1024)))
    for top in range(0, n, 1024):
        rows = slice(top, min(n, top + 1024))
        for left in range(0, rows.stop, columns):
            right = min(rows.stop, left + columns)
            found = distances(hashes[rows, None], hashes[None, left:right])
            if right > top:  # only what comes before each
                later = np.arange(left, right)[None, :] >= np.arange(rows.start, rows.stop)[:, None]
                found[later] = BITS + 1
            place = found.argmin(axis=1)
            value = found[np.arange(len(found)), place].astype(np.int64)
            better = value < best[rows]
            nearest[rows] = np.where(better, place + left, nearest[rows])
            best[rows] = np.where(better, value, best[rows])
    return nearest, best


class _Table:
    """The hashes sorted by their value in one part, and where each value begins."""

    def __init__(self, ours: Hashes, theirs: Hashes, part: Part, limit: int, *, itself: bool) -> None:
        values = values_of(theirs, part.bits)
        self._order = np.argsort(values, kind="stable")
        self._sorted = theirs[self._order]
        self._starts = np.zeros((1 << len(part.bits)) + 1, np.int64)
        np.cumsum(np.bincount(values, minlength=len(self._starts) - 1), out=self._starts[1:])
        self._part, self._limit, self._itself = part, limit, itself
        if itself:
            self._asking, self._asked_order, self._values = self._sorted, self._order, values[self._order]
        else:
            values = values_of(ours, part.bits)
            self._asked_order = np.argsort(values, kind="stable")
            self._asking, self._values = ours[self._asked_order], values[self._asked_order]

    def look_up(self, mask: int) -> list[Pairs]:
        """The pairs whose values of this part differ exactly in the bits of a mask."""
        wanted = self._values ^ mask
        if self._itself and mask:  # each such pair is met from both sides; one is enough
            asking = np.flatnonzero(wanted > self._values)
            wanted = wanted[asking]
        else:
            asking = np.arange(len(wanted))
        first = self._starts[wanted]
        counts = self._starts[wanted + 1] - first
        hit = np.flatnonzero(counts)
        asking, first, counts = asking[hit], first[hit], counts[hit]
        found, ends = [], np.cumsum(counts)
        done = start = 0
        while start < len(counts):
            stop = max(start + 1, int(np.searchsorted(ends, done + BLOCK, side="right")))
            rows = slice(start, stop)
            if counts[start] > BLOCK:  # one hash with more neighbours than a block
                for shift in range(0, int(counts[start]), BLOCK):
                    size = np.array([min(BLOCK, int(counts[start]) - shift)])
                    found.append(self._compare(asking[rows], first[rows] + shift, size))
            else:
                found.append(self._compare(asking[rows], first[rows], counts[rows]))
            start, done = stop, int(ends[stop - 1])
        return [pairs for pairs in found if len(pairs.one)]

    def _compare(self, asking: NDArray[np.int64], first: NDArray[np.int64], counts: NDArray[np.int64]) -> Pairs:
        one = np.repeat(asking, counts)
        begin = np.cumsum(counts) - counts
        other = np.arange(len(one)) + np.repeat(first - begin, counts)
        differ = np.bitwise_xor(self._asking[one], self._sorted[other])
        distance = np.bitwise_count(differ)
        near = np.flatnonzero(distance <= self._limit)
        one, other, differ, distance = one[near], other[near], differ[near], distance[near]
        for bits, radius in self._part.before:
            fresh = np.flatnonzero(np.bitwise_count(differ & bits) > radius)
            one, other, differ, distance = one[fresh], other[fresh], differ[fresh], distance[fresh]
        one, other = self._asked_order[one], self._order[other]
        if not self._itself:
            return Pairs(one, other, distance)
        keep = one < other if self._same_value(differ) else np.ones(len(one), np.bool_)
        one, other, distance = one[keep], other[keep], distance[keep]
        return Pairs(np.minimum(one, other), np.maximum(one, other), distance)

    def _same_value(self, differ: Hashes) -> bool:
        """Whether these pairs have equal values in this part, so that each was met from both sides, and with itself."""
        return bool(len(differ)) and not np.any(differ[:1] & mask_of(self._part.bits))


def _all(ours: Hashes, theirs: Hashes, limit: int, *, itself: bool) -> Iterator[Pairs]:
    """Compare every pair, block by block."""
    rows = max(1, min(len(ours), 256))
    columns = BLOCK // rows
    for top in range(0, len(ours), rows):
        for left in range(top if itself else 0, len(theirs), columns):
            found = distances(ours[top : top + rows, None], theirs[None, left : left + columns])
            one, other = np.nonzero(found <= limit)
            distance = found[one, other]
            one, other = one + top, other + left
            if itself:
                later = other > one
                one, other, distance = one[later], other[later], distance[later]
            if len(one):
                yield Pairs(one, other, distance)
