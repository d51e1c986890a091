import numpy as np
import pytest

from facelib.models.face_openings import eye_opening, mouth_opening
from facelib.models.head_pose import MEAN_FACE


def face(*, lips: float = 0.0, lids: float = 0.3, scale: float = 100.0, turn: float = 0.0) -> np.ndarray:
    """A face of which the inner lips are ``lips`` eye distances apart and the eyes ``lids`` of their width high."""
    points = MEAN_FACE[:, :2].copy()
    for upper, lower in ((61, 67), (62, 66), (63, 65)):
        points[lower] = points[upper] + (0, lips)
    for first in (36, 42):
        width = np.linalg.norm(points[first + 3] - points[first])
        for upper, lower in ((1, 5), (2, 4)):
            points[first + lower] = points[first + upper] + (0, lids * width)
    cos, sin = np.cos(turn), np.sin(turn)
    return (points @ np.array([[cos, sin], [-sin, cos]]) * scale + 300).astype(np.float32)


@pytest.mark.parametrize("scale", [30.0, 400.0])
@pytest.mark.parametrize("turn", [0.0, 1.2])
@pytest.mark.parametrize("value", [0.0, 0.05, 0.3])
def test_openings_are_ratios(value: float, scale: float, turn: float) -> None:
    points = face(lips=value, lids=value, scale=scale, turn=turn)[None]
    assert mouth_opening(points)[0] == pytest.approx(value, abs=1e-4)
    assert eye_opening(points)[0] == pytest.approx(value, abs=1e-4)


def test_frames_are_measured_one_by_one() -> None:
    values = [0.0, 0.3, 0.0, 0.1]
    assert mouth_opening(np.stack([face(lips=value) for value in values])) == pytest.approx(values, abs=1e-5)


def test_points_on_one_spot_have_no_opening() -> None:
    nothing = np.zeros((1, 68, 2), np.float32)
    assert mouth_opening(nothing)[0] == 0 and eye_opening(nothing)[0] == 0
