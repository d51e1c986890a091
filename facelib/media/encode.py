"""Writing clips: 25 fps H.264 with 16 kHz mono AAC, the same bytes for the same input."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from facelib.errors import MediaError
from facelib.media.audio import SPEECH_RATE, Samples
from facelib.media.clock import GRID_FPS
from facelib.media.color import h273_matrix, matrix, value_range
from facelib.media.packet_spool import PacketSpool
from facelib.media.picture import Picture

AUDIO_BITS_PER_SECOND = 80_000
"""AAC at this rate is transparent for 16 kHz mono speech."""

# x264 writes other bytes for another number of threads, so the number is fixed and never the machine's.
_FIXED_THREADS = 4
# Four seconds between key frames keep seeking cheap at a few per cent of the size.
_KEY_FRAME_INTERVAL = 100
_PIECE = 60 * SPEECH_RATE


class ClipWriter:
    """Writes one clip: mp4, H.264 4:2:0, 25 fps, frame n at n/25 s, and AAC where sound is given.

    The file is complete when the context ends without an error; after an error it is removed. Pictures given as BGR are
    stored as limited-range BT.709; frames keep their own matrix and range, of the first frame. Encoded packets are
    kept until the end, where pictures and sound are interleaved: beyond ``packet_spool.HELD_BYTES`` in a temporary file
    beside the clip, so that memory grows with the sound alone, by 2 bytes a sample.

    Args:
        path: the file to write.
        width, height: in pixels, both even.
        crf: constant rate factor of x264, 0 (lossless) to 51; 14 is visually lossless.
        preset: x264 preset, from ``ultrafast`` to ``veryslow``.
        threads: encoder threads; 0 takes a fixed number, so that the bytes do not depend on the machine.

    Raises:
        MediaError: reason ``odd_size`` for odd or empty dimensions; ``wrong_size`` for a picture of another size;
            ``no_frames`` when nothing was written.

    Example:
        >>> with ClipWriter(Path("clip.mp4"), 320, 320) as writer:  # doctest: +SKIP
        ...     writer.write(picture)
        ...     writer.write_audio(samples)
    """

    def __init__(
        self, path: Path, width: int, height: int, *, crf: int = 14, preset: str = "veryfast", threads: int = 0
    ) -> None:
        if width <= 0 or height <= 0 or width % 2 or height % 2:
            raise MediaError(
                f"a clip cannot be {width}x{height}", hint="both sides must be even and above 0", reason="odd_size"
            )
        self.path, self.width, self.height = path, width, height
        self.n_frames = 0
        self._x264 = {
            "crf": str(crf),
            "preset": preset,
            "g": str(_KEY_FRAME_INTERVAL),
            "x264-params": f"cpu-independent=1:threads={threads or _FIXED_THREADS}",
            "flags": "+bitexact",
        }
        self._reformatter = VideoReformatter()
        self._sound: list[Samples] = []
        self._color: tuple[Colorspace, ColorRange] | None = None

    def __enter__(self) -> Self:
        self._container: OutputContainer = av.open(
            f"file:{self.path.resolve()}",
            mode="w",
            format="mp4",
            options={"movflags": "+faststart", "fflags": "+bitexact"},
        )
        self._pictures = PacketSpool(self.path.resolve().parent)
        self._video: VideoStream = self._container.add_stream("libx264", rate=GRID_FPS, options=self._x264)
        self._video.width, self._video.height, self._video.pix_fmt = self.width, self.height, "yuv420p"
        self._video.codec_context.time_base = Fraction(1, GRID_FPS)
        return self

    def write(self, picture: Picture | VideoFrame) -> None:
        """Add the next frame: BGR uint8 of shape (height, width, 3), or a decoded frame or crop of that size."""
        size = (picture.width, picture.height) if isinstance(picture, VideoFrame) else picture.shape[1::-1]
        if size != (self.width, self.height):
            raise MediaError(
                f"{self.path.name} takes {self.width}x{self.height}, not {size[0]}x{size[1]}", reason="wrong_size"
            )
        frame = self._prepared(picture)
        frame.pts, frame.time_base = self.n_frames, Fraction(1, GRID_FPS)
        self._keep(self._video.encode(frame))
        self.n_frames += 1

    def write_audio(self, samples: Samples) -> None:
        """Add sound, mono int16 at 16 kHz; the first sample given belongs to the start of frame 0."""
        self._sound.append(np.asarray(samples, np.int16).reshape(-1))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                if not self.n_frames:
                    raise MediaError(f"no frame was written to {self.path.name}", reason="no_frames")
                self._finish()
            self._container.close()
        except BaseException:
            self._discard()
            raise
        finally:
            self._pictures.close()
        if error is not None:
            self._discard()

    def _keep(self, packets: Iterable[Packet[VideoStream]]) -> None:
        for packet in packets:
            self._pictures.add(packet)

    def _prepared(self, picture: Picture | VideoFrame) -> VideoFrame:
        if isinstance(picture, VideoFrame):
            given, space, span = picture, matrix(picture), value_range(picture)
            target = self._color or (space, span)
        else:
            given = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
            space, span = Colorspace.ITU709, ColorRange.JPEG
            target = self._color or (Colorspace.ITU709, ColorRange.MPEG)
        if self._color is None:
            self._tag(*target)
        if given.format.name in ("yuv420p", "yuvj420p") and (space, span) == target:
            return given
        return self._reformatter.reformat(
            given,
            format="yuv420p",
            src_colorspace=space,
            dst_colorspace=target[0],
            src_color_range=span,
            dst_color_range=target[1],
            interpolation=Interpolation.AREA | Interpolation.ACCURATE_RND,
            threads=1,
        )

    def _tag(self, space: Colorspace, span: ColorRange) -> None:
        self._color = (space, span)
        context = self._video.codec_context
        code = h273_matrix(space)
        context.colorspace, context.color_range = code, span
        # Primaries and transfer share their codes with the matrix for BT.709 and BT.601; others stay unspecified.
        context.color_primaries = context.color_trc = code if code in (1, 6) else 2

    def _finish(self) -> None:
        self._keep(self._video.encode(None))
        sound = encode_sound(self._container, self._sound) if self._sound else ()
        mux_in_time(self._container, sound, self._pictures.packets(self._video))

    def _discard(self) -> None:
        self._container.close()
        self.path.unlink(missing_ok=True)


def encode_sound(container: OutputContainer, sound: Iterable[Samples]) -> Iterator[Packet[AudioStream]]:
    """Add a stream of AAC to a container; its packets, which are encoded as they are taken.

    Args:
        container: an output that nothing was muxed into yet.
        sound: mono int16 at 16 kHz, in pieces, the first one from 0 s on.
    """
    stream: AudioStream = container.add_stream("aac", rate=SPEECH_RATE, options={"flags": "+bitexact"})
    stream.codec_context.layout = "mono"
    stream.bit_rate = AUDIO_BITS_PER_SECOND
    return _encoded(stream, sound)


def _encoded(stream: AudioStream, sound: Iterable[Samples]) -> Iterator[Packet[AudioStream]]:
    done = 0
    for samples in sound:
        for first in range(0, len(samples), _PIECE):
            piece = np.ascontiguousarray(samples[first : first + _PIECE]).reshape(1, -1)
            frame = AudioFrame.from_ndarray(piece, format="s16", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = SPEECH_RATE, done, Fraction(1, SPEECH_RATE)
            yield from stream.encode(frame)
            done += piece.size
    yield from stream.encode(None)


def mux_in_time(
    container: OutputContainer, sound: Iterable[Packet[AudioStream]], pictures: Iterable[Packet[VideoStream]]
) -> None:
    """Write the packets of two streams in order of time, so that a player need not read ahead.

    Sound comes first at equal times. Either is taken packet by packet, so that neither is held in memory.
    """
    packets: Iterator[Packet[AudioStream] | Packet[VideoStream]] = heapq.merge(sound, pictures, key=_time)
    for packet in packets:
        container.mux(packet)


def _time(packet: Packet[AudioStream] | Packet[VideoStream]) -> Fraction:
    return (packet.dts or 0) * Fraction(packet.time_base)
