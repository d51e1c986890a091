import numpy as np
import pytest

from facelib.media.av_offset import shift_sound


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        pytest.param(0, [1, 2, 3, 4], id="in sync"),
        pytest.param(1, [0, 1, 2, 3], id="sound leads: delayed"),
        pytest.param(-1, [2, 3, 4, 0], id="sound lags: brought forward"),
        pytest.param(3, [0, 0, 0, 1], id="three frames"),
        pytest.param(4, [0, 0, 0, 0], id="all of it"),
        pytest.param(9, [0, 0, 0, 0], id="more than there is"),
        pytest.param(-9, [0, 0, 0, 0], id="more than there is, backwards"),
    ],
)
@pytest.mark.parametrize("channels", [None, 2])
def test_sound_moves_by_frames(offset: int, expected: list[int], channels: int | None) -> None:
    samples = np.repeat(np.array([1, 2, 3, 4], np.int16), 640)
    wanted = np.repeat(expected, 640)
    if channels:
        samples, wanted = np.stack([samples] * channels, axis=1), np.stack([wanted] * channels, axis=1)
    found = shift_sound(samples, offset)
    assert found.dtype == np.int16 and np.array_equal(found, wanted)


def test_the_rate_counts() -> None:
    assert np.flatnonzero(shift_sound(np.ones(48_000, np.int16), 2, 48_000))[0] == 3840
