import numpy as np
import pytest
import python_speech_features

from facelib.models.mfcc import delta, mfcc, mfcc39


def noise(n: int, loud: float = 3000.0) -> np.ndarray:
    return (np.random.default_rng(n).normal(size=n) * loud).astype(np.int16)


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        pytest.param(noise(1), 16_000, id="one sample"),
        pytest.param(noise(399), 16_000, id="less than a window"),
        pytest.param(noise(400), 16_000, id="one window"),
        pytest.param(noise(401), 16_000, id="one sample more"),
        pytest.param(noise(560), 16_000, id="two windows"),
        pytest.param(noise(48_077), 16_000, id="three seconds"),
        pytest.param(noise(3_200, 12_000), 16_000, id="clipped"),
        pytest.param(np.zeros(3_200, np.int16), 16_000, id="digital silence"),
        pytest.param(np.repeat(noise(40), [1] * 20 + [100] * 20), 16_000, id="steps"),
        pytest.param(noise(4_000), 8_000, id="8 kHz"),
    ],
)
def test_the_numbers_of_python_speech_features(samples: np.ndarray, rate: int) -> None:
    expected = python_speech_features.mfcc(samples, rate)
    found = mfcc(samples, rate)
    assert found.dtype == np.float32 and found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-4


def test_long_sound_is_the_same_in_blocks() -> None:
    samples = noise(90 * 16_000)
    assert np.abs(mfcc(samples) - python_speech_features.mfcc(samples, 16_000)).max() < 1e-4


@pytest.mark.parametrize("reach", [1, 2, 3])
def test_slopes_are_those_of_python_speech_features(reach: int) -> None:
    features = mfcc(noise(8_000))
    expected = python_speech_features.delta(features.astype(np.float64), reach)
    assert np.abs(delta(features, reach) - expected).max() < 1e-4


def test_39_features_are_value_slope_and_slope_of_the_slope() -> None:
    samples = noise(16_000)
    found = mfcc39(samples)
    base = python_speech_features.mfcc(samples, 16_000)
    slope = python_speech_features.delta(base, 2)
    assert found.shape == (99, 39)
    assert np.abs(found - np.hstack([base, slope, python_speech_features.delta(slope, 2)])).max() < 1e-4


@pytest.mark.parametrize("samples", [noise(16_000), np.zeros(1_600, np.int16)])
def test_legacy_39_features_have_two_widths_of_slope(samples: np.ndarray) -> None:
    base = python_speech_features.mfcc(samples / 32_768, 16_000)
    expected = [base, python_speech_features.delta(base, 1), python_speech_features.delta(base, 2)]
    assert np.abs(mfcc39(samples, legacy=True) - np.hstack(expected)).max() < 1e-4
