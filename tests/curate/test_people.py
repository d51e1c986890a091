"""Incremental clustering: against labels that are known, in any order, and by the rule for a few clips."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from facelib.curate.cluster_scores import completeness, purity, rand_index
from facelib.curate.people import Assignment, Member, assign
from facelib.curate.person_events import PersonEvents
from tests.support.people import faces

SIZES = [max(1, 90 // rank) for rank in range(1, 81)]
"""Clips by person, by Zipf's law: 90, 45, 30 ... 1."""
LABELS = np.random.default_rng(5).permutation(np.repeat(np.arange(len(SIZES)), SIZES)).tolist()


class Clips:
    """Clips that come in batches, with exact search."""

    def __init__(self, vectors: NDArray[np.float32], *, distance: float = 0.55, search: int = 16) -> None:
        self.ids = [f"clip{number:05d}" for number in range(len(vectors))]
        self.members: dict[str, Member] = {}
        self.twins: dict[tuple[str, str], float] = {}
        self._numbers = {clip_id: number for number, clip_id in enumerate(self.ids)}
        self._away = 1 - vectors @ vectors.T
        self._distance, self._search = distance, search
        self._there: list[int] = []

    def add(self, numbers: Sequence[int]) -> Assignment:
        """Clips that are new together."""
        self._there = sorted([*self._there, *numbers])
        new = {self.ids[number]: Member() for number in numbers}
        found = assign(new, self._nearest, self._lookup, distance=self._distance, min_neighbours=2)
        self.members |= found.members
        self.twins |= found.twins
        return found

    def people(self) -> list[str]:
        """The person of each clip."""
        return [self.members.get(clip_id, Member()).person_id for clip_id in self.ids]

    def _nearest(self, clip_ids: list[str]) -> dict[str, list[tuple[str, float]]]:
        near = {}
        for clip_id in clip_ids:
            row = self._away[self._numbers[clip_id], self._there]
            best = [self._there[n] for n in np.argsort(row, kind="stable")]
            others = [n for n in best if self.ids[n] != clip_id][: self._search]
            near[clip_id] = [(self.ids[n], float(self._away[self._numbers[clip_id], n])) for n in others]
        return near

    def _lookup(self, clip_ids: list[str]) -> dict[str, Member]:
        return {clip_id: self.members[clip_id] for clip_id in clip_ids if clip_id in self.members}


def test_the_faces_of_these_tests_are_as_far_from_each_other_as_real_ones() -> None:
    vectors, labels = faces(LABELS), np.array(LABELS)
    cosines = vectors @ vectors.T
    same = labels[:, None] == labels[None]
    within, between = cosines[same & ~np.eye(len(labels), dtype=bool)], cosines[~same]
    assert within.mean() == pytest.approx(0.65, abs=0.02) and within.std() == pytest.approx(0.1, abs=0.02)
    assert between.mean() == pytest.approx(0, abs=0.01) and between.std() < 0.06


ORDERS: dict[str, Callable[[int], list[list[int]]]] = {
    "all at once": lambda n: [list(range(n))],
    "one by one": lambda n: [[number] for number in range(n)],
    "by days": lambda n: [part.tolist() for part in np.array_split(np.arange(n), 12)],
    "by days, backwards": lambda n: [part.tolist() for part in np.array_split(np.arange(n)[::-1], 12)],
    "by days, shuffled": lambda n: [p.tolist() for p in np.array_split(np.random.default_rng(1).permutation(n), 7)],
}


@pytest.mark.parametrize("order", ORDERS)
def test_purity_and_completeness(order: str) -> None:
    clips = Clips(faces(LABELS))
    seen: dict[str, str] = {}
    for numbers in ORDERS[order](len(LABELS)):
        clips.add(numbers)
        assert all(clips.members[clip].person_id == person for clip, person in seen.items())
        seen = {clip: member.person_id for clip, member in clips.members.items() if member.person_id}
    found, truth = clips.people(), [str(label) for label in LABELS]
    assert purity(found, truth) >= 0.995
    several = [n for n, label in enumerate(LABELS) if SIZES[label] >= 3]
    assert completeness([found[n] for n in several], [truth[n] for n in several]) >= 0.97


def test_order_makes_little_difference() -> None:
    outcomes = []
    for order in ORDERS.values():
        clips = Clips(faces(LABELS))
        for numbers in order(len(LABELS)):
            clips.add(numbers)
        outcomes.append([person or clip for person, clip in zip(clips.people(), clips.ids, strict=True)])
    assert min(rand_index(outcomes[0], other) for other in outcomes[1:]) > 0.995


def on_a_line(*places: float) -> Clips:
    """Clips whose distances are those of points on a line."""
    clips = Clips(np.zeros((len(places), 1), np.float32), distance=1.0)
    clips._away = np.abs(np.subtract.outer(places, places))
    return clips


@pytest.mark.parametrize(
    ("places", "batches", "people"),
    [
        pytest.param([0, 5], [[0, 1]], ["", ""], id="far apart: both wait"),
        pytest.param([0, 0.5], [[0, 1]], ["", ""], id="two are too few"),
        pytest.param([0, 0.5, 0.9], [[0, 1, 2]], ["a", "a", "a"], id="three start a person"),
        pytest.param([0, 0.5, 0.9], [[0], [1], [2]], ["a", "a", "a"], id="those that waited find their place"),
        pytest.param([0, 0.9, 1.8], [[0, 1, 2]], ["a", "a", "a"], id="one core point, two borders"),
        pytest.param([0, 0.9, 1.8, 2.7], [[0, 2], [1, 3]], ["a", "a", "a", "a"], id="a chain of core points"),
        pytest.param([0, 0.1, 0.2, 1.1, 2.05], [[0, 1, 2], [3], [4]], ["a"] * 5, id="joins a core point"),
        pytest.param([0, 0.1, 0.2, 1.15, 2.1], [[0, 1, 2, 3], [4]], ["a"] * 5, id="a border becomes a core point"),
        pytest.param([0, 0.1, 0.2, 1.1, 3], [[4], [3, 0, 1, 2]], ["a", "a", "a", "a", ""], id="one stays alone"),
    ],
)
def test_the_rule(places: list[float], batches: list[list[int]], people: list[str]) -> None:
    clips = on_a_line(*places)
    for numbers in batches:
        clips.add(numbers)
    named: dict[str, str] = {"": ""}
    assert [named.setdefault(person, "abc"[len(named) - 1]) for person in clips.people()] == people


def test_a_clip_between_two_persons_joins_the_nearer_and_they_stay_two() -> None:
    clips = on_a_line(0, 0.1, 0.2, 1.0, 1.9, 2.0, 2.1)
    clips.add([0, 1, 2, 4, 5, 6])
    before = clips.people()
    clips.add([3])
    after = clips.people()
    assert [after[n] for n in (0, 1, 2, 4, 5, 6)] == [before[n] for n in (0, 1, 2, 4, 5, 6)]
    assert after[3] == after[2]
    assert clips.twins == {tuple(sorted((after[0], after[4]))): pytest.approx(0.9)}


def test_a_person_that_is_known_is_kept() -> None:
    found = assign({"a": Member("person-x")}, lambda clips: {}, lambda clips: {}, distance=1, min_neighbours=2)
    assert found.members == {"a": Member("person-x")}


@pytest.mark.parametrize(
    ("places", "known", "distances"),
    [
        pytest.param([0, 0.5, 0.7, 1.2], "aaaa", [0.5, 0.2, 0.2, 0.5], id="from the nearest core point"),
        pytest.param([0, 0.5, 0.7, 9.0], "aaaa", [0.5, 0.2, 0.2, None], id="far from all: nothing to say"),
        pytest.param([0, 0.5, 0.7, 1.2], "aaab", [0.5, 0.2, 0.2, None], id="near another person only"),
        pytest.param([0, 0.5], "aa", [None, None], id="no core point"),
    ],
)
def test_a_clip_that_keeps_its_person_is_measured(
    places: list[float], known: str, distances: list[float | None]
) -> None:
    clips = on_a_line(*places)
    clips._there = list(range(len(places)))
    new = {clip_id: Member(person) for clip_id, person in zip(clips.ids, known, strict=True)}
    found = assign(new, clips._nearest, clips._lookup, distance=1.0, min_neighbours=2).members
    assert [found[clip_id].person_id for clip_id in clips.ids] == list(known)
    assert [found[clip_id].distance for clip_id in clips.ids] == [
        d if d is None else pytest.approx(d) for d in distances
    ]


def test_a_clip_that_a_person_moved_has_no_distance() -> None:
    clips = on_a_line(0, 0.1, 0.2)
    clips._there = [0, 1, 2]
    new = {clip_id: Member("p", decided_by="anna" if clip_id == clips.ids[0] else "cluster") for clip_id in clips.ids}
    found = assign(new, clips._nearest, clips._lookup, distance=1.0, min_neighbours=2).members
    assert [found[clip_id].distance is None for clip_id in clips.ids] == [True, False, False]


def test_a_count_of_clips_that_are_gone_makes_no_core_point() -> None:
    held = {"old": Member(neighbours=1)}
    near = {"new": [("old", 0.1)], "old": [("new", 0.1)]}
    found = assign(
        {"new": Member()},
        lambda clips: {clip: near[clip] for clip in clips},
        lambda clips: {clip: held[clip] for clip in clips if clip in held},
        distance=1,
        min_neighbours=2,
    )
    assert [member.person_id for member in found.members.values()] == [""]


EVENTS: list[tuple[str, str, dict[str, Any]]] = [
    ("name", "anna", {"person": "a", "name": "Ada"}),
    ("merge", "anna", {"into": "a", "persons": ["b", "c"]}),
    ("merge", "anna", {"into": "b", "persons": ["a", "d"]}),
    ("name", "ben", {"person": "d", "name": "Dora"}),
    ("hide", "ben", {"person": "c", "hidden": True}),
    ("split", "ben", {"person": "d", "new_person": "e", "clips": [{"clip_id": "x"}]}),
    ("review", "ben", {"verdict": "keep"}),
]


def test_events_in_order() -> None:
    events = PersonEvents.of(EVENTS)
    assert [events.person(person) for person in "abcde"] == ["a", "a", "a", "a", "e"]
    assert (events.name("a"), events.name("e"), events.is_hidden("a")) == ("Ada", "", True)
    assert events.moved == {"x": ("e", "ben")} and events.told_apart() == {("a", "e")}
    assert events.touched() == {"a"}
    events.take("split", "ben", {"person": "a", "new_person": "b", "clips": [{"clip_id": "y"}]})
    assert [events.person(person) for person in "abcd"] == ["a", "b", "a", "a"], "a merge is undone"
