"""Undoing a merge: the person that went into another is one of its own again, with its id, name and clips."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from facelib.catalog.reader import Catalog
from facelib.collection.people.decisions import namesake
from facelib.collection.people.now import PeopleNow, only_one
from facelib.collection.people.present import Place, Present
from facelib.curate.person_events import SPLIT, PersonEvents
from facelib.errors import SettingsError, StoreError
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


def unmerge(store: Store, catalog: Catalog, person: str, by: str) -> Decision:
    """Undo the merge of a person into another: a split that gives the id back its clips and names them.

    The clips are those that the person had when it was merged, as they are now: a re-run gives them other ids. What
    joined the other one since, and what people moved since, stays where it is. Both are told apart from now on.

    Args:
        store: the store.
        catalog: the publication; it says which clips there are.
        person: id, or name in any case, of the one that was merged away.
        by: who decides.

    Raises:
        StoreError: no such person was merged into another, or no clip of it is left (``no_person``), or several have
            the name (``several_persons``).
        SettingsError: two persons would have one name (``name_taken``).
    """
    people = PeopleNow(store, catalog)
    old = _find(people.events, person)
    into, clips = people.events.person(old), _clips(store, catalog, people, old)
    if not clips:
        hint = "its clips are gone, or other persons' by now; 'facelib people split' takes clips out of one"
        raise StoreError(f"no clip of {old} is left", hint=hint, reason="no_person")
    decision = Decision(SPLIT, by, {"person": into, "new_person": old, "clips": clips})
    _check_names(PeopleNow(store, catalog, also=[decision]), (old, into))
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


def _clips(store: Store, catalog: Catalog, people: PeopleNow, old: str) -> list[Place]:
    """The clips of the publication that show what a person had when it was merged, and that are free to go back."""
    events, before = people.events, _until_merged(people.told, old)
    same = {old, *(gone.person_id for gone in _before(events, old))}
    # An undone merge of one that this person had gone into has moved its clips as well; any other move stays.
    free = same.union(_path(events, old))
    split_off = [before.places[clip_id] for clip_id, (person_id, _) in before.moved.items() if person_id in same]
    told = [*_recorded(store, same), *split_off]
    there = Present(catalog, {place["video_id"] for place in told})
    shown = {there.showing(place) for place in told} - {None}
    held = people.are_of(events.person(old), sorted(filter(None, shown)))
    now, then = there.moved(events), there.moved(before)
    return [there.places[clip] for clip in sorted(held) if now.get(clip, old) in free and then.get(clip, old) in same]


def _until_merged(told: Sequence[tuple[str, str, Mapping[str, Any]]], old: str) -> PersonEvents:
    """What was in force when a person went into the one that it is merged into now."""
    events, merge = PersonEvents(), 0
    for number, event in enumerate(told):
        was_merged = old in events.merged
        events.take(*event)
        if old in events.merged and not was_merged:
            merge = number
    return PersonEvents.of(told[:merge])


def _recorded(store: Store, persons: set[str]) -> list[Place]:
    """The clips that the records ever gave some persons; many of them may be gone."""
    wanted = pa.array(sorted(persons), pa.string())
    found: dict[str, Place] = {}
    for record in store.at_once(partial(log.read, store), list(log.keys(store))):
        rows = record.tables["clips"]
        for row in rows.filter(pc.is_in(rows["person_id"], value_set=wanted)).to_pylist():
            place = {name: row[name] for name in ("clip_id", "video_id", "start_s", "end_s")}
            found[row["clip_id"]] = place | {"box": [row[edge] for edge in ("x1", "y1", "x2", "y2")]}
    return list(found.values())


def _check_names(after: PeopleNow, persons: Sequence[str]) -> None:
    """Make sure that no person has the name of another once two are told apart again."""
    for person_id, row in after.persons(list(persons)).items():
        other = namesake(after, person_id, row["name"])
        if other:
            # Before the merge is undone, its other side is the only one of the two that can be named.
            rename = next(one for one in (other, person_id) if one != persons[0])
            hint = f"first give one of them another name: 'facelib people name {rename} NAME'"
            message = f"{person_id} and {other} would both be named {row['name']!r}"
            raise SettingsError(message, hint=hint, reason="name_taken")
