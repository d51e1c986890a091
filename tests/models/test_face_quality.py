import numpy as np
import pytest

from facelib.models.face_quality import face_quality, frontality

FRONTAL = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)


def turned(nose_x: float) -> np.ndarray:
    points = FRONTAL.copy()
    points[2, 0] = nose_x
    return points


@pytest.mark.parametrize(("nose_x", "expected"), [(50, 1), (60, 0.5), (40, 0.5), (70, 0), (30, 0), (90, 0)])
def test_frontality_falls_as_the_nose_nears_an_eye(nose_x: float, expected: float) -> None:
    assert frontality(turned(nose_x)) == pytest.approx(expected)


@pytest.mark.parametrize("degrees", [0, 20, -45, 90, 180])
def test_frontality_does_not_depend_on_roll(degrees: float) -> None:
    angle = np.deg2rad(degrees)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert frontality((turned(55) @ rotation.T).astype(np.float32)) == pytest.approx(0.75, abs=1e-4)


def test_eyes_in_one_place_are_no_face() -> None:
    assert frontality(np.zeros((5, 2), np.float32)) == 0


def noise(side: int = 200) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (side, side, 3)).astype(np.uint8)


def test_quality_is_the_product() -> None:
    box = np.array([0, 0, 75, 150], np.float32)
    sharp = face_quality(noise(), box, FRONTAL, 1.0)
    # Noise is as sharp as can be; 75 px are half the side that the model takes.
    assert sharp == pytest.approx(0.5, abs=0.03)
    assert face_quality(noise(), box, FRONTAL, 0.5) == pytest.approx(sharp / 2)
    assert face_quality(noise(), box, turned(60), 1.0) == pytest.approx(sharp / 2)
    assert face_quality(np.full((200, 200, 3), 90, np.uint8), box, FRONTAL, 1.0) == 0


@pytest.mark.parametrize("box", [(300, 300, 400, 400), (-50, -50, 0, 0), (10, 10, 11, 80), (50, 50, 40, 40)])
def test_a_box_outside_the_picture_has_no_quality(box: tuple[float, ...]) -> None:
    assert face_quality(noise(), np.array(box, np.float32), FRONTAL, 1.0) == 0


def test_a_box_is_cut_at_the_edge() -> None:
    assert 0 < face_quality(noise(), np.array([-50, -50, 150, 150], np.float32), FRONTAL, 1.0) <= 1
