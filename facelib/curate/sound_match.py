"""The same sound in two clips: which clips may share it, and where. Works on the words of their fingerprints."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint16]

GAP = 4
"""Steps between the two words of an index entry."""
ONE_IN = 4
"""Share of entries that are kept: by their value, so that two clips keep the same ones."""
_SPREAD = np.uint32(2654435761)
"""Knuth's multiplier: its upper bits say nothing of which words are frequent."""


@dataclass(frozen=True)
class SoundMatch:
    """Where two fingerprints fit best.

    Args:
        shift: word k of one stands beside word k + shift of the other, steps.
        error: share of bits that differ there, 0..1.
        steps: words that were compared.
    """

    shift: int
    error: float
    steps: int


def entries(words: Words) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """What to look a fingerprint up by: values that come again exactly where the sound is the same.

    Args:
        words: (n,) of one clip.

    Returns:
        Values and the steps where they begin, both (k,), about a quarter of n; none from digital silence.
    """
    first, second = words[:-GAP].astype(np.uint32), words[GAP:].astype(np.uint32)
    values = (first << np.uint32(16)) | second
    kept = ((values * _SPREAD) >> np.uint32(16)) % np.uint32(ONE_IN) == 0
    steps = np.flatnonzero(kept & (first != 0) & (second != 0))
    return values[steps], steps.astype(np.int32)


def match(one: Words, other: Words, guesses: NDArray[np.integer] | list[int], *, least: int) -> SoundMatch | None:
    """Hold two fingerprints against each other near some shifts.

    Args:
        one, other: of two clips.
        guesses: shifts to try, steps, such as those at which entries agree; each with its two neighbours.
        least: fewest words that must be compared, other than silence in both.

    Returns:
        The best place; None where too little overlaps everywhere.

    >>> sound = np.arange(1, 40, dtype=np.uint16) * np.uint16(1657)
    >>> match(sound[5:], sound, [4], least=8)
    SoundMatch(shift=5, error=0.0, steps=34)
    """
    found = []
    for shift in sorted({int(guess) + near for guess in guesses for near in (-1, 0, 1)}):
        begin, end = max(0, -shift), min(len(one), len(other) - shift)
        if end - begin < least:
            continue
        ours, theirs = one[begin:end], other[begin + shift : end + shift]
        heard = int(np.count_nonzero((ours != 0) | (theirs != 0)))
        if heard >= least:
            wrong = int(np.bitwise_count(ours ^ theirs).sum())
            found.append(SoundMatch(shift, wrong / (16 * heard), heard))
    return min(found, key=lambda at: (at.error, -at.steps, abs(at.shift)), default=None)


def likely_shifts(shifts: NDArray[np.integer], most: int = 3) -> list[int]:
    """The shifts that most entries of two clips agree on, counted with their neighbours.

    >>> likely_shifts(np.array([7, 8, 8, 30]), 1)
    [8]
    """
    values, counts = np.unique(shifts, return_counts=True)
    of = dict(zip(values.tolist(), counts.tolist(), strict=True))
    votes = {value: of[value] + (of.get(value - 1, 0) + of.get(value + 1, 0)) / 2 for value in of}
    return sorted(votes, key=lambda value: (-votes[value], abs(value), value))[:most]
