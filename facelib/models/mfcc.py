"""Mel-frequency cepstral coefficients, 100 frames a second, with the numbers of python_speech_features 0.6."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from facelib.models.faces import Floats

Doubles = NDArray[np.float64]

WINDOW_S = 0.025
STEP_S = 0.010
COEFFICIENTS = 13
FILTERS = 26
FFT = 512
PRE_EMPHASIS = 0.97
LIFTER = 22
FULL_SCALE = 32_768

# Frames of one block: the spectra of an hour of sound at once would take over a gigabyte.
_BLOCK = 8_192


def mfcc(samples: NDArray[np.int16] | Doubles, rate: int = 16_000) -> Floats:
    """Thirteen coefficients every 10 ms, from windows of 25 ms without a taper.

    Pre-emphasis 0.97, power spectrum of 512 points, 26 mel filters from 0 to rate / 2, orthonormal DCT-II, lifter 22;
    the first coefficient is replaced by the logarithm of the window's energy. These are the defaults of
    ``python_speech_features.mfcc``, on which SyncNet was trained.

    Args:
        samples: (n,) mono, in the numbers of int16: the first coefficient depends on the scale.
        rate: samples a second.

    Returns:
        (T, 13) with T = 1 + ceil((n - window) / step), at least 1; the last window is filled up with zeros. Digital
        silence gives the logarithm of the smallest positive step of a double, about -36.

    Example:
        >>> mfcc(np.zeros(3200, np.int16)).shape
        (19, 13)
    """
    import scipy.fft

    length, step = _rounded(WINDOW_S * rate), _rounded(STEP_S * rate)
    emphasised = samples.astype(np.float64)
    emphasised[1:] -= PRE_EMPHASIS * samples[:-1].astype(np.float64)
    count = 1 + max(0, -(-(len(samples) - length) // step))
    padded = np.pad(emphasised, (0, (count - 1) * step + length - len(samples)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, length)[::step]
    filters = _filters(rate)
    found = np.empty((count, COEFFICIENTS), np.float32)
    for first in range(0, count, _BLOCK):
        spectra = np.abs(np.fft.rfft(windows[first : first + _BLOCK], FFT)) ** 2 / FFT
        cepstra = scipy.fft.dct(_log(spectra @ filters.T), type=2, axis=1, norm="ortho")[:, :COEFFICIENTS]
        cepstra *= 1 + LIFTER / 2 * np.sin(np.pi * np.arange(COEFFICIENTS) / LIFTER)
        cepstra[:, 0] = _log(spectra.sum(axis=1))
        found[first : first + _BLOCK] = cepstra
    return found


def mfcc39(samples: NDArray[np.int16], rate: int = 16_000, *, legacy: bool = False) -> Floats:
    """The thirteen coefficients, their slope and the slope of that.

    Args:
        samples: (n,) mono.
        rate: samples a second.
        legacy: the numbers of a common recipe, which scales the samples to -1..1, takes the slope over one frame on
            either side, and for the last thirteen columns the slope over two frames in place of a second derivative.

    Returns:
        (T, 39), T as of :func:`mfcc`.
    """
    if legacy:
        found = mfcc(samples / FULL_SCALE, rate)
        return np.concatenate([found, delta(found, 1), delta(found, 2)], axis=1)
    found = mfcc(samples, rate)
    slope = delta(found, 2)
    return np.concatenate([found, slope, delta(slope, 2)], axis=1)


def delta(features: Floats, reach: int) -> Floats:
    """The slope of each column, by least squares over ``reach`` frames on either side; the ends are repeated.

    Example:
        >>> delta(np.array([[0], [2], [4]], np.float32), 1).ravel().tolist()
        [1.0, 2.0, 1.0]
    """
    padded = np.pad(features, ((reach, reach), (0, 0)), mode="edge")
    total = np.zeros_like(features)
    for lag in range(1, reach + 1):
        later = padded[reach + lag : reach + lag + len(features)]
        earlier = padded[reach - lag : reach - lag + len(features)]
        total += lag * (later - earlier)
    return total / np.float32(2 * sum(lag**2 for lag in range(1, reach + 1)))


@lru_cache(maxsize=4)
def _filters(rate: int) -> Doubles:
    """(26, 257) triangles, their corners evenly spaced in mel and rounded down to points of the spectrum."""
    mel = np.linspace(0, 2595 * np.log10(1 + rate / 2 / 700), FILTERS + 2)
    corners = np.floor((FFT + 1) * 700 * (10 ** (mel / 2595) - 1) / rate)
    points = np.arange(FFT // 2 + 1)
    filters = np.zeros((FILTERS, len(points)))
    for row, left, top, right in zip(filters, corners, corners[1:], corners[2:], strict=False):
        rising, falling = (points >= left) & (points < top), (points >= top) & (points < right)
        row[rising] = (points[rising] - left) / (top - left)
        row[falling] = (right - points[falling]) / (right - top)
    return filters


def _log(energy: Doubles) -> Doubles:
    return np.log(np.where(energy == 0, np.finfo(np.float64).eps, energy))


def _rounded(value: float) -> int:
    return int(value + 0.5)
