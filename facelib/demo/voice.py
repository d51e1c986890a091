"""Speech for the sample channel: utterances, their sound, and how loud each video frame is."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from facelib.errors import FacelibError

_TIMEOUT_S = 60
# Samples up to this are silence, -50 dB.
_SILENT = 100


@dataclass(frozen=True, slots=True)
class Voice:
    """How somebody speaks.

    Attributes:
        name: espeak-ng voice with its variant, for example `en-us+Annie`. Variants whose definition sets `echo` (`f2`)
            differ from run to run, since espeak-ng reads that buffer uninitialised.
        pitch: 0 to 99, 50 is the voice's own.
        pitch_range: 0 (monotone) to 99.
        words_per_minute: 80 to 450.
    """

    name: str
    pitch: int = 50
    pitch_range: int = 50
    words_per_minute: int = 160


@dataclass(frozen=True, slots=True)
class Utterance:
    """One text in one voice."""

    text: str
    voice: Voice


@dataclass(frozen=True, slots=True)
class Speech:
    """Mono sound: `samples` int16 of shape (n,), `rate` in Hz."""

    samples: NDArray[np.int16]
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate


def speak(utterance: Utterance) -> Speech:
    """Say an utterance, without the silence after its end; the same utterance always gives the same samples.

    espeak-ng runs in a process of its own: its parameters and its noise generator are process-wide, so that what was
    said before would change what is said next, and a fault in native code cannot end the caller.

    Raises:
        FacelibError: `voice_missing` where `espeakng_loader` is not installed, `voice_failed` where espeak-ng fails.

    Example:
        >>> speech = speak(Utterance("Good morning.", Voice("en-us")))
        >>> speech.rate, speech.samples.dtype.name
        (22050, 'int16')
    """
    argv = [sys.executable, "-m", "facelib.demo.espeak"]
    asked = json.dumps(asdict(utterance)).encode()
    try:
        done = subprocess.run(argv, input=asked, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise FacelibError(f"espeak-ng did not end within {_TIMEOUT_S} s", reason="voice_failed") from error
    if done.returncode != 0:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        if "espeakng_loader" in last:
            hint = "install facelib with its demo extra"
            raise FacelibError("the package espeakng-loader is missing", hint=hint, reason="voice_missing")
        raise FacelibError(f"espeak-ng failed: {last}", reason="voice_failed")
    header, _, pcm = done.stdout.partition(b"\n")
    samples = np.frombuffer(pcm, dtype=np.int16)
    heard = np.flatnonzero(np.abs(samples.astype(np.int32)) > _SILENT)
    return Speech(samples[: heard[-1] + 1 if len(heard) else 0], json.loads(header)["rate"])


def join(parts: Sequence[tuple[float, Speech]], seconds: float) -> Speech:
    """One sound of the given length in which each speech begins at its second; what passes the end is cut off.

    Raises:
        ValueError: two speeches have different rates, or there is none.
    """
    rates = {speech.rate for _, speech in parts}
    if len(rates) != 1:
        raise ValueError(f"speeches to join must have one rate, not {sorted(rates)}")
    rate = rates.pop()
    track = np.zeros(round(seconds * rate), dtype=np.int16)
    for begin, speech in parts:
        at = round(begin * rate)
        room = track[at : at + len(speech.samples)]
        room += speech.samples[: len(room)]
    return Speech(track, rate)


def shift(speech: Speech, seconds: float) -> Speech:
    """The same length of sound, all of it heard earlier (positive seconds) or later (negative); the gap is silent."""
    by = round(seconds * speech.rate)
    moved = np.zeros_like(speech.samples)
    if by >= 0:
        moved[: len(moved) - by] = speech.samples[by:]
    else:
        moved[-by:] = speech.samples[:by]
    return Speech(moved, speech.rate)


def loudness(speech: Speech, fps: float, frames: int) -> NDArray[np.float64]:
    """How loud each video frame is, shape (frames,), from 0 (silent) to 1 (the speech's loud passages).

    The root mean square over 60 ms around the middle of the frame's time, divided by its 90th percentile over the
    frames that sound. The sound and the frames begin together.
    """
    half = round(0.03 * speech.rate)
    squares = np.concatenate([[0.0], np.cumsum((speech.samples / 32768.0) ** 2)])
    middle = np.round((np.arange(frames) + 0.5) / fps * speech.rate).astype(np.int64)
    low, high = (np.clip(middle + side, 0, len(speech.samples)) for side in (-half, half))
    rms = np.sqrt((squares[high] - squares[low]) / (2 * half))
    sounding = rms[rms > 0.01]
    if not len(sounding):
        return np.zeros(frames)
    return np.asarray(np.clip(rms / np.percentile(sounding, 90), 0.0, 1.0))
