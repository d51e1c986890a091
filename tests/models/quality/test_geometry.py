"""Speed, size and completeness of a tracked face, and the square around all its boxes."""

import numpy as np
import pytest

from facelib.models.quality.consistency import inconsistency
from facelib.models.quality.geometry import KEYPOINTS, completeness, face_speed, sides
from facelib.models.quality.union_crop import union_crop

NONE = np.full((1, 5, 2), np.nan, np.float32)


def moving(n: int, per_frame: float, side: float = 40) -> np.ndarray:
    x = np.arange(n, dtype=np.float32)[:, None] * per_frame
    return np.concatenate([x, np.zeros_like(x), x + side, np.full_like(x, side)], axis=1).astype(np.float32)


@pytest.mark.parametrize("n", [2, 3, 5, 6, 10, 100])
def test_steady_motion_has_one_speed_throughout(n: int) -> None:
    # 2 px of 40 a frame are 25 * 2 / 40 sides a second.
    assert face_speed(moving(n, 2)) == pytest.approx(np.full(n, 1.25))


def test_one_frame_has_no_speed() -> None:
    assert len(face_speed(moving(1, 2))) == 0


def test_speed_does_not_depend_on_the_scale() -> None:
    assert face_speed(moving(20, 2)) == pytest.approx(face_speed(moving(20, 6, side=120)))


def test_jitter_of_the_box_is_not_motion() -> None:
    jitter = moving(50, 0) + np.tile([[0.0], [1.0]], (25, 1)).astype(np.float32)
    # One pixel of 40 to and fro each frame would be 0.88 sides a second from frame to frame.
    assert face_speed(jitter).max() <= 0.2


def test_larger_side() -> None:
    assert sides(np.array([[0, 0, 10, 20], [5, 5, 45, 15]], np.float32)).tolist() == [20, 40]


@pytest.mark.parametrize(
    ("box", "expected"),
    [((10, 10, 50, 50), 1), ((-20, 10, 20, 50), 0.5), ((-20, -20, 20, 20), 0.25), ((200, 0, 240, 40), 0)],
)
def test_share_of_the_box_inside(box: tuple[float, ...], expected: float) -> None:
    assert completeness(np.array([box], np.float32), NONE, 160, 120)[0] == pytest.approx(expected)


def placed(x1: float, y1: float, side: float) -> np.ndarray:
    return (KEYPOINTS * side + [x1, y1])[None].astype(np.float32)


@pytest.mark.parametrize(
    ("beyond", "expected"), [(0, 1), (10, 0.75), (20, 0.5)], ids=["whole", "a quarter outside", "half outside"]
)
def test_a_box_cut_at_the_edge_is_completed_from_its_keypoints(beyond: float, expected: float) -> None:
    cut = np.array([[0, 30, 40 - beyond, 70]], np.float32)
    assert completeness(cut, placed(-beyond, 30, 40), 160, 120)[0] == pytest.approx(expected, abs=1e-5)


def test_keypoints_do_not_speak_for_a_box_away_from_the_edge() -> None:
    assert completeness(np.array([[10, 10, 50, 50]], np.float32), placed(-20, 10, 40), 160, 120)[0] == 1


@pytest.mark.parametrize(
    ("boxes", "side", "face"),
    [
        ([(40, 40, 60, 60)], 28, (4, 24)),
        ([(40, 40, 50, 60), (50, 40, 60, 60)], 28, (4, 24)),
        ([(0, 40, 20, 60)], 28, (4, 24)),  # at the left edge: padded there, the face stays in the middle
        ([(90, 40, 110, 60)], 28, (4, 14)),  # the picture ends at 100
    ],
)
def test_the_square_around_all_boxes(boxes: list[tuple[int, ...]], side: int, face: tuple[int, int]) -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    for x1, y1, x2, y2 in boxes:
        picture[y1:y2, max(0, x1) : x2] = 255
    square = union_crop(picture, np.array(boxes, np.float32))
    assert square.shape == (side, side, 3)
    columns = np.flatnonzero(square[side // 2, :, 0])
    assert (columns[0], columns[-1] + 1) == face


def test_a_square_beyond_the_picture_is_black() -> None:
    assert not union_crop(np.full((50, 50, 3), 9, np.uint8), np.array([[200, 200, 220, 220]], np.float32)).any()


@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        ([(1, 0)] * 5, 0),
        ([(1, 0), (1, 0), (0, 3), (1, 1), (2, 0)], 1),
        ([(1, 0), (-1, 0)], 2),
        ([(3, 4), (4, 3)], 1 - 24 / 25),
    ],
)
def test_inconsistency_is_that_of_the_worst_pair(vectors: list[tuple[float, float]], expected: float) -> None:
    assert inconsistency(np.array(vectors, np.float32)) == pytest.approx(expected, abs=1e-7)


def test_one_vector_makes_no_pair() -> None:
    assert np.isnan(inconsistency(np.ones((1, 4), np.float32)))
