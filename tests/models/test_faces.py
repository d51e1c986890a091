import numpy as np
import pytest

from facelib.models.faces import Faces, suppress


def faces(boxes: list[list[float]], scores: list[float]) -> Faces:
    n = len(boxes)
    keypoints = np.arange(n * 10, dtype=np.float32).reshape(n, 5, 2)
    return Faces(np.array(boxes, np.float32).reshape(n, 4), np.array(scores, np.float32), keypoints)


def test_scaled_and_kept_faces_stay_together() -> None:
    two = faces([[0, 0, 10, 20], [5, 5, 6, 7]], [0.9, 0.8])
    twice = two.scaled(2)
    assert twice.boxes.tolist() == [[0, 0, 20, 40], [10, 10, 12, 14]]
    assert np.array_equal(twice.keypoints, two.keypoints * 2)
    assert np.array_equal(twice.scores, two.scores)
    last = two.keep(np.array([False, True]))
    assert (
        len(last) == 1 and last.boxes.tolist() == [[5, 5, 6, 7]] and np.array_equal(last.keypoints, two.keypoints[1:])
    )


# Boxes of 10 by 10; moved by d to the right they overlap in (10 - d) of (10 + d): 1/3 at 5, 3/17 at 7.
@pytest.mark.parametrize(
    ("boxes", "scores", "max_overlap", "kept"),
    [
        ([], [], 0.3, []),
        ([[0, 0, 10, 10]], [0.6], 0.3, [0.6]),
        ([[0, 0, 10, 10], [5, 0, 15, 10]], [0.6, 0.9], 0.3, [0.9]),
        ([[0, 0, 10, 10], [5, 0, 15, 10]], [0.6, 0.9], 0.34, [0.9, 0.6]),
        ([[0, 0, 10, 10], [7, 0, 17, 10]], [0.6, 0.9], 0.3, [0.9, 0.6]),
        ([[0, 0, 10, 10], [5, 0, 15, 10], [10, 0, 20, 10]], [0.9, 0.8, 0.7], 0.3, [0.9, 0.7]),
        ([[0, 0, 10, 10], [0, 0, 10, 10]], [0.9, 0.9], 0.3, [0.9]),
        ([[3, 3, 3, 3], [3, 3, 3, 3]], [0.9, 0.8], 0.3, [0.9, 0.8]),
    ],
)
def test_suppression_keeps_the_best_of_what_overlaps(
    boxes: list[list[float]], scores: list[float], max_overlap: float, kept: list[float]
) -> None:
    assert suppress(faces(boxes, scores), max_overlap).scores.tolist() == pytest.approx(kept)
