"""What people decide about persons: checked against the collection as it is now, then kept as events in the store.

Pages show them at once (:mod:`facelib.collection.people.now`); the next publish puts them in force.
"""

import re
import unicodedata
import uuid
from collections.abc import Sequence
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.collection.people.now import PeopleNow, only_one
from facelib.collection.people.present import place_of
from facelib.curate.people import new_person_id
from facelib.curate.person_events import APART, HIDE, MERGE, NAME, SPLIT
from facelib.errors import SettingsError, StoreError
from facelib.store import decisions
from facelib.store.decisions import Decision
from facelib.store.objects import Store

MAX_NAME = 200
"""Characters of a name."""
_ID = re.compile(r"person-[0-9a-f]{12}", re.IGNORECASE)


def find_person(catalog: Catalog, person: str) -> dict[str, Any]:
    """The row of ``people`` of an id, or of a name in any case.

    Raises:
        StoreError: there is none (``no_person``), or several have the name (``several_persons``).
    """
    found = catalog.rows("SELECT * FROM people WHERE person_id = ?", [person])
    found = found or catalog.rows(
        "SELECT * FROM people WHERE lower(name) = lower(?) AND name <> '' ORDER BY person_id", [person.strip()]
    )
    return only_one(found, person)


def merge(store: Store, catalog: Catalog, into: str, others: Sequence[str], by: str) -> Decision:
    """Make one person of several; the first keeps its id.

    Raises:
        StoreError: a person is not known.
        SettingsError: it would be merged with itself (``same_person``).
    """
    now = PeopleNow(store, catalog)
    first, rest = now.find(into), [now.find(other) for other in others]
    ids = [row["person_id"] for row in rest]
    if not ids or first["person_id"] in ids:
        raise SettingsError("a person cannot be merged with itself", hint="name two", reason="same_person")
    return _decide(store, MERGE, by, {"into": first["person_id"], "persons": ids})


def apart(store: Store, catalog: Catalog, one: str, other: str, by: str) -> Decision:
    """Say that two are two: they are no longer told as possible twins.

    Raises:
        StoreError: a person is not known.
        SettingsError: both are the same (``same_person``).
    """
    now = PeopleNow(store, catalog)
    ids = [now.find(person)["person_id"] for person in (one, other)]
    if ids[0] == ids[1]:
        raise SettingsError("a person cannot be told apart from itself", hint="name two", reason="same_person")
    return _decide(store, APART, by, {"persons": ids})


def split(store: Store, catalog: Catalog, person: str, clip_ids: Sequence[str], by: str) -> Decision:
    """Take clips out of a person, into a new one; the id of that is ``new_person`` of the event's value.

    Raises:
        StoreError: the person is not known (``no_person``), or a clip is not one of its (``not_of_person``).
        SettingsError: no clip would stay (``all_clips``), or none was named (``no_clips``).
    """
    now = PeopleNow(store, catalog)
    row = now.find(person)
    held = sorted(now.are_of(row["person_id"], list(clip_ids)))
    clips = catalog.rows("SELECT * FROM clips WHERE clip_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY clip_id", [held])
    missing = sorted(set(clip_ids) - {clip["clip_id"] for clip in clips})
    if missing:
        hint = f"'facelib people show {row['person_id']}' lists its clips"
        raise StoreError(f"{missing[0]} is no clip of {row['person_id']}", hint=hint, reason="not_of_person")
    if not clips:
        raise SettingsError("no clips were named", hint="name those that show somebody else", reason="no_clips")
    if len(clips) == row["clips"]:
        hint = "name those that show somebody else, and leave the others"
        raise SettingsError(f"these are all clips of {row['person_id']}", hint=hint, reason="all_clips")
    new_person = new_person_id(uuid.uuid4().hex)
    value = {"person": row["person_id"], "new_person": new_person, "clips": [place_of(clip) for clip in clips]}
    return _decide(store, SPLIT, by, value)


def name(store: Store, catalog: Catalog, person: str, new_name: str, by: str) -> Decision:
    """Give a person a name; an empty one takes it away.

    Raises:
        StoreError: the person is not known.
        SettingsError: another person has the name (``name_taken``), or it is too long or holds other signs than
            printable ones (``bad_name``).
    """
    now = PeopleNow(store, catalog)
    row, new_name = now.find(person), new_name.strip()
    if len(new_name) > MAX_NAME or not new_name.isprintable():
        hint = f"at most {MAX_NAME} printable characters"
        raise SettingsError(f"{new_name[:MAX_NAME]!r} is no name", hint=hint, reason="bad_name")
    if _ID.fullmatch(new_name):
        raise SettingsError(f"{new_name!r} is an id, no name", hint="choose another", reason="bad_name")
    # Names that look the same are the same: one space for several, one form of accented letters.
    new_name = unicodedata.normalize("NFC", " ".join(new_name.split()))
    other = namesake(now, row["person_id"], new_name)
    if other:
        hint = f"if they are one, 'facelib people merge {other} {row['person_id']}'; else name them apart"
        raise SettingsError(f"{other} has the name {new_name!r} already", hint=hint, reason="name_taken")
    return _decide(store, NAME, by, {"person": row["person_id"], "name": new_name})


def namesake(people: PeopleNow, person_id: str, name: str) -> str:
    """The id of another person that has a name, by all that was decided until now; empty where none has."""
    return next((row["person_id"] for row in people.named(name) if row["person_id"] != person_id), "")


def hide(store: Store, catalog: Catalog, person: str, by: str, *, hidden: bool = True) -> Decision:
    """Leave a person out of lists, or show it again. Raises StoreError when it is not known."""
    return _decide(store, HIDE, by, {"person": PeopleNow(store, catalog).find(person)["person_id"], "hidden": hidden})


def _decide(store: Store, kind: str, by: str, value: dict[str, Any]) -> Decision:
    decision = Decision(kind, by, value)
    decisions.append(store, decision)
    return decision
