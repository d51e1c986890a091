import numpy as np
import pytest

from facelib.distances import MAX_GROUPED, distance, group, to_mean_of_others, unit


@pytest.mark.parametrize(
    ("one", "other", "metric", "expected"),
    [
        ([0, 0], [3, 4], "l2", 5),
        ([1, 0], [0, 1], "cosine", 1),
        ([1, 0], [-2, 0], "cosine", 2),
        ([1, 1], [3, 3], "cosine", 0),
        ([1, 0], [1, 1], "cosine", 1 - 0.5**0.5),
        ([0, 0], [1, 0], "cosine", 1),
    ],
)
def test_distances_are_those_of_the_formula(one: list[int], other: list[int], metric: str, expected: float) -> None:
    assert float(distance(np.array(one, float), np.array(other, float), metric)) == pytest.approx(expected)


def test_an_unknown_metric_is_an_error() -> None:
    with pytest.raises(ValueError, match="dot"):
        distance(np.ones(2), np.ones(2), "dot")


def test_each_vector_is_measured_from_the_mean_of_the_others() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert to_mean_of_others(vectors, "l2") == pytest.approx([0.5**0.5, 0.5**0.5, 2**0.5])
    assert to_mean_of_others(vectors, "cosine") == pytest.approx([1 - 0.5**0.5, 1 - 0.5**0.5, 1])


def test_a_vector_without_length_stays_as_it_is() -> None:
    assert unit(np.array([[0.0, 0.0], [0.0, 5.0]])).tolist() == [[0, 0], [0, 1]]


@pytest.mark.parametrize(
    ("vectors", "metric", "expected"),
    [
        ([], "l2", []),
        ([[1.0]], "l2", [0]),
        ([[0.0], [5.0], [0.1], [5.1], [9.0]], "l2", [0, 1, 0, 1, 2]),
        # Far apart but in one direction: one person by the angle.
        ([[1.0, 0.0], [9.0, 0.1], [0.0, 1.0]], "cosine", [0, 0, 1]),
    ],
)
def test_groups_are_numbered_by_first_appearance(vectors: list[list[float]], metric: str, expected: list[int]) -> None:
    assert group(vectors, 0.6, metric).tolist() == expected


def test_a_large_collection_is_not_grouped() -> None:
    with pytest.raises(ValueError, match="5001"):
        group(np.zeros((MAX_GROUPED + 1, 2)), 0.6)
