import numpy as np
import pytest

from facelib.models.alignment import TEMPLATE, norm_crop, portrait_box, portrait_crop, similarity, usable

FACE = np.array([[90, 110], [150, 100], [125, 140], [100, 170], [148, 165]], np.float32)


def picture(height: int = 240, width: int = 320) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_points_that_were_turned_scaled_and_moved_are_brought_back_exactly() -> None:
    angle, scale, shift = np.deg2rad(30), 2.5, np.array([40.0, -7.0])
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = similarity(TEMPLATE @ (scale * rotation).T + shift, TEMPLATE)
    assert matrix[:, :2] == pytest.approx(rotation.T / scale)


def test_similarity_is_the_least_squares_one() -> None:
    """No other rotation, scale or shift nearby fits better."""
    matrix = similarity(FACE, TEMPLATE)

    def misfit(turn: complex, shift: complex) -> float:
        moved = (FACE @ np.array([1, 1j])) * turn + shift
        return float((abs(moved - TEMPLATE @ np.array([1, 1j])) ** 2).sum())

    turn, shift = complex(matrix[0, 0], matrix[1, 0]), complex(matrix[0, 2], matrix[1, 2])
    for step in (0.001, -0.001, 0.001j, -0.001j):
        assert misfit(turn, shift) < misfit(turn + step, shift)
        assert misfit(turn, shift) < misfit(turn, shift + step)


@pytest.mark.parametrize("side", [112, 224])
def test_the_crop_is_that_of_insightface(side: int) -> None:
    face_align = pytest.importorskip("insightface.utils.face_align")
    given = picture()
    assert similarity(FACE, TEMPLATE) == pytest.approx(face_align.estimate_norm(FACE), abs=1e-4)
    theirs = face_align.norm_crop(given, FACE, side).astype(int)
    assert np.abs(norm_crop(given, FACE, side) - theirs).max() <= 1


def test_keypoints_come_to_lie_on_the_template() -> None:
    dots = np.zeros((240, 320, 3), np.uint8)
    for x, y in TEMPLATE * 2 + 5:
        dots[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2] = 255
    crop = norm_crop(dots, (TEMPLATE * 2 + 5).astype(np.float32), 112)
    assert all(crop[round(y), round(x)].min() > 60 for x, y in TEMPLATE)


@pytest.mark.parametrize(
    ("keypoints", "expected"),
    [
        (FACE, True),
        (np.full((5, 2), np.nan), False),
        (np.where(np.arange(10).reshape(5, 2) == 3, np.nan, FACE), False),
        (np.full((5, 2), 7.0), False),
    ],
)
def test_missing_keypoints_and_those_in_one_place_are_not_usable(keypoints: np.ndarray, expected: bool) -> None:
    assert usable(keypoints) is expected


def test_points_in_one_place_have_no_similarity() -> None:
    with pytest.raises(ValueError, match="one place"):
        similarity(np.ones((5, 2)), TEMPLATE)


@pytest.mark.parametrize(
    ("box", "size", "expected"),
    [
        ((100, 100, 200, 200), (640, 480), (75, 39, 225, 210)),
        ((0, 0, 100, 100), (640, 480), (0, 0, 125, 110)),
        ((500, 400, 640, 480), (640, 480), (465, 352, 640, 480)),
    ],
)
def test_the_portrait_is_wide_and_ends_with_the_picture(
    box: tuple[int, ...], size: tuple[int, int], expected: tuple[int, ...]
) -> None:
    assert portrait_box(np.array(box, np.float32), *size) == expected


def test_fractions_take_a_part_of_the_portrait() -> None:
    given = np.zeros((200, 200, 3), np.uint8)
    given[:, 100:] = 200
    box = np.array([50, 50, 150, 150], np.float32)
    left, right = (portrait_crop(given, box, (a, 0.0, b, 1.0), 32) for a, b in ((0.0, 0.49), (0.51, 1.0)))
    assert left.shape == right.shape == (32, 32, 3)
    assert left.max() == 0 and right.min() == 200


def test_a_portrait_outside_the_picture_is_black() -> None:
    crop = portrait_crop(picture(), np.array([900, 900, 950, 950], np.float32), (0.0, 0.0, 1.0, 1.0), 16)
    assert crop.shape == (16, 16, 3) and crop.max() == 0
