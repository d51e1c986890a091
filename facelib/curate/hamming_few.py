"""Which of many hashes are near any of a few: one pass over the many, and no table of them.

The parts and radii are those of :mod:`facelib.curate.hamming`. There the values of the many are sorted and those of the
few looked up; here every value that is near one of the few is marked, and the many are held against the marks.
"""

import numpy as np
from numpy.typing import NDArray

from facelib.curate.hamming import BLOCK
from facelib.curate.hash_parts import Hashes, Part, divide, values_of

PARTS = 3
MOST = 1 << 23
"""Values that are marked at most in a part, and 24 bytes for each; more take comparing in other ways."""


def near_any(few: Hashes, many: Hashes, limit: int) -> NDArray[np.bool_]:
    """Which of many hashes differ from at least one of a few by no more than a limit.

    Args:
        few: (n,) uint64.
        many: (m,) uint64.
        limit: largest number of bits that may differ; below 0 none are near.

    Returns:
        (m,) exact where the few are few; all true where looking would take longer than comparing, which is when the few
        are a quarter of the many, or the limit is wide.

    >>> near_any(np.array([0b111], np.uint64), np.arange(16, dtype=np.uint64), 1).nonzero()[0].tolist()
    [3, 5, 6, 7, 15]
    """
    few, many = np.unique(np.asarray(few, np.uint64)), np.ascontiguousarray(many, np.uint64)
    near = np.zeros(len(many), np.bool_)
    if limit < 0 or not len(few) or not len(many):
        return near
    parts = list(divide(many, limit, PARTS))
    if 4 * len(few) > len(many) > 1000 or len(few) * max(len(part.masks) for part in parts) > MOST:
        return np.ones(len(many), np.bool_)
    for part in parts:
        _mark(few, many, part, limit, near)
    return near


def _mark(few: Hashes, many: Hashes, part: Part, limit: int, near: NDArray[np.bool_]) -> None:
    """Mark what is near by the values of one part."""
    wanted = (values_of(few, part.bits)[:, None] ^ part.masks[None]).ravel()
    order = np.argsort(wanted, kind="stable")
    sorted_, asking = wanted[order], order // len(part.masks)
    marked = np.zeros(1 << len(part.bits), np.bool_)
    marked[wanted] = True
    values = values_of(many, part.bits)
    rows = np.flatnonzero(marked[values] & ~near)
    first = np.searchsorted(sorted_, values[rows])
    counts = np.searchsorted(sorted_, values[rows], side="right") - first
    ends = np.cumsum(counts)
    done = start = 0
    while start < len(rows):
        stop = max(start + 1, int(np.searchsorted(ends, done + BLOCK, side="right")))
        some = counts[start:stop]
        places = np.arange(int(some.sum())) + np.repeat(first[start:stop] - (np.cumsum(some) - some), some)
        other = np.repeat(rows[start:stop], some)
        alike = np.bitwise_count(few[asking[places]] ^ many[other]) <= limit
        near[other[alike]] = True
        start, done = stop, int(ends[stop - 1])
