"""What a media file is, and whether it is within the limits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from pydantic import BaseModel, ConfigDict, Field

from facelib.errors import MediaError
from facelib.media.clock import FrameClock
from facelib.media.container import decode_video, open_local, video_streams
from facelib.media.grid import quarter_turns


class ProbeLimits(BaseModel):
    """Bounds outside which a file is refused before anything is computed from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_seconds: float = Field(default=1.0, ge=0, description="shortest video that is taken, in seconds")
    max_seconds: float = Field(default=6 * 3600.0, gt=0, description="longest video that is taken, in seconds")
    min_bytes: int = Field(default=10_000, ge=0, description="smallest file that is taken, in bytes")
    max_bytes: int = Field(default=20_000_000_000, gt=0, description="largest file that is taken, in bytes")
    max_pixels: int = Field(default=8192 * 4320, gt=0, description="largest frame that is taken, in pixels")
    max_streams: int = Field(default=16, gt=0, description="most streams of any kind that a file may hold")


@dataclass(frozen=True)
class MediaInfo:
    """What a media file is.

    Attributes:
        container: names of the container format, such as ``mov,mp4,m4a,3gp,3g2,mj2``.
        duration_s: seconds from the first video timestamp to the end of the video.
        width, height: pixels after display rotation.
        fps: average source frames a second; 0 where the file does not say.
        rotation: degrees counter-clockwise that turn the coded picture for display: 0, 90, 180 or 270.
        video_codec: such as ``h264``.
        n_video_streams, n_audio_streams: moving pictures (cover art not counted), sound streams.
        has_audio: whether there is a sound stream.
        audio_codec: empty without sound.
        sample_rate: of the sound, in Hz; 0 without.
        channels: of the sound; 0 without.
        size_bytes: of the file.
        t0_s: first video timestamp on the clock of the file, in seconds.
        interlaced: whether the first frame is coded as two fields.
    """

    container: str
    duration_s: float
    width: int
    height: int
    fps: float
    rotation: int
    video_codec: str
    n_video_streams: int
    n_audio_streams: int
    has_audio: bool
    audio_codec: str
    sample_rate: int
    channels: int
    size_bytes: int
    t0_s: float
    interlaced: bool


def probe(path: Path, limits: ProbeLimits) -> MediaInfo:
    """Open a file, decode its first video frame and hold it against the limits.

    Raises:
        MediaError: with one of the reasons ``file_missing``, ``not_a_file``, ``empty_file``, ``not_media``,
            ``no_video``, ``no_frames``, ``too_short``, ``too_long``, ``too_many_pixels``, ``too_many_streams``,
            ``too_large``, ``too_small``.

    Example:
        >>> probe(Path("talk.mp4"), ProbeLimits()).fps  # doctest: +SKIP
        29.97
    """
    size = path.stat().st_size if path.is_file() else 0
    _within(path, "bytes", size, limits.max_bytes, "too_large")
    if 0 < size < limits.min_bytes:
        raise MediaError(f"{path.name} has {size} bytes, below the {limits.min_bytes} wanted", reason="too_small")
    with open_local(path) as container:
        _within(path, "streams", len(container.streams), limits.max_streams, "too_many_streams")
        videos = video_streams(container)
        if not videos:
            raise MediaError(f"{path.name} has no video stream", reason="no_video")
        stream = videos[0]
        _within(path, "pixels a frame", stream.width * stream.height, limits.max_pixels, "too_many_pixels")
        frame = next(decode_video(container, stream, _ignore), None)
        if frame is None:
            raise MediaError(f"{path.name}: no video frame can be decoded", reason="no_frames")
        info = _describe(container, videos, frame, size, path)
    _within(path, "pixels a frame", info.width * info.height, limits.max_pixels, "too_many_pixels")
    _within(path, "seconds", info.duration_s, limits.max_seconds, "too_long")
    if info.duration_s < limits.min_seconds:
        raise MediaError(
            f"{path.name} lasts {info.duration_s:.2f} s, below the {limits.min_seconds:g} s wanted", reason="too_short"
        )
    return info


def _describe(
    container: InputContainer, videos: list[VideoStream], frame: VideoFrame, size: int, path: Path
) -> MediaInfo:
    stream = videos[0]
    t0 = FrameClock(stream).time(frame) or 0
    turns = quarter_turns(frame.rotation)
    sounds = container.streams.audio
    sound = sounds[0] if sounds else None
    return MediaInfo(
        container=container.format.name,
        duration_s=_duration(container, stream, float(t0), path),
        width=frame.height if turns % 2 else frame.width,
        height=frame.width if turns % 2 else frame.height,
        fps=float(stream.average_rate or 0),
        rotation=turns * 90,
        video_codec=stream.codec_context.name,
        n_video_streams=len(videos),
        n_audio_streams=len(sounds),
        has_audio=sound is not None,
        audio_codec=sound.codec_context.name if sound else "",
        sample_rate=(sound.rate or 0) if sound else 0,
        channels=sound.channels if sound else 0,
        size_bytes=size,
        t0_s=float(t0),
        interlaced=frame.interlaced_frame,
    )


def _duration(container: InputContainer, stream: VideoStream, t0: float, path: Path) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration:
        return max(0.0, container.duration / av.time_base + container.start_time / av.time_base - t0)
    return _scanned_duration(path, t0)


def _scanned_duration(path: Path, t0: float) -> float:
    """The end of the last packet: raw streams and files that were cut off do not say how long they are."""
    end = t0
    with open_local(path) as container:
        stream = video_streams(container)[0]
        base = float(stream.time_base or 0)
        step = 1 / float(stream.average_rate or 25)
        try:
            for packet in container.demux(stream):
                stamp = packet.pts if packet.pts is not None else packet.dts
                if packet.size:
                    end = max(end, (stamp * base if stamp is not None else end) + step)
        except FFmpegError:
            return end - t0
    return end - t0


def _within(path: Path, unit: str, value: float, most: float, reason: str) -> None:
    if value > most:
        raise MediaError(f"{path.name} has {value:g} {unit}, above the {most:g} allowed", reason=reason)


def _ignore() -> None:
    return None
