"""Telling media files from pages, texts and archives by their first bytes."""

from __future__ import annotations

HEAD_BYTES = 512

_ISO_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"moof", b"pnot")
_STARTS = (
    (b"\x1aE\xdf\xa3", "mkv"),
    (b"OggS", "ogv"),
    (b"FLV\x01", "flv"),
    (b"\x00\x00\x01\xba", "mpg"),
    (b"\x00\x00\x01\xb3", "mpg"),
    (b"0&\xb2u\x8ef\xcf\x11", "wmv"),
    (b"\x06\x0e+4\x02\x05\x01\x01", "mxf"),
    (b"ID3", "mp3"),
    (b"fLaC", "flac"),
    (b"\xff\xfb", "mp3"),
    (b"\xff\xf1", "aac"),
    (b"\xff\xf9", "aac"),
)


def container_of(head: bytes) -> str | None:
    """The file extension of the media container that begins with `head`, None where it is none.

    Args:
        head: the first bytes of the file, best `HEAD_BYTES` of them.

    Example:
        >>> container_of(b"\\x00\\x00\\x00\\x20ftypisom"), container_of(b"<!doctype html>")
        ('mp4', None)
    """
    if head[4:8] in _ISO_BOXES:
        return "mov" if head[8:12] == b"qt  " else "mp4"
    if head[:4] == b"RIFF" and head[8:12] in (b"AVI ", b"WAVE"):
        return "avi" if head[8:12] == b"AVI " else "wav"
    if any(head[at : at + 1] == b"G" and head[at + step : at + step + 1] == b"G" for at, step in ((0, 188), (4, 192))):
        return "ts"
    return next((extension for start, extension in _STARTS if head.startswith(start)), None)
