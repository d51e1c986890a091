"""The same sound found again by its fingerprint, and other sound not."""

import numpy as np
import pytest

from facelib.curate.sound_match import GAP, Words, entries, likely_shifts, match


def words(n: int, seed: int = 0) -> Words:
    return np.random.default_rng(seed).integers(1, 2**16, n, dtype=np.uint16)


def test_entries_are_a_quarter_and_the_same_wherever_the_sound_begins() -> None:
    sound = words(4000)
    values, steps = entries(sound)
    assert 0.22 < len(values) / len(sound) < 0.28
    cut, later = entries(sound[100:300])
    inside = (steps >= 100) & (steps < 300 - GAP)
    assert np.array_equal(cut, values[inside]) and np.array_equal(later + 100, steps[inside])


@pytest.mark.parametrize("n", [0, 1, GAP, GAP + 1])
def test_short_sound(n: int) -> None:
    values, steps = entries(words(n))
    assert len(values) == len(steps) <= max(0, n - GAP)
    assert match(words(n), words(n), [0], least=8) is None


def test_digital_silence_has_no_entry_and_does_not_count() -> None:
    silence = np.zeros(100, np.uint16)
    assert not len(entries(silence)[0])
    assert match(silence, silence, [0], least=4) is None
    one, other = np.concatenate([silence, words(20, 1)]), np.concatenate([silence, words(20, 2)])
    found = match(one, other, [0], least=4)
    assert found is not None and found.steps == 20 and found.error > 0.4


@pytest.mark.parametrize(("guess", "shift"), [(7, 7), (8, 7), (6, 7)])
def test_match_looks_beside_the_guess(guess: int, shift: int) -> None:
    sound = words(80)
    noisy = sound[7:60] ^ np.uint16(1)
    found = match(noisy, sound, [guess], least=8)
    assert found is not None and found.shift == shift
    assert found.error == pytest.approx(1 / 16)
    back = match(sound, noisy, [-guess], least=8)
    assert back is not None and (back.shift, back.error) == (-shift, found.error)


def test_other_sound_does_not_match() -> None:
    errors = []
    for seed in range(20):
        found = match(words(60), words(60, 100 + seed), [0, 10, -20], least=16)
        assert found is not None
        errors.append(found.error)
    assert min(errors) > 0.4


def test_likely_shifts() -> None:
    assert likely_shifts(np.array([5, 90, 5, 4, -3, 90, 90])) == [90, 5, 4]
    assert likely_shifts(np.array([], np.int64)) == []
