"""Sound as mono int16 on the clock of the video."""

from __future__ import annotations

import wave
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from facelib.media.clock import GRID_FPS, MAX_STEP_S, FrameClock
from facelib.media.container import decode_audio, decode_video, open_local, video_streams

Samples = NDArray[np.int16]

SPEECH_RATE = 16_000
"""Samples a second of all sound that is kept with clips."""

SAMPLES_PER_FRAME = SPEECH_RATE // GRID_FPS
"""Samples that belong to one grid frame: 640."""

# Timestamps are rounded by containers and jitter; a step below one grid frame is not a gap.
_GAP_S = Fraction(1, GRID_FPS)


def read_speech(path: Path, *, rate: int = SPEECH_RATE) -> Samples | None:
    """Decode the whole first sound stream as mono int16, with sample 0 at the video's first timestamp t0.

    Sound before t0 is dropped; a late start and gaps of more than one grid frame are filled with zeros; damaged packets
    are skipped. A file without video starts at its first sound.

    Args:
        path: a local media file.
        rate: samples a second of the result, in Hz.

    Returns:
        int16 of shape (samples,), from t0 to the end of the sound, which may differ from the end of the video; None
        without a sound stream that decodes.

    Raises:
        MediaError: reasons of ``open_local``.
    """
    with open_local(path) as container:
        if not container.streams.audio:
            return None
    t0 = _video_start(path)
    with open_local(path) as container:
        track = _Track(rate)
        for frame in decode_audio(container, container.streams.audio[0], _ignore):
            track.add(frame)
    return track.samples(t0)


def cut(samples: Samples, start_frame: int, n_frames: int) -> Samples:
    """The sound of grid frames [start_frame, start_frame + n_frames): n_frames * 640 samples at 16 kHz.

    What lies outside ``samples`` is zero.

    Example:
        >>> cut(np.ones(700, np.int16), 1, 1)[59:61].tolist()
        [1, 0]
    """
    out = np.zeros(n_frames * SAMPLES_PER_FRAME, np.int16)
    first = start_frame * SAMPLES_PER_FRAME
    part = samples[max(0, first) : max(0, first + len(out))]
    offset = max(0, -first)
    out[offset : offset + len(part)] = part
    return out


def write_wav(path: Path, samples: Samples, rate: int = SPEECH_RATE) -> None:
    """Write mono int16 samples as a WAV file."""
    # A wave that cannot open a path leaves half an object behind, which complains when it is collected.
    with path.open("wb") as file, wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.ascontiguousarray(samples, "<i2").tobytes())


def _video_start(path: Path) -> Fraction | None:
    with open_local(path) as container:
        for stream in video_streams(container)[:1]:
            frame = next(decode_video(container, stream, _ignore), None)
            if frame is not None:
                return FrameClock(stream).time(frame)
    return None


@dataclass
class _Run:
    """Sound without a gap: its first timestamp in seconds, and its samples in blocks."""

    start: Fraction
    blocks: list[Samples] = field(default_factory=list)


class _Track:
    """Collects decoded blocks in runs; a gap, a step back or another format starts a new run."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._runs: list[_Run] = []
        self._resampler: AudioResampler | None = None
        self._format: tuple[str, str, int] | None = None
        self._end = Fraction(0)
        self._offset = Fraction(0)

    def add(self, frame: AudioFrame) -> None:
        start = self._end
        if frame.pts is not None and frame.time_base:
            start = frame.pts * Fraction(frame.time_base) + self._offset
        if self._runs and not -1 <= start - self._end <= MAX_STEP_S:  # a restarted or broken clock: go on without a gap
            self._offset += self._end - start
            start = self._end
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if not self._runs or shape != self._format or abs(start - self._end) > _GAP_S:
            self._flush()
            self._format, self._end = shape, start
            self._runs.append(_Run(start))
            self._resampler = AudioResampler("s16", "mono", self._rate)
        self._end += Fraction(frame.samples, frame.sample_rate)
        frame.pts = None
        self._keep(frame)

    def samples(self, t0: Fraction | None) -> Samples | None:
        self._flush()
        if not self._runs:
            return None
        origin = self._runs[0].start if t0 is None else t0
        placed = [
            (round((run.start - origin) * self._rate), np.concatenate(run.blocks)) for run in self._runs if run.blocks
        ]
        out = np.zeros(max([0, *(first + len(block) for first, block in placed)]), np.int16)
        for first, block in placed:
            out[max(0, first) : max(0, first + len(block))] = block[max(0, -first) :]
        return out

    def _flush(self) -> None:
        if self._resampler is not None:
            self._keep(None)
            self._resampler = None

    def _keep(self, frame: AudioFrame | None) -> None:
        if self._resampler is None:
            return
        for resampled in self._resampler.resample(frame):
            self._runs[-1].blocks.append(resampled.to_ndarray().reshape(-1).astype(np.int16, copy=False))


def _ignore() -> None:
    return None
