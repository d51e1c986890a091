"""Which of many hashes are near any of a few: the same as comparing all, or a plain yes where that is dearer."""

import numpy as np
import pytest

from facelib.curate import hamming_few
from facelib.curate.hamming import distances
from facelib.curate.hamming_few import near_any

NUMBERS = np.random.default_rng(4)
MANY = NUMBERS.integers(0, 1 << 64, 5_000, np.uint64)
FEW = np.concatenate([MANY[:30], NUMBERS.integers(0, 1 << 64, 30, np.uint64), MANY[:3]])


def flipped(hashes: np.ndarray, bits: int) -> np.ndarray:
    """The hashes with so many bits of each turned."""
    masks = [sum(1 << int(bit) for bit in NUMBERS.choice(64, bits, replace=False)) for _ in hashes]
    return hashes ^ np.array(masks, np.uint64)


@pytest.mark.parametrize("limit", [-1, 0, 1, 2, 5, 8, 9])
def test_the_same_as_comparing_all(limit: int) -> None:
    many = np.concatenate([MANY, *(flipped(FEW[:20], bits) for bits in (1, 2, 5, 8, 9, 10))])
    wanted = (distances(many[:, None], FEW[None]) <= limit).any(axis=1)
    assert (near_any(FEW, many, limit) == wanted).all()


def test_hashes_that_are_much_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hamming_few, "BLOCK", 100)
    many = np.concatenate([flipped(np.full(3_000, MANY[0]), 9), np.full(500, MANY[0])])
    wanted = (distances(many[:, None], FEW[None]) <= 8).any(axis=1)
    assert wanted.sum() >= 500
    assert (near_any(FEW, many, 8) == wanted).all()


@pytest.mark.parametrize(("few", "limit"), [(2_000, 8), (20, 32)])
def test_where_looking_is_dearer_all_are_to_be_compared(few: int, limit: int) -> None:
    assert near_any(MANY[:few], MANY, limit).all()


def test_nothing() -> None:
    none = np.zeros(0, np.uint64)
    assert not near_any(none, MANY, 8).any() and len(near_any(FEW, none, 8)) == 0
