from pathlib import Path

import numpy as np
import pytest

from facelib.media.audio import read_speech
from facelib.models.loudness import WADA_DB, WADA_TABLE, clipped_ratio, integrated_loudness, peak_db, speech_to_noise


def sine(dbfs: float, seconds: float, *, rate: int = 16_000, hertz: float = 997.0) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return np.round(32768 * 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * time)).astype(np.int16)


# BS.1770: a sine of 997 Hz at 0 dBFS in one channel reads -3.01 LKFS.
@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("dbfs", [-6.0, -20.0, -40.0, -60.0])
def test_a_sine_of_997_hz_reads_as_the_standard_says(rate: int, dbfs: float) -> None:
    assert integrated_loudness(sine(dbfs, 2, rate=rate), rate) == pytest.approx(dbfs - 3.01, abs=0.05)


def test_coefficients_at_48_khz_are_the_printed_ones() -> None:
    from scipy.signal import lfilter

    from facelib.models.loudness import _weighted

    impulse = np.zeros(256)
    impulse[0] = 1.0
    shelf = lfilter(
        [1.53512485958697, -2.69169618940638, 1.19839281085285], [1, -1.69065929318241, 0.73248077421585], impulse
    )
    expected = lfilter([1, -2, 1], [1, -1.99004745483398, 0.99007225036621], shelf)
    assert np.abs(_weighted(impulse, 48_000) - expected).max() < 1e-8


# EBU Tech 3341, cases 3 and 4: quiet parts are gated out. Levels here are of one channel, so 3.01 below two.
GATED = [
    ([(-36, 10), (-23, 60), (-36, 10)], -23),
    ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
    ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
]


@pytest.mark.parametrize(("parts", "expected"), GATED)
def test_quiet_parts_are_gated_out(parts: list[tuple[float, float]], expected: float) -> None:
    samples = np.concatenate([sine(level, seconds, hertz=1000) for level, seconds in parts])
    assert integrated_loudness(samples) == pytest.approx(expected - 3.01, abs=0.1)


@pytest.mark.parametrize(
    "samples", [np.zeros(0, np.int16), np.zeros(64_000, np.int16), sine(-20, 0.39), sine(-75, 2)], ids=len
)
def test_silence_and_less_than_a_block_have_no_loudness(samples: np.ndarray) -> None:
    assert integrated_loudness(samples) is None


def test_one_block_is_enough() -> None:
    assert integrated_loudness(sine(-20, 0.4)) == pytest.approx(-23.01, abs=0.1)


def test_the_table_is_what_integration_gives() -> None:
    """Gamma(0.4) amplitudes by quantiles; around each, the mean logarithm with Gaussian noise by quantiles too."""
    from scipy.special import erf, gammaincinv, ndtri

    speech = gammaincinv(0.4, (np.arange(20_000) + 0.5) / 20_000) / (0.4 * 1.4) ** 0.5
    noise = ndtri((np.arange(4_001) + 0.5) / 4_001)
    grid = np.concatenate([[0.0], np.logspace(-4, 7, 300)])
    logs = np.array([np.log(np.maximum(np.abs(at + noise), 1e-15)).mean() for at in grid])
    found = []
    for level in WADA_DB:
        sigma = 10 ** (-level / 20)
        ratio = speech / sigma
        mean = sigma * (np.sqrt(2 / np.pi) * np.exp(-(ratio**2) / 2) + ratio * erf(ratio / 2**0.5))
        found.append(np.log(mean.mean()) - np.log(sigma) - np.interp(ratio, grid, logs).mean())
    assert found == pytest.approx(WADA_TABLE, abs=2e-3)
    assert np.all(np.diff(WADA_TABLE) > 0)


@pytest.mark.parametrize("level", [0, 5, 10, 20, 30])
def test_noise_on_drawn_amplitudes_is_found(level: int) -> None:
    rng = np.random.default_rng(level)
    speech = rng.gamma(0.4, size=200_000) * rng.choice([-1, 1], 200_000)
    noisy = speech / speech.std() + rng.normal(0, 10 ** (-level / 20), len(speech))
    assert speech_to_noise(np.round(noisy * 1000).astype(np.int16)) == pytest.approx(level, abs=1.0)


@pytest.mark.media
@pytest.mark.parametrize("level", [0, 5, 10, 20])
@pytest.mark.parametrize("file", ["talker_a", "talker_c", "talker_d"])
def test_noise_added_to_real_speech_is_found(media_dir: Path, file: str, level: int) -> None:
    samples = read_speech(media_dir / f"{file}.mp4")
    assert samples is not None
    speech = samples.astype(np.float64)
    noise = np.random.default_rng(0).normal(0, (speech**2).mean() ** 0.5 * 10 ** (-level / 20), len(speech))
    noisy = np.clip(np.round(speech + noise), -32768, 32767).astype(np.int16)
    assert speech_to_noise(noisy) == pytest.approx(level, abs=3.1)


def test_silence_has_no_signal_to_noise() -> None:
    assert speech_to_noise(np.zeros(16_000, np.int16)) is None
    assert speech_to_noise(np.zeros(0, np.int16)) is None


@pytest.mark.parametrize(
    ("samples", "expected"),
    [([], 0.0), ([0, 0], 0.0), ([32767, 0, 0, -32768], 0.5), ([32734, 32735, -32735, 0], 0.5)],
)
def test_clipped_ratio(samples: list[int], expected: float) -> None:
    assert clipped_ratio(np.array(samples, np.int16)) == expected


@pytest.mark.parametrize(
    ("samples", "expected"), [([-32768, 5], 0.0), ([0, 3277], -20.0), ([33], -59.94), ([0, 0], -96.33), ([], -96.33)]
)
def test_peak(samples: list[int], expected: float) -> None:
    assert peak_db(np.array(samples, np.int16)) == pytest.approx(expected, abs=0.01)
