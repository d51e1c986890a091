"""Who is who, one batch of new clips at a time: a clip joins a person, starts one with others, or waits.

The rule is that of DBSCAN (Ester et al. 1996), kept up as clips come: a clip with at least ``min_neighbours`` others
within ``distance`` is a core point. Core points within the distance of each other are one person, any other clip
belongs to the person of the nearest core point within the distance, and what is near none waits. Two persons that are
there already are never joined here: what lies between them goes to the nearer one, and the two are told as possible
twins.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ConfigDict, Field

CLUSTER = "cluster"
"""Who decided where no person did."""


class PeopleSettings(BaseModel):
    """How clips are put together to persons."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(
        "", description="Name of the face recognition model whose vectors are compared; empty: that of most clips."
    )
    distance: float = Field(
        0.0,
        ge=0,
        description="Clips nearer than this may be one person, in the metric of the model; 0 takes the model's own.",
    )
    min_neighbours: int = Field(
        2, ge=1, description="Other clips within the distance that it takes for a clip to start or extend a person."
    )
    search: int = Field(16, ge=2, description="Nearest clips that are looked at for each new one.")


@dataclass(frozen=True)
class Member:
    """Where a clip belongs.

    Args:
        person_id: the person; empty while the clip waits.
        distance: from the nearest core point of the person, or to the nearest clip for what started one; None while it
            waits, where a person decided, and where a re-run of the same face is near nobody of its person.
        neighbours: other clips found within the distance so far, counted up to ``min_neighbours``.
        decided_by: ``cluster``, or the name of the person who did.
    """

    person_id: str = ""
    distance: float | None = None
    neighbours: int = 0
    decided_by: str = CLUSTER


Near = Mapping[str, list[tuple[str, float]]]
"""By clip, the nearest other clips and their distances, nearest first."""
Pair = tuple[str, str]


@dataclass
class Assignment:
    """What a batch changed: clips by id, and persons that may be one with the distance of their nearest core points."""

    members: dict[str, Member] = field(default_factory=dict)
    twins: dict[Pair, float] = field(default_factory=dict)


def assign(
    new: Mapping[str, Member],
    nearest: Callable[[list[str]], Near],
    lookup: Callable[[list[str]], Mapping[str, Member]],
    *,
    distance: float,
    min_neighbours: int,
) -> Assignment:
    """Find out where new clips belong; clips that waited may find their place with them.

    The outcome depends on which clips are new together, not on their order.

    Args:
        new: the new clips; one whose person is known already (a re-run of the same face) names it.
        nearest: the nearest clips of some clips, in the whole collection, without themselves.
        lookup: where clips that are not new belong; leaves out what it does not know.
        distance: below which two clips may be one person.
        min_neighbours: other clips within the distance that make a core point.

    Returns:
        Every new clip, and what changed of the others.

    Example:
        >>> near = {"a": [("b", 0.1), ("c", 0.2)], "b": [("a", 0.1)], "c": [("a", 0.2)], "d": [("a", 0.9)]}
        >>> found = assign(dict.fromkeys("abcd", Member()), lambda clips: near, lambda clips: {}, distance=0.6,
        ...                min_neighbours=2).members
        >>> found["a"].person_id == found["b"].person_id == found["c"].person_id, found["d"].person_id
        (True, '')
    """
    batch = _Batch(dict(new), min_neighbours)
    batch.meet(nearest(sorted(new)), lookup, distance)
    again = nearest(sorted(batch.to_look_at()))
    known = lookup(sorted({other for near in again.values() for other, d in near if d < distance}))
    for clip_id, near in again.items():
        batch.look_again(clip_id, near, lambda ids: {i: known[i] for i in ids if i in known}, distance)
    batch.grow()
    batch.found_persons()
    batch.give_borders()
    return Assignment(batch.changed(), batch.twins)


class _Batch:
    """One batch at work: what is known of each clip, and the pairs of clips within the distance."""

    def __init__(self, new: dict[str, Member], needed: int) -> None:
        self.twins: dict[Pair, float] = {}
        self._new = new
        self._needed = needed
        self._clips = dict(new)
        self._before: dict[str, Member] = {}
        self._near: dict[str, dict[str, float]] = defaultdict(dict)
        self._groups = _Groups()

    def meet(self, near: Near, lookup: Callable[[list[str]], Mapping[str, Member]], distance: float) -> None:
        """Take in the neighbours of the new clips, and count them on both sides."""
        self._add(near, lookup, distance)
        for clip_id, found in self._near.items():
            count = min(self._needed, self._clips[clip_id].neighbours + len(found))
            self._clips[clip_id] = replace(self._clips[clip_id], neighbours=count)

    def to_look_at(self) -> list[str]:
        """Clips of earlier batches that seem to become core points now: their neighbours were not kept."""
        return [
            clip_id
            for clip_id, before in self._before.items()
            if before.neighbours < self._needed <= self._clips[clip_id].neighbours
        ]

    def look_again(
        self, clip_id: str, near: list[tuple[str, float]], lookup: Callable[[list[str]], Mapping[str, Member]], d: float
    ) -> None:
        """Take in all neighbours of such a clip; it counts those that are there now, as some may have gone."""
        self._add({clip_id: near}, lookup, d)
        count = min(self._needed, len(self._near[clip_id]))
        self._clips[clip_id] = replace(self._clips[clip_id], neighbours=count)

    def grow(self) -> None:
        """Join core points, the nearest pairs first, without ever joining two persons."""
        for clip_id in self._near:
            if self._is_core(clip_id):
                self._groups.add(clip_id, self._clips[clip_id].person_id)
        pairs = [
            (d, one, other)
            for one, found in self._near.items()
            for other, d in found.items()
            if one < other and self._is_core(one) and self._is_core(other)
        ]
        for d, one, other in sorted(pairs):
            twins = self._groups.join(one, other)
            if twins:
                self.twins[twins] = min(d, self.twins.get(twins, d))

    def found_persons(self) -> None:
        """A group of core points without a person starts one, named after the first of its clips."""
        for clips in self._groups.without_person():
            self._groups.name(clips[0], new_person_id(clips[0]))

    def give_borders(self) -> None:
        """Write down where core points went, and give every other clip to its nearest core point."""
        for clip_id in self._near:
            member = self._clips[clip_id]
            if member.person_id:
                self._measure(clip_id)
                continue
            core = self._is_core(clip_id)
            own = self._groups.person(clip_id) if core else ""
            near = [
                (d, other)
                for other, d in self._near[clip_id].items()
                if self._is_core(other) and (not core or self._groups.person(other) == own)
            ]
            if near:
                d, other = min(near)
                self._clips[clip_id] = replace(member, person_id=self._groups.person(other), distance=d)
            elif core:
                # All its neighbours are border points: it starts a person of its own and theirs.
                d = min(self._near[clip_id].values())
                self._clips[clip_id] = replace(member, person_id=own, distance=d)

    def _measure(self, clip_id: str) -> None:
        """Write down how far a new clip, whose person is known from the one it replaces, is from that person."""
        member = self._clips[clip_id]
        if clip_id in self._new and member.decided_by == CLUSTER:
            near = [
                d
                for other, d in self._near[clip_id].items()
                if self._is_core(other) and self._groups.person(other) == member.person_id
            ]
            self._clips[clip_id] = replace(member, distance=min(near, default=None))

    def changed(self) -> dict[str, Member]:
        """Every new clip, and the others that are not as they were."""
        return {c: m for c, m in sorted(self._clips.items()) if c in self._new or m != self._before[c]}

    def _is_core(self, clip_id: str) -> bool:
        return self._clips[clip_id].neighbours >= self._needed

    def _add(self, near: Near, lookup: Callable[[list[str]], Mapping[str, Member]], distance: float) -> None:
        within = {clip: [(other, d) for other, d in found if d < distance] for clip, found in near.items()}
        unknown = sorted({other for found in within.values() for other, _ in found} - self._clips.keys())
        known = dict(lookup(unknown))
        self._before |= known
        self._clips |= known
        for clip_id, found in within.items():
            for other, d in found:
                if other in self._clips:
                    self._near[clip_id][other] = d
                    self._near[other][clip_id] = d


class _Groups:
    """Core points that are one person; all that have the same person are one group from the start."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._person: dict[str, str] = {}
        self._clips: dict[str, str] = {}

    def add(self, clip_id: str, person_id: str) -> None:
        node = f"person {person_id}" if person_id else f"clip {clip_id}"
        self._clips[clip_id] = self._parent.setdefault(node, node)
        if person_id:
            self._person[node] = person_id

    def join(self, one: str, other: str) -> Pair | None:
        """Make one group of two; when both have a person they stay two, and the pair of persons is the answer."""
        a, b = self._root(one), self._root(other)
        if a == b:
            return None
        persons = self._person.get(a), self._person.get(b)
        if persons[0] and persons[1]:
            return (min(persons[0], persons[1]), max(persons[0], persons[1]))
        if persons[1]:
            a, b = b, a
        self._parent[b] = a
        return None

    def person(self, clip_id: str) -> str:
        return self._person[self._root(clip_id)]

    def name(self, clip_id: str, person_id: str) -> None:
        self._person[self._root(clip_id)] = person_id

    def without_person(self) -> list[list[str]]:
        groups: dict[str, list[str]] = defaultdict(list)
        for clip_id in sorted(self._clips):
            root = self._root(clip_id)
            if root not in self._person:
                groups[root].append(clip_id)
        return list(groups.values())

    def _root(self, clip_id: str) -> str:
        node = self._clips[clip_id]
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node


def new_person_id(text: str) -> str:
    """The id of a person that starts with something, the same everywhere.

    >>> new_person_id("youtube_x-0123456789.000000.0.86eb888f")
    'person-334179af1162'
    """
    return f"person-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
