"""Fingerprints of sound held against each other, many pairs of clips at a time; see `facelib.curate.sound_match`.

For each pair it gives what `likely_shifts` and then `match` give, without a Python loop over the pairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facelib.curate.sound_match import Words

Integers = NDArray[np.int64]

MOST = 3
"""Shifts that are looked at for each pair, each with its two neighbours."""
WORDS = 1_000_000
"""Words that are compared at a time; bounds the memory (about 60 MB)."""
_SPAN = 1 << 32
"""More than any two shifts differ, so that pair and shift make one number."""


@dataclass(frozen=True)
class PairMatches:
    """Where the two fingerprints of some pairs fit best; pairs that share too little are left out.

    Args:
        pair: (k,) which pair, ascending.
        shift: (k,) word n of the one stands beside word n + shift of the other, steps.
        error: (k,) share of bits that differ there, 0..1.
    """

    pair: Integers
    shift: Integers
    error: NDArray[np.float64]


def match_pairs(
    prints: Sequence[Words],
    ones: Integers,
    others: Integers,
    pair: Integers,
    shifts: Integers,
    votes: Integers,
    *,
    least: int,
) -> PairMatches:
    """Hold fingerprints against each other where entries of them agree.

    Args:
        prints: of each clip.
        ones, others: (pairs,) places of the two clips of each pair in ``prints``.
        pair: (n,) a pair, and
        shifts: (n,) a shift at which entries of its two clips agree, steps; each with a pair once.
        votes: (n,) how many entries do.
        least: fewest words that must be compared, other than silence in both.

    >>> sound = np.arange(1, 40, dtype=np.uint16) * np.uint16(1657)
    >>> zero = np.zeros(1, np.int64)
    >>> match_pairs([sound[5:], sound], zero, zero + 1, zero, zero + 5, zero + 1, least=8)
    PairMatches(pair=array([0]), shift=array([5]), error=array([0.]))
    """
    pair, shift = _candidates(*_likely(pair, shifts, votes))
    lengths = np.array([len(words) for words in prints], np.int64)
    begin = np.maximum(0, -shift)
    count = np.minimum(lengths[ones[pair]], lengths[others[pair]] - shift) - begin
    long = count >= least
    pair, shift, begin, count = pair[long], shift[long], begin[long], count[long]
    flat = np.concatenate([*prints, np.zeros(0, np.uint16)])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    wrong, heard = _compare(flat, starts[ones[pair]] + begin, starts[others[pair]] + begin + shift, count)
    loud = heard >= least
    pair, shift, wrong, heard = pair[loud], shift[loud], wrong[loud], heard[loud]
    error = wrong / (16 * heard)
    order = np.lexsort((shift, np.abs(shift), -heard, error, pair))
    best = order[_first(pair[order])]
    return PairMatches(pair[best], shift[best], error[best])


def _likely(pair: Integers, shifts: Integers, counts: Integers) -> tuple[Integers, Integers]:
    """The shifts of each pair that most entries agree on, counted with their neighbours."""
    keys = pair * _SPAN + shifts + _SPAN // 2
    order = np.argsort(keys)
    keys, counts = keys[order], counts[order]
    votes = counts.astype(np.float64)
    beside = np.diff(keys) == 1
    votes[1:] += np.where(beside, counts[:-1], 0) / 2
    votes[:-1] += np.where(beside, counts[1:], 0) / 2
    pair, shift = keys // _SPAN, keys % _SPAN - _SPAN // 2
    order = np.lexsort((shift, np.abs(shift), -votes, pair))
    pair, shift = pair[order], shift[order]
    first = np.flatnonzero(_first(pair))
    rank = np.arange(len(pair)) - np.repeat(first, np.diff(np.append(first, len(pair))))
    return pair[rank < MOST], shift[rank < MOST]


def _candidates(pair: Integers, shift: Integers) -> tuple[Integers, Integers]:
    """Each shift with its two neighbours, once."""
    near = (pair * _SPAN + shift + _SPAN // 2)[:, None] + np.array([-1, 0, 1])
    keys = np.unique(near)
    return keys // _SPAN, keys % _SPAN - _SPAN // 2


def _compare(flat: Words, one: Integers, other: Integers, count: Integers) -> tuple[Integers, Integers]:
    """Bits that differ, and words that are not silence in both, of stretches of words beside each other."""
    wrong, heard = np.zeros(len(count), np.int64), count.copy()
    some_silence = not flat.all()
    ends = np.cumsum(count)
    begin = 0
    while begin < len(count):
        done = int(ends[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, done + WORDS, side="right")))
        mine = count[begin:end]
        first = np.concatenate([[0], np.cumsum(mine)[:-1]])
        at = np.arange(int(mine.sum()))
        ours = flat[np.repeat(one[begin:end] - first, mine) + at]
        theirs = flat[np.repeat(other[begin:end] - first, mine) + at]
        wrong[begin:end] = np.add.reduceat(np.bitwise_count(ours ^ theirs), first, dtype=np.int64)
        if some_silence:
            heard[begin:end] = np.add.reduceat((ours | theirs) != 0, first, dtype=np.int64)
        begin = end
    return wrong, heard


def _first(pair: Integers) -> NDArray[np.bool_]:
    """(n,) where a new pair begins, of pairs that stand together."""
    return np.concatenate([np.ones(min(1, len(pair)), np.bool_), pair[1:] != pair[:-1]])
