"""The fingerprint of sound: what it survives, and what it tells apart."""

from pathlib import Path

import numpy as np
import pytest

from facelib.curate.sound_match import entries, likely_shifts, match
from facelib.media.audio import SPEECH_RATE, Samples, read_speech
from facelib.media.sound_print import STEP, STEPS_A_SECOND, from_text, sound_print, to_text


def noise(seconds: float, seed: int = 0) -> Samples:
    return (np.random.default_rng(seed).standard_normal(round(seconds * SPEECH_RATE)) * 3000).astype(np.int16)


@pytest.mark.parametrize(("seconds", "count"), [(0, 0), (0.5, 0), (1.0, 0), (1.02, 1), (2.0, 32), (10.0, 288)])
def test_length(seconds: float, count: int) -> None:
    words = sound_print(noise(seconds))
    assert len(words) == count and words.dtype == np.uint16
    assert np.array_equal(from_text(to_text(words)), words)


@pytest.mark.parametrize("level", [0, 20])
def test_silence_has_none(level: int) -> None:
    samples = (np.sign(noise(4)) * level).astype(np.int16)
    assert not len(sound_print(samples))


def test_digital_silence_inside_is_zero() -> None:
    samples = noise(6)
    samples[: 3 * SPEECH_RATE] = 0
    words = sound_print(samples)
    assert not words[:60].any() and words[100:].all()


def test_loudness_does_not_matter() -> None:
    samples = noise(5)
    quiet = sound_print((samples // 8).astype(np.int16))
    assert np.bitwise_count(quiet ^ sound_print(samples)).mean() < 0.2


@pytest.fixture(scope="module")
def talker(media_dir: Path) -> Samples:
    return heard(media_dir / "talker_a.mp4")


def heard(path: Path) -> Samples:
    samples = read_speech(path)
    assert samples is not None
    return samples


@pytest.mark.media
@pytest.mark.parametrize("begin", [0, STEP // 4, STEP // 2, 3 * STEP // 4])
def test_a_cut_is_found_wherever_it_begins(talker: Samples, begin: int) -> None:
    start = 2 * SPEECH_RATE + begin
    rng = np.random.default_rng(1)
    part = talker[start : start + 4 * SPEECH_RATE] * 0.3
    own, cut = sound_print(talker), sound_print((part + rng.normal(0, 20, len(part))).astype(np.int16))
    values, steps = entries(own)
    found, places = entries(cut)
    shifts = [int(at - place) for value, place in zip(found, places, strict=True) for at in steps[values == value]]
    best = match(cut, own, likely_shifts(np.array(shifts)), least=48)
    assert best is not None and best.error < 0.12
    assert abs(best.shift / STEPS_A_SECOND - start / SPEECH_RATE) <= 1 / STEPS_A_SECOND


@pytest.mark.media
@pytest.mark.parametrize("other", ["talker_b", "talker_c", "talker_d", "hamilton", "talker_a_voice_of_b"])
def test_other_voices_are_far_at_every_shift(talker: Samples, media_dir: Path, other: str) -> None:
    own, words = sound_print(talker), sound_print(heard(media_dir / f"{other}.mp4"))
    best = match(own, words, list(range(-len(own), len(words), 2)), least=96)
    assert best is not None and best.error > 0.38


@pytest.mark.media
def test_sound_that_is_late_is_the_same(talker: Samples, media_dir: Path) -> None:
    late = sound_print(heard(media_dir / "talker_a_audio_late_5f.mp4"))
    best = match(sound_print(talker), late, [6], least=96)
    assert best is not None and best.error < 0.1
    assert best.shift / STEPS_A_SECOND == pytest.approx(0.2, abs=1 / STEPS_A_SECOND)
