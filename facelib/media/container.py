"""Opening a local media file and decoding what can be decoded of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from facelib.errors import MediaError

# A container outside this list is refused before any of it is parsed. Playlists (hls, dash, concat, sdp) and pattern
# readers (image2) are absent on purpose: a text file must not be able to name other files or hosts to read.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,asf,flv,mpegts,mpeg,mpegvideo,m4v,h264,hevc,ivf,obu,"
    "ogg,mxf,nut,rm,dv,yuv4mpegpipe,wav,w64,mp3,aac,flac"
)
OPTIONS = {"protocol_whitelist": "file", "format_whitelist": FORMATS}

# A reader that fails this often in a row without one packet has met damage that it cannot step over.
MAX_READ_FAILURES = 64


def open_local(path: Path) -> InputContainer:
    """Open a local media file for reading; playlists, patterns and anything remote are refused.

    Raises:
        MediaError: reason ``file_missing``, ``not_a_file``, ``empty_file`` or ``not_media``.
    """
    if not path.exists():
        raise MediaError(f"no such file: {path}", hint="check the path", reason="file_missing")
    if not path.is_file():
        raise MediaError(f"not a file: {path}", reason="not_a_file")
    if path.stat().st_size == 0:
        raise MediaError(f"{path.name} is empty", hint="download it again", reason="empty_file")
    try:
        # The explicit protocol keeps a name such as "concat:a|b" or "http:x" a plain file name.
        return av.open(f"file:{path.resolve()}", mode="r", options=dict(OPTIONS), metadata_errors="replace")
    except (FFmpegError, ValueError) as error:
        why = error.strerror if isinstance(error, FFmpegError) else str(error)
        raise MediaError(
            f"{path.name} is not a media file that can be read: {why}",
            hint="download it again, or convert it to mp4 or mkv",
            reason="not_media",
        ) from error


def video_streams(container: InputContainer) -> list[VideoStream]:
    """The moving pictures of a container, in order; cover art is not one."""
    still = Disposition.attached_pic
    return [stream for stream in container.streams.video if not stream.disposition & still]


def decode_video(container: InputContainer, stream: VideoStream, on_error: Callable[[], None]) -> Iterator[VideoFrame]:
    """Frames in the order of presentation from where the container stands; damage is reported and stepped over."""
    for frame in _decode(container, stream, on_error):
        if isinstance(frame, VideoFrame):
            yield frame


def decode_audio(container: InputContainer, stream: AudioStream, on_error: Callable[[], None]) -> Iterator[AudioFrame]:
    """Blocks of sound in file order from where the container stands; damage is reported and stepped over."""
    for frame in _decode(container, stream, on_error):
        if isinstance(frame, AudioFrame):
            yield frame


def _decode(
    container: InputContainer, stream: VideoStream | AudioStream, on_error: Callable[[], None]
) -> Iterator[object]:
    failures = 0
    while failures < MAX_READ_FAILURES:
        try:
            for packet in container.demux(stream):
                if packet.size == 0:  # the end of the file; the decoder is drained below
                    continue
                failures = 0
                try:
                    frames = packet.decode()
                except FFmpegError:
                    on_error()
                    continue
                yield from frames
            break
        except FFmpegError:
            failures += 1
            on_error()
    yield from _drain(stream, on_error)


def _drain(stream: VideoStream | AudioStream, on_error: Callable[[], None]) -> Iterator[object]:
    # A damaged frame in the queue of a threaded decoder ends one drain early; the next call goes on after it.
    for _ in range(MAX_READ_FAILURES):
        try:
            frames = stream.decode(None)
        except EOFError:
            return
        except FFmpegError:
            on_error()
            continue
        yield from frames
        return
