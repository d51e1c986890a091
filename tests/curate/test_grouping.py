"""Clusters and classes of faces, and what cannot be grouped."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from facelib.curate.cluster_scores import calinski_harabasz, davies_bouldin, rand_index, silhouette
from facelib.curate.grouping import best, classify, cluster, cluster_numbers
from facelib.errors import SettingsError
from tests.support.people import faces

LABELS = [0] * 12 + [1] * 9 + [2] * 7 + [3] * 5


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("5", [5]), ("2-9", [2, 3, 4, 5, 6, 7, 8, 9]), ("1", [1]), (" 3 , 5-6,5", [3, 5, 6]), ("4-4", [4])],
)
def test_numbers_of_clusters(text: str, numbers: list[int]) -> None:
    assert cluster_numbers(text) == numbers


@pytest.mark.parametrize("text", ["", "0", "-1", "9-2", "2-", "a", "2.5", "²", "2-3-4"])
def test_what_is_no_number_of_clusters(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        cluster_numbers(text)
    assert caught.value.reason == "bad_clusters"


def test_the_best_silhouette_finds_the_people() -> None:
    found = cluster(faces(LABELS), range(2, 10))
    assert [clustering.k for clustering in found] == list(range(2, 10))
    assert best(found).k == 4
    assert rand_index(map(str, best(found).labels), map(str, LABELS)) == 1.0
    assert [c.labels.tolist() for c in cluster(faces(LABELS), range(2, 10))] == [c.labels.tolist() for c in found]


@pytest.mark.parametrize(
    ("n", "numbers", "tried", "chosen"),
    [
        pytest.param(1, [1], [1], 1, id="one face"),
        pytest.param(5, [1], [1], 1, id="one group"),
        pytest.param(5, [5], [5], 5, id="as many groups as faces"),
        pytest.param(4, range(2, 10), [2, 3, 4], 2, id="more groups than faces are left out"),
        pytest.param(1, range(1, 10), [1], 1, id="one face, a range"),
    ],
)
def test_edges(n: int, numbers: list[int], tried: list[int], chosen: int) -> None:
    vectors = np.array([[0.0, 0], [0.1, 0], [5, 5], [9, 0], [9, 0.1]])[:n]
    found = cluster(vectors, numbers)
    assert [clustering.k for clustering in found] == tried
    assert best(found).k == chosen
    for clustering in found:
        assert sorted(set(clustering.labels.tolist())) == list(range(clustering.k))
        assert math.isnan(clustering.silhouette) == (clustering.k in (1, n))


def test_equal_faces_make_no_more_groups_than_there_are_different_ones() -> None:
    vectors = np.repeat(np.array([[0.0, 1], [1, 0], [1, 1]]), 4, axis=0)
    assert [clustering.k for clustering in cluster(vectors, range(2, 6))] == [2, 3]


@pytest.mark.parametrize(("n", "numbers", "reason"), [(0, [2], "no_faces"), (3, [4, 5], "too_many_clusters")])
def test_what_cannot_be_clustered(n: int, numbers: list[int], reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        cluster(np.eye(max(n, 1))[:n], numbers)
    assert caught.value.reason == reason


def test_scores_by_hand() -> None:
    vectors, labels = np.array([[0.0], [2], [7]]), np.array([0, 0, 1])
    # Silhouettes: (7 - 2) / 7, (5 - 2) / 5, and 0 for a group of one.
    assert silhouette(vectors, labels) == pytest.approx((5 / 7 + 3 / 5 + 0) / 3)
    # Centres 1 and 7, mean 3: between 2 · 4 + 16, within 2.
    assert calinski_harabasz(vectors, labels) == pytest.approx(24 / 2)
    assert davies_bouldin(vectors, labels) == pytest.approx((1 + 0) / 6)


def test_classes_take_the_nearest_of_several_references() -> None:
    vectors = faces([*LABELS, 4, 4])
    references = {"ada": vectors[:2], "ben": vectors[12:14], "cleo": vectors[21:24], "dan": vectors[28:30]}
    found = classify(vectors, references, other=0.8)
    names = np.array(["ada", "ben", "cleo", "dan"])
    assert found.classes == names.tolist() and found.distances.shape == (len(vectors), 4)
    assert found.assigned[: len(LABELS)] == names[LABELS].tolist()
    assert found.assigned[len(LABELS) :] == ["other", "other"]


@pytest.mark.parametrize(("other", "assigned"), [(0.9, "other"), (1.0, "other"), (1.0001, "ada"), (-1, "ada")], ids=str)
def test_the_threshold_of_other(other: float, assigned: str) -> None:
    found = classify(np.array([[1.0, 0]]), {"ada": np.array([[0.0, 1]]), "ben": np.array([[-1.0, 0]])}, other=other)
    assert found.assigned == [assigned]


def test_no_faces_to_classify() -> None:
    assert classify(np.zeros((0, 2)), {"ada": np.array([[0.0, 1]])}).assigned == []


@pytest.mark.parametrize(
    ("references", "reason"),
    [
        ({}, "no_references"),
        ({"ada": np.zeros((0, 2))}, "bad_references"),
        ({"other": np.array([[0.0, 1]])}, "bad_references"),
    ],
)
def test_references_that_cannot_be_used(references: dict[str, NDArray[np.float64]], reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        classify(np.array([[1.0, 0]]), references)
    assert caught.value.reason == reason
