import numpy as np
import pytest

from facelib.stages.mouth_correlation import mouth_sync


def talk(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A mouth that moves at random, and noise that swells while it does, n frames of each."""
    rng = np.random.default_rng(seed)
    opening = np.convolve(rng.random(n), np.hanning(9), mode="same").astype(np.float32)
    return opening, voice(np.abs(np.gradient(opening)))


def voice(loudness: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(1).normal(size=len(loudness) * 640)
    return np.asarray(noise * np.repeat(loudness, 640) * 9000, np.int16)


@pytest.mark.parametrize("lead", [-15, -10, -5, -2, 0, 1, 3, 10, 15])
def test_a_positive_offset_means_that_the_sound_leads(lead: int) -> None:
    opening, speech = talk(440)
    # What is heard with picture 20 belongs to picture 20 + lead.
    found = mouth_sync(opening[20:420], speech[(20 + lead) * 640 : (420 + lead) * 640])
    assert found.offset_frames is not None and abs(found.offset_frames - lead) <= 1
    assert found.curve.shape == (31,) and np.nanmax(np.abs(found.curve)) <= 1 and not found.reason
    assert lead == 3 or (found.score > 0.3) is (abs(lead) < 3)


def test_the_sound_of_another_mouth_scores_low() -> None:
    opening, own = talk(400)
    others = [mouth_sync(opening, talk(400, seed)[1]).score for seed in range(1, 6)]
    assert max(others) < 0.5 * mouth_sync(opening, own).score


def test_frames_without_a_measure_are_left_out() -> None:
    opening, speech = talk(400)
    whole = mouth_sync(opening, speech)
    opening[np.random.default_rng(3).random(400) < 0.1] = np.nan
    opening[100:150] = np.nan
    holes = mouth_sync(opening, speech)
    assert holes.offset_frames == whole.offset_frames
    assert holes.score == pytest.approx(whole.score, abs=0.15)


def test_neither_the_unit_of_the_opening_nor_the_volume_matters() -> None:
    opening, speech = talk(300)
    found, other = mouth_sync(opening, speech), mouth_sync(opening * 30 + 5, (speech / 3).astype(np.int16))
    assert found.offset_frames == other.offset_frames and found.score == pytest.approx(other.score, abs=0.02)


@pytest.mark.parametrize(
    ("opening", "speech", "reason"),
    [
        pytest.param(talk(50)[0], np.zeros(32_000, np.int16), "no_speech", id="silence"),
        pytest.param(talk(50)[0], np.full(32_000, 20, np.int16), "no_speech", id="next to silence"),
        pytest.param(talk(50)[0], np.zeros(0, np.int16), "no_speech", id="empty sound"),
        pytest.param(np.full(50, 0.1, np.float32), talk(50)[1], "no_movement", id="a mouth that stays"),
        pytest.param(np.full(50, np.nan, np.float32), talk(50)[1], "too_short", id="nothing measured"),
        pytest.param(talk(10)[0], talk(10)[1], "too_short", id="ten frames"),
        pytest.param(talk(1 + 9)[0][:1], talk(10)[1][:640], "too_short", id="one frame"),
        pytest.param(np.zeros(0, np.float32), talk(10)[1], "too_short", id="no frames"),
        pytest.param(
            np.tile([0.1, np.nan, np.nan], 20).astype(np.float32), talk(60)[1], "too_short", id="no two near each other"
        ),
    ],
)
def test_where_there_is_nothing_to_match_the_reason_is_said(
    opening: np.ndarray, speech: np.ndarray, reason: str
) -> None:
    found = mouth_sync(opening, speech)
    assert (found.offset_frames, found.reason) == (None, reason)
    assert np.isnan(found.score) and found.curve.shape == (31,) and np.isnan(found.curve).all()


def test_sound_that_ends_early_and_shifts_that_have_too_few_frames() -> None:
    opening, speech = talk(24)
    found = mouth_sync(opening, speech[: 20 * 640])
    assert np.isnan(found.curve[[0, -1]]).all() and np.isfinite(found.curve[15])


@pytest.mark.parametrize(("n", "seed"), [(60, 17), (60, 34), (120, 23), (120, 34), (400, 15)])
def test_what_is_no_better_than_chance_has_no_offset(n: int, seed: int) -> None:
    found = mouth_sync(talk(n)[0], talk(n, seed)[1])
    assert (found.offset_frames, found.score, found.reason) == (None, 0.0, "no_match")
    assert np.isfinite(found.curve).any()
