from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facelib.models.dlib_landmarks68 import DlibLandmarks68, dlib_square


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((10, 20, 110, 120), (10, 20, 110, 120)),
        ((10, 20, 110, 160), (0, 40, 120, 160)),
        ((0, 0, 40, 20), (5, -10, 35, 20)),
    ],
)
def test_the_square_stands_on_the_chin(box: tuple[float, ...], expected: tuple[int, ...]) -> None:
    square = dlib_square(np.array(box, np.float32))
    assert (square.left(), square.top(), square.right(), square.bottom()) == expected


def test_faces_are_judged_one_by_one_and_nothing_scores_nothing(weight_file: Callable[[str], Path]) -> None:
    model = DlibLandmarks68(weight_file("dlib_landmarks68"))
    noise = np.random.default_rng(0).integers(0, 256, (120, 120, 3), dtype=np.uint8)
    boxes, none = np.array([[20, 20, 90, 100]] * 2, np.float32), np.full((2, 5, 2), np.nan, np.float32)
    points, scores = model.points([noise, noise * 0], boxes, none)
    assert points.shape == (2, 68, 2) and points.dtype == np.float32
    assert scores.tolist() == [1.0, 0.0]
    assert np.array_equal(points[:1], model.points([noise], boxes[:1], none[:1])[0])
