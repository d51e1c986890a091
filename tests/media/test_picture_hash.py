"""The average hash of pictures, computed by hand and on real frames."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.media.picture_hash import average_hash, from_bits, majority, mirrored, to_bits


def bits(one: int, other: int) -> int:
    return (one ^ other).bit_count()


def frame(path: Path) -> np.ndarray:
    with GridReader(path, stop=1) as reader:
        return to_bgr(next(iter(reader)).frame)


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        (slice(0, 40), slice(None), 0xFFFFFFFF00000000),
        (slice(None), slice(0, 40), 0xF0F0F0F0F0F0F0F0),
        (slice(10, 20), slice(70, 80), 0x0001000000000000),
        (slice(0, 0), slice(0, 0), 0),
        (slice(None), slice(None), 0),
    ],
)
def test_where_the_bits_lie(rows: slice, columns: slice, expected: int) -> None:
    picture = np.full((80, 80, 3), 20, np.uint8)
    picture[rows, columns] = 200
    assert average_hash(picture) == average_hash(picture[..., 0]) == expected


def test_the_formula() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (160, 96, 3), dtype=np.uint8)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    for filter, interpolation in (("area", cv2.INTER_AREA), ("linear", cv2.INTER_LINEAR)):
        small = cv2.resize(grey, (8, 8), interpolation=interpolation).astype(float)
        text = "".join("1" if pixel > small.sum() / 64 else "0" for pixel in small.reshape(-1))
        assert average_hash(picture, filter=filter) == int(text, 2)  # type: ignore[arg-type]


def test_bits_and_back() -> None:
    value = 0x0123456789ABCDEF
    assert from_bits(to_bits(value)) == value
    assert to_bits(value)[0].astype(int).tolist() == [0, 0, 0, 0, 0, 0, 0, 1]
    assert mirrored(mirrored(value)) == value


@pytest.mark.parametrize(
    ("values", "expected"), [([5], 5), ([1, 2], 0), ([3, 1, 1], 1), ([2**64 - 1] * 2 + [0], 2**64 - 1)]
)
def test_majority(values: list[int], expected: int) -> None:
    assert majority(values) == expected


@pytest.mark.parametrize("size", [(0, 8), (8, 0)])
def test_empty(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="empty"):
        average_hash(np.zeros((*size, 3), np.uint8))


@pytest.mark.media
def test_a_real_frame_in_other_forms(media_dir: Path) -> None:
    picture = frame(media_dir / "talker_a.mp4")
    own = average_hash(picture)
    ok, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 20])
    assert ok
    for other in (
        cv2.imdecode(coded, cv2.IMREAD_COLOR),
        cv2.resize(picture, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA),
        cv2.convertScaleAbs(picture, alpha=0.7, beta=20),
    ):
        assert bits(own, average_hash(np.asarray(other, np.uint8))) <= 2
    assert bits(mirrored(own), average_hash(np.ascontiguousarray(picture[:, ::-1]))) <= 1
    assert bits(own, average_hash(frame(media_dir / "talker_b.mp4"))) > 12
