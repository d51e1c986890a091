"""Silero VAD: how likely each moment of sound is speech, and where speech starts and ends.

The network (github.com/snakers4/silero-vad, MIT) judges windows of 512 samples, each shown with the 64 samples before
it, and carries the state of an LSTM from one to the next. The ONNX file that takes many windows at once gives the same
numbers as the one for streams.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.models.device import CPU

RATE = 16_000
WINDOW = 512
"""Samples of a window: 32 ms."""
CONTEXT = 64
_BLOCK = 512
"""Windows a call: 16.4 s."""


@dataclass(frozen=True)
class SpeechRule:
    """When windows of speech become a segment; the defaults are those of the authors.

    Args:
        threshold: a window of at least this probability starts a segment.
        drop: a segment goes on until windows fall below ``threshold - drop``.
        min_speech_s: shorter segments are left out.
        min_silence_s: a segment ends when it stays below for so long.
        pad_s: segments grow by this much at both ends; two that would meet share the gap.
    """

    threshold: float = 0.5
    drop: float = 0.15
    min_speech_s: float = 0.25
    min_silence_s: float = 0.1
    pad_s: float = 0.03

    @property
    def exit_threshold(self) -> float:
        """A window below this probability is no speech."""
        return max(self.threshold - self.drop, 0.01)


class SileroVad:
    """Speech probability of sound.

    Args:
        weights: the ONNX file.
        threads: CPU threads; 0 lets the runtime choose.
    """

    def __init__(self, weights: Path, *, threads: int = 1) -> None:
        self._session = CPU.session(weights, threads)

    def probabilities(self, samples: NDArray[np.int16]) -> NDArray[np.float32]:
        """Speech probability (0..1) of each window of 512 samples, the last one filled up with zeros.

        Args:
            samples: (n,) int16 at 16 kHz.

        Returns:
            (ceil(n / 512),) float32.
        """
        count = -(-len(samples) // WINDOW)
        windows = np.zeros((count, WINDOW), np.float32)
        windows.reshape(-1)[: len(samples)] = samples.astype(np.float32) / 32768
        context = np.zeros((count, CONTEXT), np.float32)
        context[1:] = windows[:-1, -CONTEXT:]
        shown = np.concatenate([context, windows], axis=1)
        hidden = cell = np.zeros((1, 1, 128), np.float32)
        found = [np.zeros(0, np.float32)]
        for first in range(0, count, _BLOCK):
            inputs = {"input": shown[first : first + _BLOCK], "h": hidden, "c": cell}
            values, hidden, cell = self._session.run(["speech_probs", "hn", "cn"], inputs)
            found.append(values.reshape(-1))
        return np.concatenate(found)


def segments(
    probabilities: Sequence[float] | NDArray[np.float32], n_samples: int, rule: SpeechRule = SpeechRule()
) -> list[tuple[int, int]]:
    """Where speech starts and ends.

    Args:
        probabilities: of each window, see `SileroVad.probabilities`.
        n_samples: samples of the sound.
        rule: when windows become a segment.

    Returns:
        (first, one past the last) sample of each segment, in order, never overlapping.

    Example:
        >>> segments([0.1] * 10 + [0.9] * 10 + [0.1] * 10, 30 * 512)
        [(4640, 10720)]
    """
    found: list[tuple[int, int]] = []
    start: int | None = None
    quiet: int | None = None
    for index, probability in enumerate(probabilities):
        here = index * WINDOW
        if probability >= rule.threshold:
            quiet = None
            start = here if start is None else start
        elif start is not None and probability < rule.exit_threshold:
            quiet = here if quiet is None else quiet
            if here - quiet >= rule.min_silence_s * RATE:
                found.append((start, quiet))
                start = quiet = None
    if start is not None:
        found.append((start, n_samples))
    kept = [(first, last) for first, last in found if last - first > rule.min_speech_s * RATE]
    return _padded(kept, n_samples, round(rule.pad_s * RATE))


def per_frame(probabilities: NDArray[np.float32], n_frames: int, samples_per_frame: int = 640) -> NDArray[np.float32]:
    """Mean speech probability over the time of each video frame.

    Args:
        probabilities: of windows of 512 samples that cover the frames.
        n_frames: number of frames.
        samples_per_frame: 640 at 25 fps.

    Returns:
        (n_frames,) float32.
    """
    sums = np.concatenate([[0.0], np.cumsum(probabilities, dtype=np.float64)]) * WINDOW
    edges = np.interp(np.arange(n_frames + 1) * samples_per_frame, np.arange(len(sums)) * WINDOW, sums)
    means: NDArray[np.float32] = (np.diff(edges) / samples_per_frame).astype(np.float32)
    return means


def _padded(found: list[tuple[int, int]], n_samples: int, pad: int) -> list[tuple[int, int]]:
    edges = [list(segment) for segment in found]
    for one, following in pairwise(edges):
        grow = min(pad, (following[0] - one[1]) // 2)
        one[1] += grow
        following[0] -= grow
    if edges:
        edges[0][0] = max(0, edges[0][0] - pad)
        edges[-1][1] = min(n_samples, edges[-1][1] + pad)
    return [(first, last) for first, last in edges]
