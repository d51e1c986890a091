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


# Edges of one pixel more: 11 by 11, moved by 5 they overlap in 6 of 16, 0.375. A box inside another of four times its
# area overlaps it by a quarter of the union and by all of the smaller.
@pytest.mark.parametrize(
    ("boxes", "options", "count"),
    [
        ([[0, 0, 10, 10], [5, 0, 15, 10]], {}, 2),
        ([[0, 0, 10, 10], [5, 0, 15, 10]], {"edge": 1}, 1),
        ([[0, 0, 10, 10], [0, 0, 5, 5]], {}, 2),
        ([[0, 0, 10, 10], [0, 0, 5, 5]], {"of_smaller": True}, 1),
        ([[0, 0, 1, 1], [5, 5, 6, 6], [9, 9, 10, 10]], {"most": 2}, 2),
        ([[0, 0, 1, 1]], {"most": 2}, 1),
        ([], {"most": 0, "edge": 1, "of_smaller": True}, 0),
    ],
)
def test_ways_to_measure_overlap(boxes: list[list[float]], options: dict[str, float], count: int) -> None:
    scores = [0.9, 0.8, 0.7][: len(boxes)]
    kept = suppress(faces(boxes, scores), 0.35, **options)  # type: ignore[arg-type]
    assert kept.scores.tolist() == pytest.approx(scores[:count])


def test_faces_without_keypoints() -> None:
    bare = Faces.bare(np.ones((2, 4), np.float32), np.ones(2, np.float32)).scaled(3)
    assert bare.boxes.tolist() == [[3] * 4] * 2 and np.isnan(bare.keypoints).all()
