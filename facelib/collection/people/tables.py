"""Keeps the tables of persons up: what publish runs after it has taken in commits and decisions.

The store's records (:mod:`facelib.store.people`) are read first, then what people decided is applied, and then the
clips that are still new are held against the collection; what that finds out becomes a new record. A rebuild therefore
reads the same persons out of the store, and computes nothing again.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from facelib.catalog.curation_tables import PEOPLE_COUNTS
from facelib.catalog.writer import CatalogWriter, rows_of
from facelib.collection.intake import batches
from facelib.collection.people.places import OWN_PLACES, inherited, moved
from facelib.curate.people import Member, PeopleSettings, assign
from facelib.curate.person_events import KINDS, PersonEvents
from facelib.index.neighbours import Near, Neighbours
from facelib.models.identity import KINDS as MODELS
from facelib.models.identity import TASK
from facelib.store import documents, layout
from facelib.store import people as log
from facelib.store.objects import Store
from facelib.store.options import VectorFolder

BATCH = 20_000
"""New clips that are assigned at a time, which bounds the memory."""
CHANGES = "(SELECT unnest(?::VARCHAR[]) AS old, unnest(?::VARCHAR[]) AS now, unnest(?::VARCHAR[]) AS who)"
MERGE = f"UPDATE clip_people SET person_id = now, decided_by = who FROM {CHANGES} WHERE person_id = old"  # noqa: S608
MOVE = (
    f"UPDATE clip_people SET person_id = now, decided_by = who, distance = NULL FROM {CHANGES} "  # noqa: S608
    "WHERE clip_id = old AND (person_id <> now OR decided_by <> who OR distance IS NOT NULL)"
)
TOUCHED = "video_id IN (SELECT video_id FROM touched)"
CLIPS = f"SELECT clip_id FROM {rows_of('clips')}"  # noqa: S608
PERSONS = f"SELECT DISTINCT person_id FROM clip_people WHERE {TOUCHED}"  # noqa: S608
COUNTED = f"INSERT INTO people BY NAME SELECT *, '' AS name, false AS hidden FROM ({PEOPLE_COUNTS}) ORDER BY person_id"  # noqa: S608
NAMED = """
UPDATE people SET name = told.name, hidden = told.hidden
FROM (SELECT unnest(?::VARCHAR[]) AS person_id, unnest(?::VARCHAR[]) AS name, unnest(?::BOOLEAN[]) AS hidden) AS told
WHERE people.person_id = told.person_id
"""
WHAT = "people"


def update(
    store: Store,
    catalog: CatalogWriter,
    index: VectorFolder,
    models: Mapping[str, Mapping[str, Any]],
    settings: PeopleSettings,
    keep_lock: Callable[[], None],
) -> dict[str, int]:
    """Bring ``clip_people``, ``people`` and ``twins`` up to clips, vectors, records and decisions.

    Args:
        store: the store; a record is added when there is something new.
        catalog: the new catalogue, with commits and decisions taken in.
        index: the LanceDB folder, with the vectors of these commits.
        models: by vector table, what its vectors mean: task, model, metric.
        settings: of the clustering.
        keep_lock: called before each step that takes time.

    Returns:
        How many clips were new, and how many of all have a person, and persons and possible twins.
    """
    work = _Update(store, catalog, settings, keep_lock)
    read = work.read_records()
    decided = work.decided()
    events = PersonEvents.of((kind, by, json.loads(value)) for kind, by, value in decided)
    table = vector_table(catalog, models, settings)
    state = documents.digest([table, decided])
    anew = read or catalog.state(WHAT) != state
    if anew:
        catalog.touch_all()
    new = work.new_clips(table) if table else []
    given = inherited(store, catalog, new) | moved(catalog, events, new)
    work.forget_gone(anew=anew)
    work.apply(events)
    if new:
        near = Neighbours(index, table, str(models[table]["metric"]))
        limit = settings.distance or same_person(str(models[table]["model"]))
        for part in batches(new, BATCH):
            work.assign(near, {clip_id: given.get(clip_id, Member()) for clip_id in part}, limit, events)
        work.apply(events)
    work.count(events)
    catalog.note(WHAT, state)
    assigned = int(catalog.query("SELECT coalesce(sum(clips), 0) FROM people")[0][0])
    persons, twins = (catalog.query(f"SELECT count(*) FROM {t}")[0][0] for t in ("people", "twins"))  # noqa: S608
    return {"new": len(new), "assigned": assigned, "people": persons, "twins": twins}


def vector_table(catalog: CatalogWriter, models: Mapping[str, Mapping[str, Any]], settings: PeopleSettings) -> str:
    """The vector table whose faces are compared: of the model in the settings, else that of most clips; or empty.

    A model whose distance is not known is left out, unless the settings give one.
    """
    wanted = [
        name
        for name, meaning in models.items()
        if meaning["task"] == TASK
        and settings.model in ("", meaning["model"])
        and (settings.distance or same_person(str(meaning["model"])))
    ]
    rows = catalog.query("SELECT vector_table, count(*) FROM vectors GROUP BY 1 ORDER BY 2 DESC, 1")
    return next((str(name) for name, _ in rows if name in wanted), "")


def same_person(model: str) -> float:
    """The distance below which a model takes two faces for one person; 0 for one that is not known."""
    return next((kind.same_person for kind in MODELS.values() if kind.weights == model), 0.0)


class _Update:
    def __init__(
        self, store: Store, catalog: CatalogWriter, settings: PeopleSettings, keep_lock: Callable[[], None]
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._settings = settings
        self._keep_lock = keep_lock
        self._videos: dict[str, str] = {}

    def read_records(self) -> bool:
        """Take in records that this catalogue has not read; the last one of a clip counts. Whether there were any."""
        read = self._catalog.query("SELECT key FROM read_log WHERE starts_with(key, ?)", [layout.PEOPLE])
        known = {key for (key,) in read}
        new = list(log.keys(self._store, known=known))
        for key in new:
            self._keep_lock()
            record = log.read(self._store, key)
            self._catalog.insert("clip_people", [_row(row, key) for row in record.rows("clips")])
            self._catalog.insert("twins", record.rows("twins"))
        self._catalog.insert("read_log", [{"key": key} for key in new])
        if new:
            order = "row_number() OVER (PARTITION BY clip_id ORDER BY record DESC) AS nth"
            earlier = f"SELECT row FROM (SELECT rowid AS row, {order} FROM clip_people) WHERE nth > 1"  # noqa: S608
            self._catalog.query(f"DELETE FROM clip_people WHERE rowid IN ({earlier})")  # noqa: S608
        return bool(new)

    def decided(self) -> list[tuple[Any, ...]]:
        """All decisions about persons that the catalogue has taken in, in order: kind, by whom, value."""
        rows = self._catalog.query("SELECT kind, decided_by, value FROM decisions ORDER BY decided_at, event_id")
        return [row for row in rows if row[0] in KINDS]

    def new_clips(self, table: str) -> list[str]:
        """Clips with a vector that no record is about."""
        rows = self._catalog.query(
            f"WITH v AS MATERIALIZED (SELECT clip_id, video_id, vector_table FROM {rows_of('vectors')}), "  # noqa: S608
            f"c AS MATERIALIZED ({CLIPS}), p AS MATERIALIZED (SELECT clip_id FROM {rows_of('clip_people')}) "
            "SELECT clip_id, video_id FROM v SEMI JOIN c USING (clip_id) ANTI JOIN p USING (clip_id) "
            "WHERE vector_table = ? ORDER BY 1",
            [table],
        )
        self._videos = dict(rows)
        return list(self._videos)

    def forget_gone(self, *, anew: bool) -> None:
        """Drop what is said of clips that are no more; note whose rows are to be made again, all where ``anew``."""
        self._catalog.query(f"CREATE OR REPLACE TEMP TABLE affected AS {PERSONS}")
        if anew:
            self._catalog.query("INSERT INTO affected SELECT person_id FROM people")
        gone = self._catalog.query(
            f"WITH p AS MATERIALIZED (SELECT clip_id FROM {rows_of('clip_people')}), "  # noqa: S608
            f"c AS MATERIALIZED ({CLIPS}) SELECT clip_id FROM p ANTI JOIN c USING (clip_id)"
        )
        if gone:
            self._catalog.delete("clip_people", "clip_id", [clip_id for (clip_id,) in gone])

    def apply(self, events: PersonEvents) -> None:
        """Put decisions in force; doing so again changes nothing."""
        merged = [(old, events.person(old), by) for old, (_, by) in events.merged.items()]
        moved_to = [(clip_id, events.person(person_id), by) for clip_id, (person_id, by) in events.moved.items()]
        for statement, changes in ((MERGE, merged), (MOVE, moved_to)):
            if changes:
                self._catalog.query(statement, [list(column) for column in zip(*changes, strict=True)])
        pairs: dict[tuple[str, str], float] = {}
        for a, b, distance in self._catalog.query("SELECT person_a, person_b, distance FROM twins"):
            one, other = sorted((events.person(a), events.person(b)))
            pairs[one, other] = min(distance, pairs.get((one, other), distance))
        apart = events.told_apart()
        rows = [(a, b, d) for (a, b), d in sorted(pairs.items()) if a != b and (a, b) not in apart]
        self._catalog.replace_all("twins", [{"person_a": a, "person_b": b, "distance": d} for a, b, d in rows])

    def assign(self, near: Neighbours, new: Mapping[str, Member], distance: float, events: PersonEvents) -> None:
        """Find the persons of new clips; write the record and the rows."""
        self._keep_lock()
        found = assign(
            new,
            partial(self._nearest, near, distance),
            self._lookup,
            distance=distance,
            min_neighbours=self._settings.min_neighbours,
        )
        anchors = self._anchors(list(found.members))
        rows = [{"clip_id": c, **anchors[c], **asdict(m)} for c, m in found.members.items()]
        twins = [{"person_a": a, "person_b": b, "distance": d} for (a, b), d in sorted(found.twins.items())]
        head = {"table": near.name, "distance": distance, **self._settings.model_dump(exclude={"distance"})}
        key = log.write(self._store, head, rows, twins)
        earlier = [clip_id for clip_id in found.members if clip_id not in new]
        if earlier:
            self._catalog.delete("clip_people", "clip_id", earlier)
        self._catalog.insert("clip_people", [_row(row, key) for row in rows])
        persons = {events.person(member.person_id) for member in found.members.values()}
        self._catalog.query("INSERT INTO affected SELECT unnest(?::VARCHAR[])", [sorted(persons)])
        self._catalog.insert("twins", twins)
        self._catalog.insert("read_log", [{"key": key}])

    def _nearest(self, near: Neighbours, distance: float, clip_ids: list[str]) -> Near:
        found: Near = {}
        for part in batches(clip_ids, 1_000):
            self._keep_lock()
            found |= near.nearest(part, self._settings.search, distance)
        return found

    def _lookup(self, clip_ids: list[str]) -> dict[str, Member]:
        rows = self._catalog.query(
            "SELECT clip_id, video_id, person_id, distance, neighbours, decided_by FROM clip_people "
            "WHERE clip_id IN (SELECT unnest(?::VARCHAR[]))",
            [clip_ids],
        )
        self._videos |= {clip_id: video_id for clip_id, video_id, *_ in rows}
        return {clip_id: Member(*values) for clip_id, _, *values in rows}

    def _anchors(self, clip_ids: list[str]) -> dict[str, dict[str, Any]]:
        # Their videos are known, and finding the clips of videos takes half as long as finding clips.
        videos = sorted({self._videos[clip_id] for clip_id in clip_ids})
        self._catalog.query("CREATE OR REPLACE TEMP TABLE own AS SELECT unnest(?::VARCHAR[]) AS video_id", [videos])
        rows = self._catalog.query(OWN_PLACES, [clip_ids])
        names = ("video_id", "start_s", "end_s", "x1", "y1", "x2", "y2")
        return {clip_id: dict(zip(names, values, strict=True)) for clip_id, *values in rows}

    def count(self, events: PersonEvents) -> None:
        """Make the rows of the persons anew that lost or gained a clip."""
        self._catalog.query(f"INSERT INTO affected {PERSONS}")
        self._catalog.query("DELETE FROM people WHERE person_id IN (SELECT person_id FROM affected)")
        self._catalog.query(COUNTED)
        told = [(person, events.name(person), events.is_hidden(person)) for person in sorted(events.touched())]
        if told:
            self._catalog.query(NAMED, [list(column) for column in zip(*told, strict=True)])


def _row(row: Mapping[str, Any], key: str) -> dict[str, Any]:
    columns = ("clip_id", "video_id", "person_id", "distance", "decided_by", "neighbours")
    return {**{column: row[column] for column in columns}, "seconds": row["end_s"] - row["start_s"], "record": key}
