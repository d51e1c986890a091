import cv2
import numpy as np
import pytest

from facelib.media.face_crop import crop_square, follow_squares, lrs_squares, smooth, squares

PICTURE = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)


def padded_crop(picture: np.ndarray, half: float, x: float, y: float) -> np.ndarray:
    """The LRS crop as first published: pad the whole picture, then cut with rounded-down numbers, then scale."""
    by = int(half * 1.8)
    padded = np.pad(picture, ((by, by), (by, by), (0, 0)), constant_values=110)
    x, y = x + by, y + by
    cut = padded[int(y - half) : int(y + half * 1.8), int(x - half * 1.4) : int(x + half * 1.4)]
    return np.asarray(cv2.resize(cut, (224, 224)))


@pytest.mark.parametrize(
    ("half", "x", "y"),
    [
        pytest.param(20.0, 60.0, 45.0, id="inside"),
        pytest.param(20.3, 60.7, 41.2, id="fractions"),
        pytest.param(30.0, 25.0, 22.0, id="over the upper left corner"),
        pytest.param(30.0, 110.0, 80.0, id="over the lower right corner"),
        pytest.param(70.5, 60.2, 45.9, id="larger than the picture"),
        pytest.param(9.5, 2.25, 45.0, id="over the left edge"),
    ],
)
def test_the_crop_is_that_of_a_padded_picture(half: float, x: float, y: float) -> None:
    square = lrs_squares(np.array([[half, x, y]]))[0]
    assert np.array_equal(crop_square(PICTURE, square, 224), padded_crop(PICTURE, half, x, y))


def test_squares() -> None:
    smoothed = np.array([[50.0, 100.0, 200.0], [10.0, 0.0, 5.0]])
    assert lrs_squares(smoothed).tolist() == [[30, 150, 170, 290], [-14, -5, 14, 23]]
    assert follow_squares(smoothed).tolist() == [[30, 130, 170, 270], [-14, -9, 14, 19]]


@pytest.mark.parametrize(
    ("square", "inside"),
    [
        pytest.param((10, 20, 14, 24), 16, id="inside"),
        pytest.param((-2, -3, 2, 1), 2, id="corner"),
        pytest.param((118, 88, 122, 92), 4, id="other corner"),
        pytest.param((-50, 10, -46, 14), 0, id="left of it"),
        pytest.param((200, 10, 204, 14), 0, id="right of it"),
        pytest.param((10, 300, 14, 304), 0, id="below"),
        pytest.param((10, -30, 14, -26), 0, id="above"),
    ],
)
def test_what_lies_outside_is_filled(square: tuple[int, int, int, int], inside: int) -> None:
    found = crop_square(np.full((90, 120, 3), 7, np.uint8), np.array(square, float), fill=200)
    assert found.shape == (4, 4, 3)
    assert (found == 7).all(axis=2).sum() == inside and (found == 200).all(axis=2).sum() == 16 - inside


def test_a_square_of_nothing_is_one_pixel() -> None:
    assert crop_square(PICTURE, np.array([5.2, 6.1, 5.4, 6.3])).tolist() == [[PICTURE[6, 5].tolist()]]


def still(count: int, x: float = 500.0, side: float = 100.0) -> np.ndarray:
    return np.tile([x, 400.0, x + side, 400.0 + side], (count, 1))


def test_smooth_takes_the_larger_side_and_drops_an_outlier() -> None:
    boxes = still(30)
    boxes[:, 3] += 40
    boxes[10] += 500
    found = smooth(boxes)
    assert np.allclose(found, [70.0, 550.0, 470.0])


def test_smooth_does_not_shrink_towards_the_ends() -> None:
    assert np.allclose(smooth(still(3)), [50.0, 550.0, 450.0])


def test_squares_of_a_scale() -> None:
    assert squares(np.array([[50.0, 100.0, 200.0]]), 1.8).tolist() == [[10.0, 110.0, 190.0, 290.0]]
