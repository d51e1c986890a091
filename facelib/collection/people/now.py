"""The persons of a published collection as they are now: with what people decided since it was published."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.collection.newer_decisions import newer
from facelib.curate.person_events import KINDS, MERGE, SPLIT, PersonEvents
from facelib.errors import StoreError
from facelib.store.decisions import Decision
from facelib.store.objects import Store

_AS_PUBLISHED = "WITH members AS (SELECT * FROM clip_people), now AS (SELECT * FROM people)"
_AS_DECIDED = """
WITH moved AS (SELECT unnest($1::VARCHAR[]) AS clip_id, unnest($2::VARCHAR[]) AS person_id),
merged AS (SELECT unnest($3::VARCHAR[]) AS old, unnest($4::VARCHAR[]) AS person_id),
told AS (SELECT unnest($5::VARCHAR[]) AS person_id, unnest($6::VARCHAR[]) AS name, unnest($7::BOOLEAN[]) AS hidden),
members AS MATERIALIZED (
    SELECT p.* REPLACE (coalesce(m.person_id, g.person_id, p.person_id) AS person_id),
        m.person_id IS NOT NULL OR g.person_id IS NOT NULL OR p.person_id IN (SELECT old FROM merged) AS touched,
        p.person_id AS published
    FROM clip_people p LEFT JOIN moved m USING (clip_id) LEFT JOIN merged g ON g.old = p.person_id
),
affected AS (
    SELECT person_id FROM members WHERE touched UNION SELECT published FROM members WHERE touched
    UNION SELECT person_id FROM told
),
counted AS (
    SELECT c.person_id, count(*) AS clips, sum(c.seconds) AS seconds, count(DISTINCT video_id) AS videos,
        count(DISTINCT u.channel_id) AS channels, coalesce(min(nullif(u.upload_day, '')), '') AS first_day,
        coalesce(max(u.upload_day), '') AS last_day
    FROM members c LEFT JOIN uploads u USING (video_id)
    WHERE c.person_id IN (SELECT person_id FROM affected) AND c.person_id <> '' GROUP BY 1
),
now AS (
    SELECT * FROM people WHERE person_id NOT IN (SELECT person_id FROM affected)
    UNION ALL BY NAME
    SELECT c.*, coalesce(t.name, p.name, '') AS name, coalesce(t.hidden, p.hidden, false) AS hidden
    FROM counted c LEFT JOIN told t USING (person_id) LEFT JOIN people p USING (person_id)
)
"""
_LISTED = "FROM now WHERE (? OR NOT hidden) AND (? = '' OR contains(lower(name), lower(?)) OR person_id = ?)"


@dataclass(frozen=True)
class Twins:
    """Two persons that may be one: their rows, and the distance of their nearest clips in the metric of the model."""

    one: dict[str, Any]
    other: dict[str, Any]
    distance: float


class PeopleNow:
    """Reads persons and their clips; decisions that the next publish puts in force count already.

    Rows of persons have the columns of ``people``.

    Args:
        store: the store, whose log of decisions is read once.
        catalog: the publication.
        also: decisions that are not kept yet, and count as if they were.
    """

    def __init__(self, store: Store, catalog: Catalog, *, also: Sequence[Decision] = ()) -> None:
        self._catalog = catalog
        self._newer = [event for event in (*newer(store, catalog), *also) if event.kind in KINDS]
        self._events = self.events if self._newer else PersonEvents()

    @cached_property
    def told(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """All that people decided until now, in order of time: kind, by whom, value."""
        sql = "SELECT kind, decided_by, value FROM decisions WHERE kind IN (SELECT unnest(?::VARCHAR[]))"
        rows = self._catalog.rows(f"{sql} ORDER BY decided_at, event_id", [list(KINDS)])
        published = [(row["kind"], row["decided_by"], json.loads(row["value"])) for row in rows]
        return [*published, *((event.kind, event.by, event.value) for event in self._newer)]

    @cached_property
    def events(self) -> PersonEvents:
        """What follows from all that people decided until now."""
        return PersonEvents.of(self.told)

    @property
    def decided(self) -> int:
        """How many decisions about persons wait for the next publish."""
        return len(self._newer)

    def count(self, *, text: str = "", hidden: bool = False) -> int:
        """How many persons :meth:`page` has in all."""
        return int(self._rows(f"SELECT count(*) AS n {_LISTED}", [hidden, text, text, text])[0]["n"])

    def page(self, limit: int, offset: int = 0, *, text: str = "", hidden: bool = False) -> list[dict[str, Any]]:
        """Persons, those of most clips first.

        Args:
            limit: most rows.
            offset: rows that are left out before.
            text: part of a name in any case, or a whole id; empty for all.
            hidden: also those that people hid.
        """
        sql = f"SELECT * {_LISTED} ORDER BY clips DESC, person_id LIMIT ? OFFSET ?"
        return self._rows(sql, [hidden, text, text, text, limit, offset])

    def persons(self, person_ids: list[str]) -> dict[str, dict[str, Any]]:
        """The rows of some persons by id; an id that was merged away is left out."""
        sql = "SELECT * FROM now WHERE person_id IN (SELECT unnest(?::VARCHAR[]))"
        return {row["person_id"]: row for row in self._rows(sql, [person_ids])}

    def find(self, person: str) -> dict[str, Any]:
        """The row of an id, also of one that was merged into another, or of a name in any case.

        Raises:
            StoreError: there is none (``no_person``), or several have the name (``several_persons``).
        """
        found = list(self.persons([self._events.person(person)]).values())
        found = found or self.named(person.strip())
        found = found or list(self.persons([self.events.person(person)]).values())
        return only_one(found, person)

    def named(self, name: str) -> list[dict[str, Any]]:
        """The rows of all persons of a name, in any case; none for an empty one."""
        return self._rows("SELECT * FROM now WHERE lower(name) = lower(?) AND name <> '' ORDER BY person_id", [name])

    def clips(self, person_id: str, limit: int, offset: int = 0) -> list[str]:
        """Ids of the clips of a person, the nearest to its core first; of those that wait for one where it is empty."""
        rows = self._rows(
            "SELECT clip_id FROM members WHERE person_id = ? ORDER BY distance NULLS LAST, clip_id LIMIT ? OFFSET ?",
            [person_id, limit, offset],
        )
        return [row["clip_id"] for row in rows]

    def are_of(self, person_id: str, clip_ids: list[str]) -> set[str]:
        """Those of some clips that show a person."""
        sql = "SELECT clip_id FROM members WHERE person_id = ? AND clip_id IN (SELECT unnest(?::VARCHAR[]))"
        return {row["clip_id"] for row in self._rows(sql, [person_id, clip_ids])}

    def of_clip(self, clip_id: str) -> dict[str, Any] | None:
        """The row of the person that a clip shows; None where it waits for one, or people hid the person."""
        sql = "SELECT * FROM now WHERE NOT hidden AND person_id IN (SELECT person_id FROM members WHERE clip_id = ?)"
        return next(iter(self._rows(sql, [clip_id])), None)

    def elsewhere(self, person_id: str, video_id: str, limit: int) -> list[str]:
        """Ids of the clips of a person in other videos than one, the nearest to its core first."""
        sql = "SELECT clip_id FROM members WHERE person_id = ? AND video_id <> ?"
        rows = self._rows(f"{sql} ORDER BY distance NULLS LAST, clip_id LIMIT ?", [person_id, video_id, limit])
        return [row["clip_id"] for row in rows]

    def waiting(self) -> int:
        """How many clips wait for others like them, and have no person."""
        return int(self._rows("SELECT count(*) AS n FROM members WHERE person_id = ''", [])[0]["n"])

    def faces(self, person_ids: list[str], each: int) -> dict[str, list[str]]:
        """Media keys of the clips of each person that are nearest to its core."""
        rows = self._rows(
            "SELECT person_id, list(media_key ORDER BY nth) AS media FROM ("
            "SELECT m.person_id, m.clip_id, row_number() OVER (PARTITION BY m.person_id "
            "ORDER BY m.distance NULLS LAST, m.clip_id) AS nth FROM members m "
            "WHERE m.person_id IN (SELECT unnest(?::VARCHAR[])) QUALIFY nth <= ?) "
            "JOIN clips USING (clip_id) GROUP BY 1",
            [person_ids, each],
        )
        return {row["person_id"]: row["media"] for row in rows}

    def twins(self, limit: int, *, of: str = "") -> list[Twins]:
        """Pairs that may be one person, the nearest first; those that people told apart or merged are left out.

        Args:
            limit: most pairs.
            of: only those of this person; empty for all.
        """
        apart = self._events.told_apart()
        pairs: dict[tuple[str, str], float] = {}
        # What people decided since removes pairs, each at most one for every event.
        rows = self._rows("SELECT * FROM twins ORDER BY distance, person_a, person_b LIMIT ?", [limit + 10_000])
        for row in rows:
            one, other = sorted(self._events.person(row[name]) for name in ("person_a", "person_b"))
            if one != other and (one, other) not in apart and of in ("", one, other):
                pairs.setdefault((one, other), float(row["distance"]))
        known = self.persons(sorted({person for pair in pairs for person in pair}))
        shown = [(a, b) for a, b in pairs if all(p in known and not known[p]["hidden"] for p in (a, b))]
        return [Twins(*_larger_first(known[a], known[b]), pairs[a, b]) for a, b in shown[:limit]]

    def _rows(self, sql: str, parameters: list[Any]) -> list[dict[str, Any]]:
        if not self._newer:
            return self._catalog.rows(f"{_AS_PUBLISHED} {sql}", parameters)
        decided = self._decided_lists()
        parts = sql.split("?")
        numbered = "".join(f"{part}${len(decided) + n + 1}" for n, part in enumerate(parts[:-1])) + parts[-1]
        return self._catalog.rows(f"{_AS_DECIDED} {numbered}", [*decided, *parameters])

    def _decided_lists(self) -> list[list[Any]]:
        """What changed since the publication, as the lists that the query takes."""
        new = PersonEvents.of((event.kind, event.by, event.value) for event in self._newer)
        moved = {clip_id: self._events.person(person) for clip_id, (person, _) in new.moved.items()}
        olds = {old for e in self._newer if e.kind == MERGE for old in (*e.value["persons"], e.value["into"])}
        merged = {old: self._events.person(old) for old in sorted(olds) if self._events.person(old) != old}
        # A split may bring back a person that was merged away, with its name; the other one may lose it.
        parted = [e.value[side] for e in self._newer if e.kind == SPLIT for side in ("person", "new_person")]
        touched = {self._events.person(one) for one in (*new.names, *new.hidden, *merged, *parted)}
        told = sorted(touched)
        names = [self._events.name(one) for one in told]
        hidden = [self._events.is_hidden(one) for one in told]
        return [list(moved), list(moved.values()), list(merged), list(merged.values()), told, names, hidden]


def only_one(found: list[dict[str, Any]], person: str) -> dict[str, Any]:
    """The one row that an id or a name stands for.

    Raises:
        StoreError: there is none (``no_person``), or several have the name (``several_persons``).
    """
    if len(found) > 1:
        ids = ", ".join(row["person_id"] for row in found)
        raise StoreError(f"several persons are named {person!r}", hint=f"use an id: {ids}", reason="several_persons")
    if not found:
        hint = "'facelib people list' shows ids and names"
        raise StoreError(f"there is no person {person!r} in the published collection", hint=hint, reason="no_person")
    return found[0]


def _larger_first(one: dict[str, Any], other: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return (one, other) if one["clips"] >= other["clips"] else (other, one)
