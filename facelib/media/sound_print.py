"""A fingerprint of sound that outlives encoding, gain and cuts: 16 bits for every 1/32 s.

After Haitsma and Kalker, "A highly robust audio fingerprinting system" (2002): each bit says whether the step in energy
from one band of frequencies to the next grew or shrank over time. Here a print is sparser than theirs, and the windows
are longer, so that it does not matter where between two steps a cut begins.
"""

from base64 import b64decode, b64encode
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from facelib.media.audio import SPEECH_RATE, Samples

Words = NDArray[np.uint16]

STEPS_A_SECOND = 32
STEP = SPEECH_RATE // STEPS_A_SECOND
WINDOW = 8192
"""Samples that a word looks at: 0.51 s."""
LAG = 16
"""Steps between the two windows that a bit compares: 0.5 s."""
BANDS = 17
LOWEST_HZ, HIGHEST_HZ = 250.0, 3400.0
"""What narrow-band codecs leave."""
SILENT = 0.001
"""Peak below which sound counts as silence, of full scale: -60 dB; what encoders leave of none."""
QUIET = 1.0
"""Energy of a band below which it hardly counts, where a full-scale tone has 4 million; digital silence has none."""


def sound_print(samples: Samples) -> Words:
    """The fingerprint of a clip's sound.

    Args:
        samples: (n,) int16, 16 kHz mono.

    Returns:
        (steps,) words, the k-th of the 1.01 s from k / 32 s on; about 31 less than the sound has steps. Empty for sound
        under 1.02 s and for silence; 0 where a part of the sound is digital silence.

    >>> len(sound_print((np.random.default_rng(0).standard_normal(32_000) * 3000).astype(np.int16)))
    32
    """
    n = (len(samples) - WINDOW) // STEP + 1
    if n <= LAG:
        return np.zeros(0, np.uint16)
    wave = np.asarray(samples, np.float32) / 32768
    peak = float(np.abs(wave).max())
    if peak < SILENT:
        return np.zeros(0, np.uint16)
    windows = np.lib.stride_tricks.sliding_window_view(wave / peak, WINDOW)[::STEP]
    energy = np.abs(np.fft.rfft(windows * np.hanning(WINDOW).astype(np.float32))) ** 2 @ _bands()
    levels = np.log(energy + QUIET)
    slope = np.diff(levels, axis=1)
    bits = slope[LAG:] - slope[:-LAG] > 0
    return np.asarray(bits @ (1 << np.arange(BANDS - 1)), np.uint16)


def to_text(words: Words) -> str:
    """As base64, 8 characters for 3 words; empty for an empty print."""
    return b64encode(words.astype(">u2").tobytes()).decode()


def from_text(text: str) -> Words:
    """The words of :func:`to_text`.

    >>> from_text(to_text(np.array([1, 65535], np.uint16))).tolist()
    [1, 65535]
    """
    return np.frombuffer(b64decode(text), ">u2").astype(np.uint16)


@lru_cache(maxsize=1)
def _bands() -> NDArray[np.float32]:
    """(bins, bands) which bins of the spectrum belong to which band; each band is a like interval of pitch."""
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1)
    pitch = np.fft.rfftfreq(WINDOW, 1 / SPEECH_RATE)
    return np.stack([(pitch >= low) & (pitch < high) for low, high in pairwise(edges)], axis=1).astype(np.float32)
