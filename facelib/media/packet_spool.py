"""Encoded pictures that wait for their sound: in memory while they are few, else on disk."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

from av.packet import Packet
from av.video.stream import VideoStream

HELD_BYTES = 32 << 20
"""So many bytes wait in memory; with more, all of them lie in a temporary file that has no name."""

_HEAD = struct.Struct("<qqq?I")


class PacketSpool:
    """Packets of one stream of pictures, written once and then read once in the same order.

    Args:
        folder: where the temporary file is made.
    """

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.SpooledTemporaryFile(HELD_BYTES, dir=str(folder))  # noqa: SIM115 - close() closes it
        self._time_base = Fraction(1)

    def add(self, packet: Packet[VideoStream]) -> None:
        """Keep a packet; its decoding time is not before those of the packets before it."""
        if packet.pts is None or packet.dts is None:
            raise ValueError("a packet without a time cannot wait")
        self._time_base = packet.time_base
        times = packet.dts, packet.pts, packet.duration or 0
        self._file.write(_HEAD.pack(*times, packet.is_keyframe, packet.size))
        self._file.write(packet)

    def packets(self, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
        """Each packet, for a stream of a container."""
        self._file.seek(0)
        while head := self._file.read(_HEAD.size):
            dts, pts, duration, is_key, size = _HEAD.unpack(head)
            packet = cast("Packet[VideoStream]", Packet(self._file.read(size)))
            packet.stream, packet.time_base = stream, self._time_base
            packet.dts, packet.pts, packet.duration, packet.is_keyframe = dts, pts, duration, is_key
            yield packet

    def close(self) -> None:
        """Let go of everything."""
        self._file.close()
