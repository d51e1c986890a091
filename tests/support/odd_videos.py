"""Short videos of a real talker that are odd in one way each: their sound, their timestamps, their pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from facelib.media.audio import SAMPLES_PER_FRAME, SPEECH_RATE, read_speech
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr

SIDE = 256
MILLISECONDS = 1000
START_S = 1.0
"""First timestamp of the video that does not begin at 0."""

Pictures = list[NDArray[np.uint8]]


@dataclass(frozen=True)
class Sound:
    """A sound stream: (n, channels) int16."""

    samples: NDArray[np.int16]
    rate: int = SPEECH_RATE
    layout: str = "mono"
    start_s: float = 0.0


@dataclass(frozen=True)
class OddVideo:
    """What goes into a file: its pictures, when each is shown, and its sound streams."""

    pictures: Pictures
    stamps_ms: Sequence[int]
    sounds: tuple[Sound, ...] = ()
    pix_fmt: str = "yuv420p"

    def write(self, path: Path) -> Path:
        """Make it a Matroska file: PCM, and H.264, or FFV1 for a size that x264 does not take."""
        with av.open(str(path), "w", format="matroska") as out:
            height, width = self.pictures[0].shape[:2]
            odd = width % 2 or height % 2
            options = {} if odd else {"crf": "12", "preset": "veryfast", "bf": "0"}
            video = out.add_stream("ffv1" if odd else "libx264", rate=25, options=options)
            video.width, video.height, video.pix_fmt = width, height, self.pix_fmt
            video.codec_context.time_base = Fraction(1, MILLISECONDS)
            streams = [out.add_stream("pcm_s16le", rate=sound.rate, layout=sound.layout) for sound in self.sounds]
            packets: list[Packet[VideoStream] | Packet[AudioStream]] = []
            for stamp, picture in zip(self.stamps_ms, self.pictures, strict=True):
                frame = _frame(picture, self.pix_fmt)
                frame.pts, frame.time_base = stamp, Fraction(1, MILLISECONDS)
                packets += video.encode(frame)
            packets += video.encode(None)
            for sound, stream in zip(self.sounds, streams, strict=True):
                packets += _encoded(sound, stream)
            for packet in sorted(packets, key=lambda packet: (packet.pts or 0) * Fraction(packet.time_base)):
                out.mux(packet)
        return path


def _frame(picture: NDArray[np.uint8], pix_fmt: str) -> VideoFrame:
    frame = VideoFrame.from_ndarray(picture, format="bgr24")
    if pix_fmt != "gray":
        return frame.reformat(format=pix_fmt)
    # The luma of colour video, 16 to 235: grey that is made directly spans 0 to 255, which H.264 must then say.
    return VideoFrame.from_ndarray(frame.reformat(format="yuv420p").to_ndarray()[: frame.height], format="gray")


def _encoded(sound: Sound, stream: AudioStream) -> list[Packet[AudioStream]]:
    packets: list[Packet[AudioStream]] = []
    size = sound.rate // 25
    for at in range(0, len(sound.samples), size):
        part = np.ascontiguousarray(sound.samples[at : at + size]).reshape(1, -1)
        block = AudioFrame.from_ndarray(part, format="s16", layout=sound.layout)
        block.sample_rate, block.time_base = sound.rate, Fraction(1, sound.rate)
        block.pts = round(sound.start_s * sound.rate) + at
        packets += stream.encode(block)
    return packets + stream.encode(None)


def plain(source: Path, n_frames: int) -> OddVideo:
    """The first frames of a square video of one talker, with their sound, and nothing odd."""
    with GridReader(source, threads=1, stop=n_frames) as reader:
        pictures = [to_bgr(shown.frame, size=(SIDE, SIDE)) for shown in reader for _ in range(shown.count)]
    return OddVideo(pictures, range(0, 40 * n_frames, 40), (voice(source, n_frames),))


def voice(source: Path, n_frames: int) -> Sound:
    """The first sound of a video, as long as so many frames."""
    samples = read_speech(source)
    assert samples is not None and len(samples) >= n_frames * SAMPLES_PER_FRAME
    return Sound(samples[: n_frames * SAMPLES_PER_FRAME, None])


def odd_videos(source: Path, n_frames: int) -> dict[str, OddVideo]:
    """All of them by name; each is the plain one but for what its name says."""
    usual, longer = plain(source, n_frames), voice(source, n_frames + 50)
    (spoken,) = usual.sounds
    made: dict[str, Callable[[], OddVideo]] = {
        "plain": lambda: usual,
        "no_audio": lambda: replace(usual, sounds=()),
        "silence": lambda: replace(usual, sounds=(Sound(np.zeros_like(spoken.samples)),)),
        "audio_shorter": lambda: replace(usual, sounds=(Sound(spoken.samples[: len(spoken.samples) * 2 // 3]),)),
        "audio_longer": lambda: replace(usual, sounds=(longer,)),
        "audio_starts_late": lambda: replace(usual, sounds=(Sound(spoken.samples[6400:], start_s=0.4),)),
        "variable_rate": lambda: variable_rate(usual),
        "odd_size": lambda: replace(usual, pictures=[odd_size(picture) for picture in usual.pictures]),
        "grey": lambda: replace(usual, pix_fmt="gray"),
        "ten_bit": lambda: replace(usual, pix_fmt="yuv420p10le"),
        "two_audio": lambda: replace(usual, sounds=(spoken, tone(len(spoken.samples)))),
        "surround": lambda: replace(usual, sounds=(surround(spoken),)),
        "ten_frames": lambda: replace(
            usual,
            pictures=usual.pictures[:10],
            stamps_ms=usual.stamps_ms[:10],
            sounds=(Sound(spoken.samples[: 10 * SAMPLES_PER_FRAME]),),
        ),
    }
    return {name: make() for name, make in made.items()}


def variable_rate(usual: OddVideo) -> OddVideo:
    """Of seven frames the second, third and fifth are left out, others come up to 13 ms early; time starts at 1 s."""
    kept = [number for number in range(len(usual.pictures) - 1) if number % 7 not in (1, 2, 4)]
    kept.append(len(usual.pictures) - 1)
    stamps = [round(START_S * MILLISECONDS) + 40 * number - (13 if number % 7 == 3 else 0) for number in kept]
    (spoken,) = usual.sounds
    sounds = (replace(spoken, start_s=START_S),)
    return replace(usual, pictures=[usual.pictures[number] for number in kept], stamps_ms=stamps, sounds=sounds)


def odd_size(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """321 x 241: the picture in the middle, its edge repeated at the sides."""
    small = cv2.resize(picture, (241, 241), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(small, 0, 0, 40, 40, cv2.BORDER_REPLICATE), np.uint8)


def tone(n: int) -> Sound:
    """A loud tone of 1 kHz."""
    return Sound((20_000 * np.sin(2 * np.pi * 1000 * np.arange(n) / SPEECH_RATE)).astype(np.int16)[:, None])


def surround(spoken: Sound) -> Sound:
    """The voice in the centre channel of 5.1 at 48 kHz."""
    n = len(spoken.samples)
    samples = np.zeros((3 * n, 6), np.int16)
    samples[:, 2] = np.interp(np.arange(3 * n) / 3, np.arange(n), spoken.samples[:, 0]).round()
    return Sound(samples, 48_000, "5.1")
