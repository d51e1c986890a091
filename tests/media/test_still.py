import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelib.errors import MediaError
from facelib.media.still import read_picture, save_thumbnail

PICTURE = np.random.default_rng(1).integers(0, 255, (60, 80, 3)).astype(np.uint8)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp"])
def test_round_trip(suffix: str) -> None:
    data = cv2.imencode(suffix, PICTURE)[1].tobytes()
    assert read_picture(data).shape == PICTURE.shape


def png_of(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not_a_picture"),
        (b"hello", "not_a_picture"),
        (cv2.imencode(".png", PICTURE)[1].tobytes()[:40], "not_a_picture"),
        (png_of(15_000, 15_000), "too_many_pixels"),
        (bytes(30_000_001), "too_large"),
    ],
)
def test_what_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(MediaError) as caught:
        read_picture(data)
    assert caught.value.reason == reason


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"none\.png"):
        read_picture(tmp_path / "none.png")


@pytest.mark.parametrize(("side", "expected"), [(40, (30, 40)), (200, (60, 80))])
def test_thumbnail(tmp_path: Path, side: int, expected: tuple[int, int]) -> None:
    save_thumbnail(PICTURE, tmp_path / "t.jpg", side=side)
    assert read_picture(tmp_path / "t.jpg").shape[:2] == expected
