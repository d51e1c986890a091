"""Films that flash and click at the same moments, with a number in each frame."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from facelib.media.audio import read_speech
from tests.media.movies import click_times, clicks, grey_frame, number_of

FLASH = 71
NUMBERS = 70
RATE = 16_000

STEADY = list(range(0, 11_000, 40))
"""Timestamps of 11 s at 25 frames a second, ms."""


def uneven() -> list[int]:
    """Timestamps of about 11 s, 16 to 80 ms apart; after each hundred frames one stays for 80 ms."""
    steps = np.random.default_rng(5).integers(16, 60, 290)
    steps[::70] = 80
    return [0, *np.cumsum(steps).tolist()]


def write_flashes(path: Path, pts: Sequence[int], *, key_every: int = 125) -> Path:
    """Frame k has timestamp pts[k] ms and shows k modulo 70; every 70th flashes, and the sound clicks with it."""
    seconds = (pts[-1] + 40) / 1000
    samples = clicks([stamp / 1000 for stamp in pts[::NUMBERS]], seconds)
    options = {"crf": "1", "bf": "2", "g": str(key_every), "keyint_min": str(key_every), "sc_threshold": "0"}
    with av.open(str(path), "w", format="matroska") as out:
        video = out.add_stream("libx264", rate=25, options=options)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.codec_context.time_base = Fraction(1, 1000)
        sound = out.add_stream("pcm_s16le", rate=RATE, layout="mono")
        packets: list[Packet] = []
        for number, stamp in enumerate(pts):
            frame = grey_frame(number % NUMBERS or FLASH)
            frame.pts, frame.time_base = stamp, Fraction(1, 1000)
            packets += video.encode(frame)
        packets += video.encode(None)
        for at in range(0, len(samples), 800):
            block = AudioFrame.from_ndarray(samples[at : at + 800].reshape(1, -1), format="s16", layout="mono")
            block.sample_rate, block.pts, block.time_base = RATE, at, Fraction(1, RATE)
            packets += sound.encode(block)
        for packet in sorted(packets, key=lambda one: (one.dts or 0) * Fraction(one.time_base)):
            out.mux(packet)
    return path


def grid_numbers(pts: Sequence[int]) -> list[int]:
    """What each grid frame shows: the last frame with a timestamp of at most its time, until the last one ends."""
    stamps = np.array(pts)
    times = np.arange(0, stamps[-1] + 40, 40)
    return [int(k) % NUMBERS or FLASH for k in np.searchsorted(stamps, times, side="right") - 1]


def decoded(path: Path) -> tuple[list[int], int, list[float]]:
    """Of a part: the numbers of its frames, how many samples of sound its container states, seconds of its clicks."""
    with av.open(str(path)) as container:
        (video,), (sound,) = container.streams.video, container.streams.audio
        assert sound.duration is not None and sound.time_base is not None
        n_samples = sound.duration * sound.time_base * RATE
        frames = [frame for frame in container.decode(video) if isinstance(frame, VideoFrame)]
    assert all(
        later.time - one.time == 0.04 or abs(later.time - one.time - 0.04) < 1e-6 for one, later in pairwise(frames)
    )
    assert frames[0].time == 0
    speech = read_speech(path)
    assert speech is not None and len(speech) - n_samples in range(1024)
    return [number_of(frame) for frame in frames], int(n_samples), click_times(speech)
