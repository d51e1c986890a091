"""How 64-bit hashes are divided into parts so that looking up near values of one part after another misses no pair."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

BITS = 64
MAX_PART = 22
"""Bits of the longest part: its table has 2**22 places of 8 bytes."""
_LOOK_UP, _COMPARE, _BRUTE = 3.0, 8.0, 1.2
"""Relative costs of looking up a value, of comparing a pair found so, and of comparing one of two whole blocks."""


@dataclass(frozen=True, eq=False)
class Part:
    """Bits of one part, the radius up to which it is looked at, and the same of the parts before it."""

    bits: NDArray[np.uint64]
    masks: NDArray[np.int64]
    before: tuple[tuple[np.uint64, int], ...]


def divide(hashes: Hashes, limit: int, count: int) -> Iterator[Part]:
    """The parts, with bits that say much dealt out evenly: tables of values that all share find nothing fast."""
    sample = hashes[:: max(1, len(hashes) // 4096)]
    shares = np.array([np.mean((sample >> np.uint64(bit)) & np.uint64(1)) for bit in range(BITS)])
    by_worth = np.argsort(np.abs(shares - 0.5), kind="stable").astype(np.uint64)
    before: list[tuple[np.uint64, int]] = []
    for number, (size, radius) in enumerate(_plan(limit, count)):
        bits = np.sort(by_worth[number::count])
        if radius < 0:
            continue
        chosen = (c for r in range(radius + 1) for c in combinations(range(size), r))
        masks = np.array([sum(1 << bit for bit in bits_) for bits_ in chosen], np.int64)
        yield Part(bits, masks, tuple(before))
        before.append((mask_of(bits), radius))


def _plan(limit: int, count: int) -> list[tuple[int, int]]:
    """Bits and radius of each part; a radius of -1 means that the part need not be looked at."""
    sizes = [len(range(number, BITS, count)) for number in range(count)]
    radii = [(limit + 1) // count - 1 + (number >= count - (limit + 1) % count) for number in range(count)]
    return list(zip(sizes, radii, strict=True))


def cheapest(n: int, m: int, limit: int) -> int:
    """How many parts should take the least time; 0 to compare all pairs."""
    costs = {0: _BRUTE * n * m}
    for count in range(-(-BITS // MAX_PART), 9):
        cost = 0.0
        for size, radius in _plan(limit, count):
            if radius >= 0:
                masks = sum(comb(size, r) for r in range(min(radius, size) + 1))
                cost += masks * (2e4 + n * (_LOOK_UP + _COMPARE * m / 2**size)) + 100 * m + 4 * 2**size
        costs[count] = cost
    return min(costs, key=lambda count: costs[count])


def values_of(hashes: Hashes, bits: NDArray[np.uint64]) -> NDArray[np.int64]:
    """The chosen bits of each hash as a number."""
    values = np.zeros(len(hashes), np.int64)
    octets = np.ascontiguousarray(hashes, "<u8").view(np.uint8).reshape(-1, 8)
    every = np.arange(256)
    for octet in range(8):  # a table for each byte takes an eighth of the passes that single bits take
        table = np.zeros(256, np.int64)
        for place, bit in enumerate(bits.tolist()):
            if bit // 8 == octet:
                table |= ((every >> (bit % 8)) & 1) << place
        if table.any():
            values |= table[octets[:, octet]]
    return values


def mask_of(bits: NDArray[np.uint64]) -> np.uint64:
    """The number in which these bits alone are 1."""
    return np.uint64(sum(1 << int(bit) for bit in bits))
