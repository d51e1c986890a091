"""Many pairs at a time give what one pair at a time gives."""

from collections import Counter

import numpy as np
import pytest

from facelib.curate import sound_pairs
from facelib.curate.sound_match import Words, entries, likely_shifts, match
from facelib.curate.sound_pairs import match_pairs


def prints() -> list[Words]:
    """Sound, parts of it with noise, of all lengths, with silence, and other sound."""
    numbers = np.random.default_rng(4)
    sound = numbers.integers(1, 2**16, 300, dtype=np.uint16)
    found = [sound, np.zeros(0, np.uint16), np.zeros(90, np.uint16)]
    for _ in range(30):
        begin = int(numbers.integers(0, 250))
        part = sound[begin : begin + int(numbers.integers(5, 200))].copy()
        part[numbers.random(len(part)) < 0.1] ^= np.uint16(4)
        part[: int(numbers.integers(0, 20))] = 0
        found.append(part)
    return [*found, *(numbers.integers(0, 2**16, 80, dtype=np.uint16) for _ in range(5))]


@pytest.mark.parametrize("least", [1, 8, 48])
@pytest.mark.parametrize("words", [10, 1_000_000])
def test_many_pairs_give_what_each_alone_gives(least: int, words: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_pairs, "WORDS", words)
    clips, numbers = prints(), np.random.default_rng(1)
    ones, others, pair, shifts, votes, wanted = [], [], [], [], [], {}
    for one in range(len(clips)):
        for other in range(one + 1, len(clips)):
            (ours, here), (theirs, there) = entries(clips[one]), entries(clips[other])
            met = [int(t) - int(h) for v, h in zip(ours, here, strict=True) for t in there[theirs == v]]
            met += numbers.integers(-90, 90, int(numbers.integers(0, 6))).tolist()
            found = match(clips[one], clips[other], likely_shifts(np.array(met, np.int64)), least=least)
            if found is not None:
                wanted[len(ones)] = (found.shift, found.error)
            counted = Counter(met)
            pair += [len(ones)] * len(counted)
            shifts += counted.keys()
            votes += counted.values()
            ones.append(one)
            others.append(other)
    got = match_pairs(clips, *(np.array(c, np.int64) for c in (ones, others, pair, shifts, votes)), least=least)
    assert len(wanted) > 100
    assert dict(zip(got.pair.tolist(), zip(got.shift.tolist(), got.error.tolist(), strict=True), strict=True)) == wanted


def test_no_pairs() -> None:
    none = np.zeros(0, np.int64)
    assert len(match_pairs([], none, none, none, none, none, least=8).pair) == 0
