"""The face template of a person that goes, where one is to be kept: made before the takedown, used after it."""

from collections.abc import Iterator

import numpy as np

from facelib.catalog.reader import Catalog
from facelib.clock import now
from facelib.collection.blocked_faces import BlockedFaces
from facelib.collection.people.tables import same_person
from facelib.collection.snapshots import publication
from facelib.curate.person_events import PersonEvents
from facelib.curate.settings import TakedownSettings
from facelib.distances import unit
from facelib.errors import StoreError
from facelib.index.neighbours import Neighbours
from facelib.models.identity import TASK
from facelib.store import blocked_faces, decisions, published, snapshots
from facelib.store.blocked_faces import FaceTemplate
from facelib.store.objects import Store
from facelib.store.published import Publication, VectorTable
from facelib.store.takedowns import Takedown

MAX_CLIPS = 200
"""Clips that a template is made of: those nearest to the person's core."""
_CLIPS = (
    "SELECT p.clip_id, v.vector_table FROM clip_people p JOIN vectors v USING (clip_id) "
    "WHERE p.person_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY p.distance NULLS LAST, p.clip_id"
)


def keep(store: Store, record: Takedown, settings: TakedownSettings) -> int:
    """Make the templates of a person, one for each model that its clips have vectors of, and keep them.

    Call it before anything of the person is removed. Templates that are kept already stay as they are.

    Returns:
        How many templates there are.

    Raises:
        StoreError: no clip of the person has a vector of a model whose distance is known (``no_vector``).
    """
    if not blocked_faces.read_all(store, record.takedown_id):
        persons = {record.target, *record.aliases}
        for version in _versions(store):
            for template in _templates(store, version, record.takedown_id, persons, settings.block_distance):
                blocked_faces.write(store, template)
            if blocked_faces.read_all(store, record.takedown_id):
                break
    kept = len(blocked_faces.read_all(store, record.takedown_id))
    if not kept:
        raise StoreError(
            f"no clip of {record.target} has a face vector, of which a template could be kept",
            hint="take it down without: --no-block",
            reason="no_vector",
        )
    return kept


def hide_shown(store: Store, takedown_id: str) -> list[str]:
    """Hide the videos still published that show a face like the templates of a takedown; returns their ids."""
    blocked, newest = BlockedFaces(store, takedown_id), published.newest(store)
    if newest is None or not blocked.templates:
        return []
    with Catalog(store, newest) as catalog:
        for table in _tables(newest):
            near = Neighbours(store.vectors(newest.index), table.name, table.metric, version=table.version)
            for clip_ids, vectors in near.blocks():
                rows = catalog.rows(
                    "SELECT clip_id, video_id FROM clips WHERE clip_id IN (SELECT unnest(?::VARCHAR[]))", [clip_ids]
                )
                videos = {row["clip_id"]: row["video_id"] for row in rows}
                clips = [
                    {"clip_id": clip_id, "video_id": videos[clip_id], "vector": vector}
                    for clip_id, vector in zip(clip_ids, vectors, strict=True)
                    if clip_id in videos
                ]
                blocked.meet(table.model, table.digest, clips)
    return blocked.hidden


def _templates(
    store: Store, version: Publication, takedown_id: str, persons: set[str], block_distance: float
) -> Iterator[FaceTemplate]:
    events = PersonEvents.of((e.kind, e.by, e.value) for e in decisions.read_all(store))
    elsewhere = {clip for clip, (person, _) in events.moved.items() if events.person(person) not in persons}
    with Catalog(store, version) as catalog:
        clips = [row for row in catalog.rows(_CLIPS, [sorted(persons)]) if row["clip_id"] not in elsewhere]
    for table in _tables(version):
        chosen = [row["clip_id"] for row in clips if row["vector_table"] == table.name][:MAX_CLIPS]
        limit = block_distance or same_person(table.model)
        near = Neighbours(store.vectors(version.index), table.name, table.metric, version=table.version)
        vectors = list(near.of(chosen).values()) if limit else []
        if vectors:
            mean = np.mean(vectors, axis=0)
            numbers = unit(mean) if table.metric == "cosine" else mean
            vector = tuple(float(number) for number in numbers)
            yield FaceTemplate(takedown_id, table.model, table.digest, table.metric, limit, vector, now().isoformat())


def _versions(store: Store) -> Iterator[Publication]:
    """What is published, then the snapshots, the newest first: a person may be in these alone."""
    newest = published.newest(store)
    found = [publication(store, snapshot.name) for snapshot in snapshots.read_all(store)]
    yield from ([newest] if newest else [])
    yield from sorted(found, key=lambda version: version.published, reverse=True)


def _tables(version: Publication) -> list[VectorTable]:
    return [table for table in version.vectors if table.task == TASK]
