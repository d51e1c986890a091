"""Sound as mono int16 on the clock of the video."""

from __future__ import annotations

import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryFile

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
    placed: list[tuple[int, Samples]] = []
    length = _decode(path, rate, lambda first, block: placed.append((first, block)))
    if length is None:
        return None
    out = np.zeros(length, np.int16)
    for first, block in placed:
        out[first : first + len(block)] = block
    return out


def map_speech(path: Path, *, rate: int = SPEECH_RATE) -> Samples | None:
    """The samples of :func:`read_speech` in a temporary file instead of in memory, for spans of long uploads.

    One hour at 48 kHz takes 346 MB in the folder for temporary files (``TMPDIR``); they go when the array does.
    Arguments and errors as those of :func:`read_speech`.

    Returns:
        int16 of shape (samples,), read-only, of which only what is looked at is read; None as there.
    """
    with TemporaryFile() as file:

        def write(first: int, block: Samples) -> None:
            file.seek(first * block.itemsize)
            file.write(block.data)

        length = _decode(path, rate, write)
        if not length:
            return None if length is None else np.zeros(0, np.int16)
        file.flush()
        return np.memmap(file, np.int16, mode="r", shape=(length,))


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


Place = Callable[[int, Samples], None]
"""Takes the first sample of a block on the clock of the video, 0 or later, and the block."""


def _decode(path: Path, rate: int, place: Place) -> int | None:
    """Give all sound to ``place``, block by block; samples up to the end of the last one, None without sound."""
    with open_local(path) as container:
        if not container.streams.audio:
            return None
    t0 = _video_start(path)
    with open_local(path) as container:
        track = _Track(rate, t0, place)
        for frame in decode_audio(container, container.streams.audio[0], _ignore):
            track.add(frame)
    return track.end()


class _Track:
    """Places decoded blocks; a gap, a step back or another format starts a new run, placed by its first timestamp."""

    def __init__(self, rate: int, origin: Fraction | None, place: Place) -> None:
        self._rate, self._origin, self._place = rate, origin, place
        self._resampler: AudioResampler | None = None
        self._format: tuple[str, str, int] | None = None
        self._end = Fraction(0)
        self._offset = Fraction(0)
        self._next = 0
        self._length: int | None = None

    def add(self, frame: AudioFrame) -> None:
        start = self._end
        if frame.pts is not None and frame.time_base:
            start = frame.pts * Fraction(frame.time_base) + self._offset
        if self._format and not -1 <= start - self._end <= MAX_STEP_S:  # a restarted or broken clock: go on without gap
            self._offset += self._end - start
            start = self._end
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != self._format or abs(start - self._end) > _GAP_S:
            self._begin_run(start)
            self._format, self._end = shape, start
        self._end += Fraction(frame.samples, frame.sample_rate)
        frame.pts = None
        self._keep(frame)

    def end(self) -> int | None:
        """Samples up to the end of the last run; None where there was no sound."""
        self._keep(None)
        return self._length

    def _begin_run(self, start: Fraction) -> None:
        self._keep(None)
        self._origin = start if self._origin is None else self._origin
        self._next = round((start - self._origin) * self._rate)
        self._resampler = AudioResampler("s16", "mono", self._rate)
        self._length = self._length or 0

    def _keep(self, frame: AudioFrame | None) -> None:
        """Place what comes of a frame; of None what the resampler still holds."""
        for resampled in self._resampler.resample(frame) if self._resampler else ():
            block = resampled.to_ndarray().reshape(-1).astype(np.int16, copy=False)
            first, self._next = self._next, self._next + len(block)
            block = block[max(0, -first) :]
            if len(block):
                self._place(max(0, first), block)
                self._length = max(self._length or 0, self._next)


def _ignore() -> None:
    return None
