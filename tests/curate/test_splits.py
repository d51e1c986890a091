"""People are never in two splits."""

import tracemalloc

import numpy as np
import pytest

from facelib.curate import splits
from facelib.curate.splits import people, person_groups, person_labels, split_groups

THIRDS = {"train": 0.8, "val": 0.1, "test": 0.1}


@pytest.mark.parametrize("metric", ["l2", "cosine"])
@pytest.mark.parametrize("block", [1, 7, 1000])
def test_people_are_connected_by_near_vectors_whatever_the_block(
    monkeypatch: pytest.MonkeyPatch, metric: str, block: int
) -> None:
    monkeypatch.setattr(splits, "BLOCK", block)
    numbers = np.random.default_rng(0)
    centres = np.eye(5, 16) * 4
    truth = numbers.integers(0, 5, 60)
    vectors = centres[truth] + numbers.normal(0, 0.02, (60, 16))
    labels = people(vectors, 0.6, metric)
    assert len(set(labels)) == len(set(truth))
    for one in range(5):
        assert len(set(labels[truth == one])) <= 1
    assert labels[0] == 0


def test_no_vectors_no_people() -> None:
    assert people(np.zeros((0, 4), np.float32), 0.6, "l2").tolist() == []


def test_one_person_in_many_clips_takes_little_memory() -> None:
    vectors = np.ones((4_000, 16), np.float32)
    tracemalloc.start()
    labels = people(vectors, 0.6, "cosine")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not labels.any()
    assert peak < 200e6


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"a1": "p0", "a2": "p0", "b1": "p1"}, ["g00000", "g00000", "g00001"]),
        ({"a1": "p0", "a2": "p1", "b1": "p1"}, ["g00000", "g00001", "g00001"]),
        # Without a label a clip may show anybody of its video.
        ({"a1": "p0", "b1": "p1"}, ["g00000", "g00000", "g00001"]),
        ({"a1": "p0", "b1": "p0"}, ["g00000", "g00000", "g00000"]),
        ({}, ["g00000", "g00000", "g00001"]),
    ],
)
def test_groups_of_clips(labels: dict[str, str], expected: list[str]) -> None:
    clips = [{"clip_id": clip, "video_id": clip[0]} for clip in ("a1", "a2", "b1")]
    assert list(person_groups(clips, labels).values()) == expected


def test_a_clip_without_a_vector_joins_the_groups_of_its_video_and_no_person() -> None:
    clips = [{"clip_id": clip, "video_id": "v"} for clip in ("one", "other", "unknown")]
    labels = person_labels(["one", "other"], np.array([[0.0], [9.0]]), 0.6, "l2")
    assert labels == {"one": "p00000", "other": "p00001"}
    assert len(set(person_groups(clips, labels).values())) == 1


@pytest.mark.parametrize("seed", range(5))
def test_splits_come_near_their_shares(seed: int) -> None:
    seconds = {f"p{n}": float(1 + n % 7) for n in range(300)}
    given = split_groups(seconds, THIRDS, seed)
    total = sum(seconds.values())
    assert set(given) == set(seconds)
    for split, share in THIRDS.items():
        got = sum(length for group, length in seconds.items() if given[group] == split)
        assert got / total == pytest.approx(share, abs=0.01)


def test_seeds_differ_and_repeat() -> None:
    seconds = {f"p{n}": 1.0 for n in range(100)}
    assert split_groups(seconds, THIRDS, 1) == split_groups(dict(reversed(seconds.items())), THIRDS, 1)
    assert split_groups(seconds, THIRDS, 1) != split_groups(seconds, THIRDS, 2)


def test_a_split_of_no_share_stays_empty() -> None:
    given = split_groups({"a": 1.0, "b": 1.0}, {"train": 0.5, "val": 0.0, "test": 0.5}, 0)
    assert sorted(given.values()) == ["test", "train"]
