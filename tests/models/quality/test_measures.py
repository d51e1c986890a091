"""Weight-free measures of a picture, each against numbers worked out by hand."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from facelib.models.quality.blockiness import blockiness
from facelib.models.quality.exposure import exposure
from facelib.models.quality.measures import UNITS, of_boxes, of_picture
from facelib.models.quality.motion import frame_difference
from facelib.models.quality.sharpness import centre_half, grey, inside, laplacian_variance

Picture = NDArray[np.uint8]


def noise(height: int = 120, width: int = 160, seed: int = 1) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def scene(height: int = 240, width: int = 320) -> Picture:
    """Smooth shapes with some grain, as a photograph has."""
    small = np.random.default_rng(2).uniform(20, 235, (height // 16, width // 16, 3))
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(3).normal(0, 2, large.shape)
    return np.clip(large + grain, 0, 255).astype(np.uint8)


def test_laplacian_variance_by_hand() -> None:
    # One bright pixel of 8 on black: the Laplacian is -32 there, 8 at its four neighbours, 0 at the other 20.
    luma = np.zeros((5, 5), np.uint8)
    luma[2, 2] = 8
    values = np.array([-32, 8, 8, 8, 8, *[0] * 20], float)
    assert laplacian_variance(luma) == pytest.approx(values.var())


@pytest.mark.parametrize("sigma", [1, 2, 4])
def test_blur_lowers_sharpness(sigma: float) -> None:
    luma = grey(noise())
    softer = cv2.GaussianBlur(luma, (0, 0), sigma)
    assert laplacian_variance(softer) < laplacian_variance(luma) / 10


@pytest.mark.parametrize(("shape", "expected"), [((40, 60), (20, 30)), ((41, 63), (20, 31)), ((1, 1), (0, 0))])
def test_the_middle_is_half_of_each_side(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    assert centre_half(np.zeros(shape, np.uint8)).shape == expected


def test_only_the_middle_counts_as_the_rough_filter_measures_it() -> None:
    picture = np.full((80, 80, 3), 100, np.uint8)
    picture[:20] = noise(20, 80)
    assert laplacian_variance(centre_half(grey(picture))) == 0


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        ((10.2, 10.9, 19.5, 20.1), (11, 10)),
        ((-5, -5, 5, 5), (5, 5)),
        ((150, 110, 400, 400), (10, 10)),
        ((300, 300, 400, 400), (0, 0)),
        ((-40, -40, -10, -10), (0, 0)),
    ],
)
def test_a_box_is_cut_at_the_edges(box: tuple[float, ...], shape: tuple[int, int]) -> None:
    assert inside(grey(noise()), np.array(box, np.float32)).shape == shape


@pytest.mark.parametrize(
    ("levels", "expected"),
    [([0, 5, 6, 249], (65, 0.5, 0)), ([250, 255, 100, 35], (160, 0, 0.5)), ([128] * 4, (128, 0, 0))],
)
def test_exposure(levels: list[int], expected: tuple[float, float, float]) -> None:
    found = exposure(np.array(levels, np.uint8).reshape(2, 2))
    assert (found.luma, found.dark, found.bright) == expected


@pytest.mark.parametrize("corner", [(0, 0), (3, 5), (6, 2)])
def test_blocks_show_wherever_the_picture_was_cut(corner: tuple[int, int]) -> None:
    clean = scene()
    coded = cv2.imdecode(cv2.imencode(".jpg", clean, [cv2.IMWRITE_JPEG_QUALITY, 10])[1], cv2.IMREAD_COLOR)
    top, left = corner
    assert blockiness(grey(clean)[top:, left:]) < 1.1
    assert blockiness(grey(np.asarray(coded, np.uint8))[top:, left:]) > 1.8


def test_straight_edges_are_no_blocks() -> None:
    picture = scene()
    picture[:, 96:] //= 4
    picture[160:] //= 2
    assert blockiness(grey(picture)) < 1.15


def test_small_pictures_have_no_block_grid() -> None:
    assert np.isnan(blockiness(grey(noise(63, 200))))


def test_motion_in_and_around_the_face() -> None:
    before = np.full((120, 160), 50, np.uint8)
    after = before.copy()
    after[20:60, 40:80] += 30  # the whole box
    after[100:120] += 8  # 3200 of the other 17600 pixels
    box = np.array([40, 20, 80, 60], np.float32)
    face, background = frame_difference(before, after, box)
    assert face == 30
    assert background == pytest.approx(8 * 3200 / 17600)


@pytest.mark.parametrize(
    ("box", "lacks"), [((0, 0, 160, 120), "background"), ((200, 200, 220, 220), "face"), ((5, 5, 5, 5), "face")]
)
def test_motion_of_a_part_without_pixels_is_not_known(box: tuple[float, ...], lacks: str) -> None:
    pair = frame_difference(grey(noise(seed=1)), grey(noise(seed=2)), np.array(box, np.float32))
    assert [name for name, value in zip(("face", "background"), pair, strict=True) if np.isnan(value)] == [lacks]


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (15, 15), (17, 301), (64, 64)])
def test_pictures_of_any_size_are_measured_as_far_as_they_go(size: tuple[int, int]) -> None:
    picture = noise(*size)
    box = np.array([0, 0, size[1], size[0]], np.float32)
    found = of_picture(picture, grey(picture), box)
    assert found["luma"] == pytest.approx(float(grey(picture).mean()))
    assert np.isnan(found["piqe"]) == (min(size) < 16)
    assert np.isnan(found["blockiness"]) == (min(size) < 64)
    assert np.isnan(found["face_sharpness"]) == (min(size) < 3)


def test_every_measure_has_a_unit() -> None:
    box = np.array([0, 0, 10, 10], np.float32)
    pictures = of_picture(noise(), grey(noise()), box)
    boxes = of_boxes(box[None], np.full((1, 5, 2), np.nan, np.float32), 160, 120)
    assert {*pictures, *boxes} <= set(UNITS)
