import numpy as np
import pytest

from facelib.models.head_pose import MEAN_FACE, MIRROR, angles, head_pose, rotation_matrix

NOSE, EYE_LEFT, EYE_RIGHT = 30, 36, 45
POSES = [
    (0, 0, 0),
    (20, 0, 0),
    (-20, 0, 0),
    (0, 15, 0),
    (0, -15, 0),
    (0, 0, 25),
    (0, 0, -25),
    (35, -10, 15),
    (-60, 20, -30),
    (10, 5, 170),
]


def seen(yaw: float, pitch: float, roll: float, *, distance: float = 10.0, size: float = 120.0) -> np.ndarray:
    """The mean face as a camera at this distance (in eye distances) sees it, px."""
    face = MEAN_FACE @ rotation_matrix(yaw, pitch, roll).T
    return (face[:, :2] * size / (1 + face[:, 2:] / distance) + (300, 250)).astype(np.float32)


@pytest.mark.parametrize("pose", POSES)
def test_the_turned_mean_face_gives_its_angles(pose: tuple[float, float, float]) -> None:
    assert head_pose(seen(*pose)[None])[0] == pytest.approx(pose, abs=0.5)


@pytest.mark.parametrize("pose", [pose for pose in POSES if abs(pose[0]) < 45])
@pytest.mark.parametrize("distance", [6.0, 1e6])
def test_an_unknown_distance_costs_little(pose: tuple[float, float, float], distance: float) -> None:
    assert head_pose(seen(*pose, distance=distance)[None])[0] == pytest.approx(pose, abs=2.0)


@pytest.mark.parametrize(
    ("pose", "sign", "what"),
    [
        ((20, 0, 0), 1, "nose right"),
        ((-20, 0, 0), -1, "nose right"),
        ((0, 20, 0), 1, "nose up"),
        ((0, -20, 0), -1, "nose up"),
        ((0, 0, 20), 1, "right eye lower"),
        ((0, 0, -20), -1, "right eye lower"),
    ],
)
def test_signs_are_those_of_the_picture(pose: tuple[float, float, float], sign: int, what: str) -> None:
    front, points = seen(0, 0, 0), seen(*pose)
    moved = {
        "nose right": points[NOSE, 0] - front[NOSE, 0],
        "nose up": front[NOSE, 1] - points[NOSE, 1],
        "right eye lower": points[EYE_RIGHT, 1] - points[EYE_LEFT, 1],
    }
    assert np.sign(moved[what]) == sign
    axis = {"nose right": 0, "nose up": 1, "right eye lower": 2}[what]
    assert np.sign(head_pose(points[None])[0, axis]) == sign


@pytest.mark.parametrize("pose", POSES)
def test_angles_undo_the_rotation(pose: tuple[float, float, float]) -> None:
    matrix = rotation_matrix(*pose)
    assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-12) and np.linalg.det(matrix) == pytest.approx(1)
    assert angles(matrix) == pytest.approx(pose, abs=1e-9)


def test_a_mirrored_face_has_mirrored_angles() -> None:
    points = seen(25, 10, 5)
    mirrored = points[MIRROR] * np.float32([-1, 1]) + np.float32([600, 0])
    assert head_pose(mirrored[None])[0] == pytest.approx([-25, 10, -5], abs=0.5)


def test_speech_does_not_turn_the_head() -> None:
    points = seen(15, 5, 0)
    still = head_pose(points[None])[0]
    points[[6, 7, 8, 9, 10, *range(55, 60), *range(65, 68)], 1] += 15
    assert head_pose(points[None])[0] == pytest.approx(still, abs=1.0)


@pytest.mark.parametrize("face", [np.full((68, 2), np.nan), np.zeros((68, 2))])
def test_no_shape_has_no_pose(face: np.ndarray) -> None:
    assert np.isnan(head_pose(np.stack([face, seen(20, 0, 0)]).astype(np.float32))[0]).all()


def test_the_mean_face_is_its_own_mirror_image() -> None:
    assert MEAN_FACE[MIRROR] * (-1, 1, 1) == pytest.approx(MEAN_FACE)
    assert np.linalg.norm(MEAN_FACE[45] - MEAN_FACE[36]) == pytest.approx(1)
