"""Small videos with known truth, made where a test runs."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

GREY_STEP = 3


def grey(number: int) -> int:
    """The grey level that is burned in as frame number 0 to 70."""
    return 20 + number * GREY_STEP


def number_of(frame: VideoFrame) -> int:
    """The frame number burned into a frame."""
    plane = frame.planes[0]
    rows = np.frombuffer(bytes(plane), np.uint8)[: plane.line_size * frame.height].reshape(
        frame.height, plane.line_size
    )
    return round((float(rows[:, : frame.width].mean()) - 20) / GREY_STEP)


def grey_frame(number: int, width: int = 64, height: int = 48) -> VideoFrame:
    frame = VideoFrame(width, height, "yuv420p")
    for index, plane in enumerate(frame.planes):
        plane.update(bytes([grey(number) if index == 0 else 128]) * plane.buffer_size)
    return frame


def textured_frame(number: int, width: int = 64, height: int = 48) -> VideoFrame:
    """As ``grey_frame`` on average, with noise on top, so that a frame takes some bytes."""
    noise = np.random.default_rng(number).integers(-19, 20, (height // 4, width // 4)).repeat(4, 0).repeat(4, 1)
    noise -= round(float(noise.mean()))
    pixels = np.full((height * 3 // 2, width), 128, np.uint8)
    pixels[:height] = grey(number) + noise
    return VideoFrame.from_ndarray(pixels, format="yuv420p")


def write_movie(
    path: Path,
    pts: Sequence[int],
    time_base: Fraction,
    *,
    rotation: int = 0,
    frames: Sequence[VideoFrame] | None = None,
    last_duration: int | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """A video whose frame k has the timestamp pts[k] * time_base and shows its number as a grey level."""
    pictures = frames or [grey_frame(number) for number in range(len(pts))]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options=options or {"crf": "1", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = pictures[0].width, pictures[0].height, "yuv420p"
        stream.codec_context.time_base = time_base
        stream.time_base = time_base
        if rotation:
            stream.set_display_rotation(rotation)
        packets: list[Packet[VideoStream]] = []
        for stamp, frame in zip(pts, pictures, strict=True):
            frame.pts, frame.time_base = stamp, time_base
            packets += stream.encode(frame)
        packets += stream.encode(None)
        steps = [b - a for a, b in pairwise(pts)]
        steps.append(last_duration or (steps[-1] if steps else 1))
        for packet in packets:
            packet.duration = steps[list(pts).index(packet.pts or 0)]
            out.mux(packet)
    return path


def write_sound(
    path: Path,
    samples: np.ndarray,
    *,
    rate: int = 16_000,
    blocks: Sequence[tuple[int, int, int]] = (),
    video_pts: Sequence[int] = (),
) -> Path:
    """A Matroska file with PCM mono; each block (first, after, pts) is samples[first:after] stamped pts / rate.

    With ``video_pts``, in milliseconds, it has a video too.
    """
    with av.open(str(path), "w", format="matroska") as out:
        packets: list[Packet[VideoStream] | Packet[AudioStream]] = []
        if video_pts:
            video = out.add_stream("libx264", rate=25, options={"bf": "0"})
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            video.codec_context.time_base = Fraction(1, 1000)
        sound = out.add_stream("pcm_s16le", rate=rate, layout="mono")
        if video_pts:
            for number, stamp in enumerate(video_pts):
                frame = grey_frame(number)
                frame.pts, frame.time_base = stamp, Fraction(1, 1000)
                packets += video.encode(frame)
            packets += video.encode(None)
        for first, after, stamp in blocks or [(0, len(samples), 0)]:
            for at in range(first, after, 800):
                part = samples[at : min(at + 800, after)]
                block = AudioFrame.from_ndarray(part.reshape(1, -1), format="s16", layout="mono")
                block.sample_rate, block.pts, block.time_base = rate, stamp + at - first, Fraction(1, rate)
                packets += sound.encode(block)
        for packet in sorted(packets, key=lambda packet: (packet.pts or 0) * Fraction(packet.time_base)):
            out.mux(packet)
    return path


def clicks(seconds: Sequence[float], length_s: float, rate: int = 16_000) -> np.ndarray:
    """Silence with one loud click of 1 ms at each of the given seconds."""
    samples = np.zeros(round(length_s * rate), np.int16)
    for second in seconds:
        at = round(second * rate)
        samples[at : at + rate // 1000] = 20_000
    return samples


def click_times(samples: np.ndarray, rate: int = 16_000) -> list[float]:
    """Seconds at which clicks start: the first loud sample after 50 ms without one."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 8_000)
    starts = [at for k, at in enumerate(loud) if k == 0 or at - loud[k - 1] > rate // 20]
    return [float(at) / rate for at in starts]
