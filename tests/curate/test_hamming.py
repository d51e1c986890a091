"""Pairs of hashes within a Hamming distance, held against every pair compared."""

from collections.abc import Iterable

import numpy as np
import pytest

from facelib.curate.hamming import Pairs, distances, nearest_earlier, pairs_within
from facelib.curate.hash_parts import Hashes, cheapest

Found = set[tuple[int, int, int]]


def hashes_like(kind: str, n: int = 600) -> Hashes:
    """Hashes with copies and near copies among them."""
    rng = np.random.default_rng(3)
    found = rng.integers(0, 2**64, n, dtype=np.uint64)
    if kind == "few bits":  # most bits are the same in all: tables of them tell little
        found &= np.uint64(0xFF0F00F1000F0101)
    if kind == "one value":
        found[:] = found[0]
    found[n // 6 : n // 3] = found[: n // 6]
    found[n // 2 :] = found[: n - n // 2] ^ (np.uint64(1) << rng.integers(0, 64, n - n // 2, dtype=np.uint64))
    return found


def listed(blocks: Iterable[Pairs]) -> list[tuple[int, int, int]]:
    return [
        pair
        for found in blocks
        for pair in zip(found.one.tolist(), found.other.tolist(), found.distance.tolist(), strict=True)
    ]


def every_pair(one: Hashes, other: Hashes, limit: int) -> Found:
    found = distances(one[:, None], other[None])
    return {(int(i), int(j), int(found[i, j])) for i, j in zip(*np.nonzero(found <= limit), strict=True)}


@pytest.mark.parametrize("kind", ["random", "few bits", "one value"])
@pytest.mark.parametrize("parts", [None, 0, 3, 4, 7])
@pytest.mark.parametrize("limit", [-1, 0, 1, 5, 8])
def test_each_pair_once(kind: str, parts: int | None, limit: int) -> None:
    hashes = hashes_like(kind, 96 if kind == "one value" else 300)
    found = listed(pairs_within(hashes, limit, parts=parts))
    assert len(found) == len(set(found))
    assert set(found) == {pair for pair in every_pair(hashes, hashes, limit) if pair[0] < pair[1]}


@pytest.mark.parametrize("parts", [None, 0, 3, 5])
@pytest.mark.parametrize("limit", [0, 3, 8])
def test_one_set_against_another(parts: int | None, limit: int) -> None:
    hashes = hashes_like("random")
    new, old = hashes[:150], hashes[150:]
    found = listed(pairs_within(new, limit, against=old, parts=parts))
    assert len(found) == len(set(found))
    assert set(found) == every_pair(new, old, limit)
    assert not set(found) or limit > 0 or all(distance == 0 for _, _, distance in found)


def test_threads_find_the_same() -> None:
    hashes = hashes_like("few bits")
    assert sorted(listed(pairs_within(hashes, 4, parts=4, threads=3))) == sorted(listed(pairs_within(hashes, 4)))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few(n: int) -> None:
    hashes = np.zeros(n, np.uint64)
    assert listed(pairs_within(hashes, 64)) == ([(0, 1, 0)] if n == 2 else [])
    assert listed(pairs_within(hashes, 8, against=np.zeros(0, np.uint64))) == []


def test_everything_is_within_64() -> None:
    hashes = hashes_like("random", 42)
    assert len(listed(pairs_within(hashes, 64))) == len(listed(pairs_within(hashes, 99))) == 42 * 41 // 2


def test_blocks_bound_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many equal hashes come in blocks, also where one of them alone has more neighbours than a block."""
    monkeypatch.setattr("facelib.curate.hamming.BLOCK", 64)
    hashes = np.full(200, 7, np.uint64)
    blocks = list(pairs_within(hashes, 0, parts=3))
    assert max(len(block.one) for block in blocks) <= 200
    assert len(set(listed(blocks))) == 200 * 199 // 2


def test_many_are_not_compared_with_all() -> None:
    assert cheapest(100, 100, 8) == 0
    assert cheapest(1_000_000, 1_000_000, 8) in (3, 4)
    assert cheapest(1_000, 1_000_000, 8) != 0
    assert cheapest(1_000_000, 1_000_000, 30) == 0 or cheapest(1_000_000, 1_000_000, 30) > 2


@pytest.mark.parametrize("n", [0, 1, 1300])
def test_nearest_earlier(n: int) -> None:
    hashes = hashes_like("random", 1302)[:n]
    nearest, best = nearest_earlier(hashes)
    for place in range(0, n, 97):
        before = distances(hashes[:place], hashes[place]) if place else np.zeros(0, np.uint8)
        assert nearest[place] == (before.argmin() if place else -1)
        assert best[place] == (before.min() if place else 65)
