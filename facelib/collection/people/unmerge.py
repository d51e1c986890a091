"""Undoing a merge: the person that went into another is one of its own again, with its id, name and clips."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from facelib.collection.people.now import only_one
from facelib.curate.person_events import SPLIT, PersonEvents
from facelib.errors import StoreError
from facelib.store import decisions
from facelib.store import people as log
from facelib.store.decisions import Decision
from facelib.store.objects import Store


@dataclass(frozen=True)
class Merged:
    """A person that went into another: its id and name, and who decided so."""

    person_id: str
    name: str
    by: str


def merged_into(events: PersonEvents, person_id: str) -> list[Merged]:
    """Who went into a person, also by way of a third one; the last first."""
    return [
        Merged(old, events.names.get(old, ""), by)
        for old, (_, by) in reversed(events.merged.items())
        if events.person(old) == person_id
    ]


def unmerge(store: Store, person: str, by: str) -> Decision:
    """Undo the merge of a person into another: a split that gives the id back its clips and names them.

    The clips are those that the store's records gave the person; what joined the other one since stays there. Both
    are told apart from now on.

    Args:
        store: the store.
        person: id, or name in any case, of the one that was merged away.
        by: who decides.

    Raises:
        StoreError: no such person was merged into another, or no clip of it is left (``no_person``), or several have
            the name (``several_persons``).
    """
    events = PersonEvents.of((event.kind, event.by, event.value) for event in decisions.read_all(store))
    old = _find(events, person)
    same = {old, *(gone.person_id for gone in _before(events, old))}
    # An undone merge of one that this person had gone into has moved its clips as well; any other move stays.
    free = same.union(_path(events, old))
    clips = [place for place in _places(store, same) if events.moved.get(place["clip_id"], (old, ""))[0] in free]
    if not clips and not any(moved in same for moved, _ in events.moved.values()):
        raise StoreError(f"no clip of {old} is left", hint="", reason="no_person")
    value = {"person": events.person(old), "new_person": old, "clips": clips}
    decision = Decision(SPLIT, by, value)
    decisions.append(store, decision)
    return decision


def _find(events: PersonEvents, person: str) -> str:
    name = person.strip().lower()
    named = [old for old in events.merged if name and events.names.get(old, "").lower() == name]
    found = [person] if person in events.merged else named
    if not found:
        hint = "'facelib people show PERSON' lists who was merged into a person"
        raise StoreError(f"no person {person!r} was merged into another", hint=hint, reason="no_person")
    return str(only_one([{"person_id": old} for old in found], person)["person_id"])


def _path(events: PersonEvents, person_id: str) -> Iterator[str]:
    """Whom a person went into, one after the other."""
    while person_id in events.merged:
        person_id = events.merged[person_id][0]
        yield person_id


def _before(events: PersonEvents, old: str) -> list[Merged]:
    """Who had gone into a person before it went into another itself."""
    without = PersonEvents(merged={one: into for one, into in events.merged.items() if one != old})
    return merged_into(without, old)


def _places(store: Store, persons: set[str]) -> list[dict[str, Any]]:
    """The clips that the records ever gave some persons, with their place in the source.

    A clip keeps its person until people decide otherwise, so no later record takes it away again.
    """
    wanted = pa.array(sorted(persons), pa.string())
    found: dict[str, dict[str, Any]] = {}
    for key in log.keys(store):
        rows = log.read(store, key).tables["clips"]
        for row in rows.filter(pc.is_in(rows["person_id"], value_set=wanted)).to_pylist():
            place = {name: row[name] for name in ("clip_id", "video_id", "start_s", "end_s")}
            found[row["clip_id"]] = place | {"box": [row[edge] for edge in ("x1", "y1", "x2", "y2")]}
    return [found[clip_id] for clip_id in sorted(found)]
