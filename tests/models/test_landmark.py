from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.models import landmark
from facelib.models.head_pose import MEAN_FACE, MIRROR

FRONT = MEAN_FACE[:, :2] * 100 + 200


def test_eye_distance_is_that_of_the_outer_corners() -> None:
    assert landmark.eye_distance(FRONT) == pytest.approx(100)


@pytest.mark.parametrize(
    ("shift", "scale", "difference"),
    [((0, 0), 1, 0.0), ((3, 4), 1, 0.05), ((30, 40), 10, 0.05), ((0, -100), 1, 1.0)],
)
def test_difference_is_in_eye_distances(shift: tuple[float, float], scale: float, difference: float) -> None:
    faces = np.stack([FRONT, FRONT]) * np.float32(scale)
    assert landmark.landmark_difference(faces + np.float32(shift), faces) == pytest.approx(difference, abs=1e-5)
    assert landmark.landmark_difference(faces[0] + np.float32(shift), faces[0]) == pytest.approx(difference, abs=1e-5)


def test_no_face_has_no_difference() -> None:
    assert np.isnan(landmark.landmark_difference(np.zeros((0, 68, 2), "f4"), np.zeros((0, 68, 2), "f4")))


def test_groups_cover_the_points_once_and_are_mirrored_in_pairs() -> None:
    numbers = [number for group in landmark.GROUPS.values() for number in range(68)[group]]
    assert numbers == list(range(landmark.POINTS))
    assert sorted(MIRROR[landmark.GROUPS["eye_left"]]) == list(range(68)[landmark.GROUPS["eye_right"]])


@pytest.mark.parametrize(
    ("grey", "box", "expected"),
    [
        (np.zeros((90, 90, 3)), (10, 10, 50, 50), True),
        (np.full((90, 90, 3), 200), (10, 10, 50, 50), True),
        (np.arange(90 * 90 * 3).reshape(90, 90, 3) % 251, (10, 10, 50, 50), False),
        (np.arange(90 * 90 * 3).reshape(90, 90, 3) % 251, (-60, 10, -10, 50), True),
    ],
)
def test_a_box_that_shows_nothing_is_flat(
    grey: np.ndarray, box: tuple[float, float, float, float], expected: bool
) -> None:
    assert landmark.flat(grey.astype(np.uint8), np.array(box, np.float32)) is expected


def test_an_unknown_model_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(ModelError, match=r"'pipnet'.*mediapipe"):
        landmark.make("pipnet", lambda name: Path(name))


@pytest.mark.parametrize("name", ["mediapipe", "dlib68"])
def test_models_are_made_by_name(name: str, weight_file: Callable[[str], Path]) -> None:
    points, scores = landmark.make(name, weight_file, threads=1).points(
        [], np.zeros((0, 4), "f4"), np.zeros((0, 5, 2), "f4")
    )
    assert points.shape == (0, 68, 2) and scores.shape == (0,)
