"""How loud sound is, how far speech stands above its background, how much of it is clipped."""

from math import log10, pi, tan

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Samples = NDArray[np.int16]

FULL_SCALE = 32768
SILENT_DB = -60.0
"""Sound whose loudest sample is below is no speech, dBFS."""
_BLOCK_S, _STEP_S = 0.4, 0.1
_ABSOLUTE_GATE = -70.0
_RELATIVE_GATE = -10.0
_CLIPPED = 32_735
"""Samples from here on, 99.9 % of full scale, count as clipped: resampling moves a clipped peak a little."""


def integrated_loudness(samples: Samples, rate: int = 16_000) -> float | None:
    """Integrated loudness of mono sound after ITU-R BS.1770-4, in LUFS.

    Blocks of 400 ms, one every 100 ms, are K-weighted; those under -70 LUFS, then those 10 LU under the mean of the
    rest, are left out.

    Args:
        samples: (n,) int16.
        rate: samples a second, in Hz. What lies above half of it is not heard; at 16 kHz the filters, like the
            standard's 997 Hz, are within 0.05 LU.

    Returns:
        LUFS, at most about 0; None where there is no block above the gate: silence, or less than 400 ms.

    Example:
        >>> sine = 3276.8 * np.sin(2 * np.pi * 997 * np.arange(32_000) / 16_000)
        >>> round(integrated_loudness(sine.astype(np.int16)), 1)
        -23.0
    """
    size, step = round(_BLOCK_S * rate), round(_STEP_S * rate)
    if len(samples) < size:
        return None
    energy = np.concatenate([[0.0], np.cumsum(_weighted(samples / FULL_SCALE, rate) ** 2)])
    starts = np.arange(0, len(samples) - size + 1, step)
    power = np.maximum(energy[starts + size] - energy[starts], 0.0) / size
    power = power[power > _power(_ABSOLUTE_GATE)]
    if not len(power):
        return None
    power = power[power > power.mean() * 10 ** (_RELATIVE_GATE / 10)]
    return _loudness(float(power.mean()))


def peak_db(samples: Samples) -> float:
    """The loudest sample (n,) against full scale, dBFS; digital silence counts as half a step, about -96.

    Example:
        >>> peak_db(np.array([-32768, 5], np.int16))
        0.0
    """
    loudest = float(np.abs(samples.astype(np.int32)).max(initial=0))
    return 20 * log10(max(0.5, loudest) / FULL_SCALE)


def clipped_ratio(samples: Samples) -> float:
    """Share (0..1) of samples at 99.9 % of full scale or beyond; 0 where there are none."""
    return float(np.mean(np.abs(samples.astype(np.int32)) >= _CLIPPED)) if len(samples) else 0.0


def speech_to_noise(samples: Samples) -> float | None:
    """How far speech stands above steady noise, in dB, from the distribution of the amplitudes alone.

    WADA-SNR (Kim and Stern, "Robust signal-to-noise ratio estimation based on waveform amplitude distribution
    analysis", Interspeech 2008): amplitudes of clean speech follow a gamma distribution of shape 0.4, so
    ln(mean(abs x)) - mean(ln(abs x)) tells how much Gaussian noise was added. Needs no pauses, unlike a comparison with
    the sound between utterances. Music, echo and a second voice are not Gaussian and make it less certain.

    Args:
        samples: (n,) int16, mostly speech. Samples of exactly zero, as in a muted stretch, are left out.

    Returns:
        dB from -20 to 100, to about 3 dB between 0 and 30; None where every sample is zero.
    """
    loud = np.abs(samples[samples != 0].astype(np.float64))
    if not len(loud):
        return None
    statistic = np.log(loud.mean()) - np.log(loud).mean()
    return float(np.interp(statistic, WADA_TABLE, WADA_DB))


WADA_DB = tuple(range(-20, 101, 5))
WADA_TABLE = (
    *(0.4095, 0.4098, 0.4122, 0.4238, 0.4618, 0.5436, 0.6674, 0.8123, 0.9559, 1.0847, 1.1941, 1.2843, 1.3574),
    *(1.4160, 1.4629, 1.5003, 1.5301, 1.5537, 1.5725, 1.5875, 1.5993, 1.6088, 1.6163, 1.6222, 1.6269),
)
"""The statistic of gamma-distributed amplitudes with Gaussian noise at each of `WADA_DB`, by numerical integration."""


def _loudness(power: float) -> float:
    return -0.691 + 10 * log10(power)


def _power(loudness: float) -> float:
    return float(10 ** ((loudness + 0.691) / 10))


def _weighted(signal: Floats, rate: int) -> Floats:
    """The K-weighted signal: the standard's shelf of +4 dB above 1.7 kHz, then its high-pass at 38 Hz.

    The standard prints coefficients for 48 kHz only; these are its two analogue filters, mapped to any rate by the
    bilinear transform, which gives the printed ones at 48 kHz.
    """
    from scipy.signal import lfilter

    gain, edge = 10 ** (3.999843853973347 / 20), tan(pi * 1681.974450955533 / rate)
    quality, knee = 0.7071752369554196, (10 ** (3.999843853973347 / 20)) ** 0.4996667741545416
    scale = 1 + edge / quality + edge**2
    shelf = np.array(
        [gain + knee * edge / quality + edge**2, 2 * (edge**2 - gain), gain - knee * edge / quality + edge**2]
    )
    poles = np.array([scale, 2 * (edge**2 - 1), 1 - edge / quality + edge**2])
    shelved = lfilter(shelf / scale, poles / scale, signal)
    edge, quality = tan(pi * 38.13547087602444 / rate), 0.5003270373238773
    scale = 1 + edge / quality + edge**2
    poles = np.array([scale, 2 * (edge**2 - 1), 1 - edge / quality + edge**2])
    weighted: Floats = lfilter(np.array([1.0, -2.0, 1.0]), poles / scale, shelved)
    return weighted
