import numpy as np
import pytest

from facelib.models.frame_alignment import Padding, align


def steps(count: int) -> np.ndarray:
    return np.arange(count, dtype=np.float32)[None, :, None].repeat(3, axis=2)


def hubert_steps(samples: int) -> int:
    return (samples - 400) // 320 + 1


# samples, frames: sound cut on a frame boundary, and 200 samples short or over
LENGTHS = [(640 * frames + extra, frames) for frames in (1, 2, 10, 25, 250) for extra in (-200, 0, 200, 320)]


@pytest.mark.parametrize(("samples", "frames"), LENGTHS)
def test_exact_is_two_steps_a_frame_whatever_the_sound_is(samples: int, frames: int) -> None:
    found = align(steps(hubert_steps(samples)), frames)
    assert found.shape == (1, 2 * frames, 3)


@pytest.mark.parametrize("frames", [1, 2, 10, 250])
def test_legacy_repeats_the_last_step_and_agrees_on_whole_frames(frames: int) -> None:
    features = steps(hubert_steps(640 * frames))
    legacy = align(features, frames, padding="legacy")
    assert np.array_equal(legacy, align(features, frames, padding="exact"))
    assert np.array_equal(legacy[:, -1], features[:, -1])


@pytest.mark.parametrize(("padding", "expected"), [("exact", [0, 1, 2, 3]), ("legacy", [0, 1, 2, 3, 4, 5, 5])])
def test_too_many_steps(padding: Padding, expected: list[int]) -> None:
    assert align(steps(6), 2, padding=padding)[0, :, 0].tolist() == expected


@pytest.mark.parametrize(("count", "expected"), [(2, [0, 1, 1, 1]), (4, [0, 1, 2, 3]), (5, [0, 1, 2, 3])])
def test_four_steps_a_frame(count: int, expected: list[int]) -> None:
    found = align(steps(count)[0], 1, per_frame=4)
    assert found[:, 0].tolist() == expected and found.dtype == np.float32


def test_nothing_to_repeat_is_an_error() -> None:
    with pytest.raises(ValueError, match="no step"):
        align(np.zeros((2, 0, 5)), 3)
