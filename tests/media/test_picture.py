from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from facelib.errors import MediaError
from facelib.media.crop import crop_yuv
from facelib.media.grid import GridReader
from facelib.media.picture import crop_bgr, plane, to_bgr
from tests.media.movies import write_movie


def flat(y: int, u: int, v: int, *, space: int = 2, span: int = 1, size: tuple[int, int] = (64, 48)) -> VideoFrame:
    frame = VideoFrame(*size, "yuv420p")
    for number, value in enumerate((y, u, v)):
        plane(frame, number)[:] = value
    frame.colorspace, frame.color_range = space, span
    return frame


def textured(width: int = 96, height: int = 64, format: str = "yuv420p") -> VideoFrame:
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    bgr = np.stack([x * 2, y * 3, 255 - x - y], -1).astype(np.uint8)
    return VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format=format)


def expected_bgr(y: float, u: float, v: float, red: float, blue: float, full: bool) -> list[float]:
    """The definition of Y'CbCr with luma weights red, blue (ITU-R BT.601: 0.299, 0.114; BT.709: 0.2126, 0.0722)."""
    luma = y / 255 if full else (y - 16) / 219
    cb, cr = ((u - 128) / 255, (v - 128) / 255) if full else ((u - 128) / 224, (v - 128) / 224)
    r, b = luma + 2 * (1 - red) * cr, luma + 2 * (1 - blue) * cb
    g = (luma - red * r - blue * b) / (1 - red - blue)
    return [255 * min(max(value, 0), 1) for value in (b, g, r)]


BT601, BT709 = (0.299, 0.114), (0.2126, 0.0722)


@pytest.mark.parametrize(
    ("space", "span", "size", "weights", "full"),
    [
        (1, 1, (64, 48), BT709, False),
        (6, 1, (64, 48), BT601, False),
        (5, 1, (64, 48), BT601, False),
        (1, 2, (64, 48), BT709, True),
        (6, 2, (64, 48), BT601, True),
        (2, 0, (64, 48), BT601, False),
        (2, 0, (1280, 720), BT709, False),
    ],
)
@pytest.mark.parametrize("yuv", [(81, 90, 240), (145, 54, 34), (180, 128, 128), (100, 150, 110)])
def test_matrix_and_range_are_respected(
    space: int, span: int, size: tuple[int, int], weights: tuple[float, float], full: bool, yuv: tuple[int, int, int]
) -> None:
    frame = flat(*yuv, space=space, span=span, size=size)
    want = expected_bgr(*yuv, *weights, full)
    assert np.abs(to_bgr(frame)[20, 20] - np.array(want)).max() <= 2.5
    assert np.abs(to_bgr(frame, size=(32, 24))[10, 10] - np.array(want)).max() <= 2.5
    assert np.abs(crop_bgr(frame, 10, 10, 20, 20)[5, 5] - np.array(want)).max() <= 2.5
    assert np.abs(to_bgr(crop_yuv(frame, 10, 10, 20, 20))[5, 5] - np.array(want)).max() <= 2.5


@pytest.mark.parametrize("rotation", [0, 90, 180, 270, -90])
@pytest.mark.parametrize("size", [None, (40, 20)])
def test_rotation_is_counter_clockwise_and_size_is_of_the_result(rotation: int, size: tuple[int, int] | None) -> None:
    frame = textured()
    picture = to_bgr(frame, size=size, rotation=rotation)
    displayed = (96, 64) if rotation % 180 == 0 else (64, 96)
    assert picture.shape == ((size or displayed)[1], (size or displayed)[0], 3)
    assert picture.flags.c_contiguous
    if size is None:
        assert np.array_equal(picture, np.rot90(to_bgr(frame), rotation // 90))


INSIDE = [(10, 12, 50, 40), (11, 13, 52, 39), (0, 0, 20, 20), (40, 30, 64, 64), (0, 0, 64, 64), (7, 9, 8, 10)]
OUTSIDE = [(-10, -6, 20, 30), (50, 40, 110, 120), (-4, -4, 120, 120), (-20, 10, -10, 20), (200, 10, 230, 40)]


def reference_crop(picture: np.ndarray, x1: int, y1: int, x2: int, y2: int) -> np.ndarray:
    rows = np.clip(np.arange(y1, y2), 0, picture.shape[0] - 1)
    columns = np.clip(np.arange(x1, x2), 0, picture.shape[1] - 1)
    return picture[rows][:, columns]


@pytest.mark.parametrize("format", ["yuv420p", "yuv444p", "yuv420p10le", "bgr24"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("box", INSIDE + OUTSIDE)
def test_a_rectangle_is_the_same_as_cutting_the_whole(
    box: tuple[int, int, int, int], rotation: int, format: str
) -> None:
    frame = textured(format=format)
    want = reference_crop(to_bgr(frame, rotation=rotation), *box)
    got = crop_bgr(frame, *box, rotation=rotation)
    assert got.shape == want.shape
    assert np.abs(got.astype(int) - want).max() <= 2


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("box", [(10, 12, 50, 40), (0, 0, 64, 64), (-10, -6, 20, 30), (50, 40, 110, 120)])
def test_a_yuv_crop_has_the_samples_of_the_source(box: tuple[int, int, int, int], rotation: int) -> None:
    frame = textured()
    crop = crop_yuv(frame, *box, rotation=rotation)
    for number, half in ((0, 1), (1, 2), (2, 2)):
        displayed = np.rot90(plane(frame, number), rotation // 90)
        want = reference_crop(displayed, *(side // half for side in box))
        assert np.array_equal(plane(crop, number), want)


@pytest.mark.parametrize("box", [(1, 0, 11, 10), (0, 0, 10, 11), (10, 10, 10, 20), (20, 0, 10, 10)])
def test_a_yuv_crop_wants_even_numbers(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(MediaError) as caught:
        crop_yuv(textured(), *box)
    assert caught.value.reason == "odd_size"


@pytest.mark.parametrize(("degrees", "corner"), [(0, (0, 0)), (90, (-1, 0)), (180, (-1, -1)), (-90, (0, -1))])
def test_a_turned_file_is_shown_upright(tmp_path: Path, degrees: int, corner: tuple[int, int]) -> None:
    # The top left of the coded picture is bright; turning it counter-clockwise carries it along.
    frames = [flat(40, 128, 128) for _ in range(3)]
    for frame in frames:
        plane(frame, 0)[:16, :16] = 220
    path = write_movie(tmp_path / "a.mp4", [0, 512, 1024], Fraction(1, 12800), rotation=degrees, frames=frames)
    reader = GridReader(path)
    picture = to_bgr(next(iter(reader)).frame, rotation=reader.rotation)
    assert picture.shape == (reader.height, reader.width, 3)
    assert picture[corner].mean() > 200
    assert sum(picture[a, b].mean() > 200 for a in (0, -1) for b in (0, -1)) == 1
