"""How well the movement of a mouth matches the sound, without any weights. Experimental: a hint, never a verdict."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facelib.media.audio import SPEECH_RATE
from facelib.models.faces import Floats
from facelib.models.loudness import SILENT_DB, peak_db
from facelib.stages.shift_curve import offset_frames, overlap, sync_score

Doubles = NDArray[np.float64]

MIN_PAIRS = 16
"""A shift with fewer frames of known movement has no value."""
BAND_HZ = (300.0, 3000.0)
"""Where speech is loudest and hum and hiss are not."""
CHANCE = 3.0
"""A correlation of this many standard deviations of chance is one; the best of 31 shifts of noise seldom is."""
SMOOTHING = 1.5
"""Standard deviation of the Gaussian that smooths the movement of the mouth, frames."""

# Power of a sound of 10 steps of 32768: what is quieter does not count as a change of level.
_FLOOR = 100.0


@dataclass(frozen=True, eq=False)
class MouthSync:
    """How mouth and sound match.

    Args:
        offset_frames: frames by which the sound leads; below 0 it lags; None when there is nothing to match, or the
            score is 0 and no shift correlates better than chance.
        score: 0..1: the best correlation within 2 frames less the mean of those at 6 frames and more; NaN without.
        curve: (2 max_shift + 1,) correlation at each shift from -max_shift on; NaN without.
        reason: why there is nothing to match: ``no_speech``, ``no_movement``, ``too_short``; ``no_match`` where
            there is a score and no offset; else empty.
    """

    offset_frames: int | None
    score: float
    curve: Floats
    reason: str = ""


def mouth_sync(opening: Floats, speech: NDArray[np.int16], fps: int = 25, max_shift: int = 15) -> MouthSync:
    """Correlate how fast a mouth opens and shuts with the level of the sound plus the rise of that level.

    The mouth moves most where sound begins: later than the rise, earlier than the peak of the level. The sum of both,
    each in its own standard deviations, follows the movement.

    Args:
        opening: (n,) of the mouth, in any unit, as of :func:`facelib.models.face_openings.mouth_opening`; NaN where it
            was not measured.
        speech: 16 kHz mono from the first frame on; what is missing at the end is taken for silence.
        fps: frames a second; a divisor of 16000.
        max_shift: largest offset that is looked for, frames.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> opening = np.convolve(rng.random(250), np.hanning(9), "same").astype(np.float32)
        >>> loudness = np.repeat(np.abs(np.gradient(opening)), 640)
        >>> found = mouth_sync(opening, (loudness * 9000 * rng.normal(size=160_000)).astype(np.int16))
        >>> abs(found.offset_frames) <= 2
        True
    """
    n = len(opening)
    none = np.full(2 * max_shift + 1, np.nan, np.float32)
    if peak_db(speech) < SILENT_DB:
        return MouthSync(None, float("nan"), none, "no_speech")
    if np.isfinite(opening).sum() < MIN_PAIRS:
        return MouthSync(None, float("nan"), none, "too_short")
    speed = _speed(opening.astype(np.float64))
    known = speed[np.isfinite(speed)]
    if len(known) and known.std() < 1e-6:
        return MouthSync(None, float("nan"), none, "no_movement")
    level = _level(speech, n, SPEECH_RATE // fps)
    sound = _standard(level) + _standard(np.gradient(level))
    curve = none.copy()
    for place, shift in enumerate(range(-max_shift, max_shift + 1)):
        seen, heard = overlap(n, shift)
        curve[place] = _correlation(speed[seen], sound[heard])
    if not np.isfinite(curve).any():
        return MouthSync(None, float("nan"), none, "too_short")
    score = float(np.clip(sync_score(curve), 0, 1))
    if score == 0 and np.nanmax(curve) < CHANCE * _deviation(speed, sound):
        return MouthSync(None, score, curve, "no_match")
    return MouthSync(offset_frames(curve), score, curve)


def _level(speech: NDArray[np.int16], n: int, hop: int) -> Doubles:
    """(n,) logarithm of the power of each frame within :data:`BAND_HZ`."""
    from scipy.signal import butter, sosfiltfilt

    samples = np.zeros(n * hop)
    samples[: len(speech)] = speech[: n * hop]
    band = sosfiltfilt(butter(2, BAND_HZ, "bandpass", fs=SPEECH_RATE, output="sos"), samples)
    return np.asarray(np.log10((band.reshape(n, hop) ** 2).mean(axis=1) + _FLOOR))


def _speed(opening: Doubles) -> Doubles:
    """(n,) smoothed speed; NaN where the frame before or the one after is not known."""
    raw = np.full(len(opening), np.nan)
    raw[1:-1] = np.abs(opening[2:] - opening[:-2]) / 2
    known = np.isfinite(raw)
    reach = np.arange(-6, 7)
    kernel = np.exp(-((reach / SMOOTHING) ** 2) / 2)
    weights = np.convolve(known, kernel)[6:-6]
    smoothed = np.convolve(np.where(known, raw, 0), kernel)[6:-6] / np.maximum(weights, 1e-9)
    return np.where(known, smoothed, np.nan)


def _standard(values: Doubles) -> Doubles:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9))


def _correlation(one: Doubles, other: Doubles) -> float:
    """Pearson's, over the pairs that are known; NaN with too few of them, 0 where one does not change."""
    known = np.isfinite(one)
    if known.sum() < MIN_PAIRS:
        return float("nan")
    a, b = one[known] - one[known].mean(), other[known] - other[known].mean()
    scale = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum() / scale) if scale > 1e-9 else 0.0


def _deviation(one: Doubles, other: Doubles) -> float:
    """Standard deviation of the correlation of two unrelated series that each resemble themselves a moment later.

    Bartlett's formula: the square root of the sum of the products of their autocorrelations, over the number of pairs.
    """
    known = np.isfinite(one)
    a, b = np.where(known, one - one[known].mean(), 0), other - other.mean()
    alike = np.correlate(a, a, "full") * np.correlate(b, b, "full")
    return float(np.sqrt(max(alike.sum() / max(alike.max(), 1e-12), 0) / known.sum()))
