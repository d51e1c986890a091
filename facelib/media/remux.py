"""A clip's pictures as they are, with other sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream

from facelib.errors import MediaError
from facelib.media.audio import Samples
from facelib.media.container import open_local
from facelib.media.encode import encode_sound, mux_in_time


def with_sound(video: Path, samples: Samples, path: Path) -> None:
    """Write an mp4 with the encoded pictures of one file, untouched, and new sound.

    Args:
        video: an mp4 whose first picture is at 0 s.
        samples: mono int16 at 16 kHz, the first one at the first picture.
        path: the file to write; it is there whole or not at all.

    Raises:
        MediaError: reason ``no_video`` where there are no pictures; reasons of ``open_local``.
    """
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    try:
        with open_local(video) as source, av.open(f"file:{path.resolve()}", "w", format="mp4", options=options) as out:
            if not source.streams.video:
                raise MediaError(f"{video.name} has no pictures", reason="no_video")
            pictures = source.streams.video[0]
            copied: VideoStream = out.add_stream_from_template(pictures)
            mux_in_time(out, encode_sound(out, [samples]), _copies(source.demux(pictures), copied))
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _copies(pictures: Iterator[Packet[VideoStream]], stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    for picture in pictures:
        if picture.dts is not None:
            picture.stream = stream
            yield picture
