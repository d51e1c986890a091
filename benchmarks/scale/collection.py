"""A published store of any size, written directly: nothing was filmed, and no stage ran."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.scale import words
from benchmarks.scale.faces import DIMENSIONS, Faces
from facelib.catalog import schema
from facelib.catalog.rows import vector_table
from facelib.catalog.words import words_of
from facelib.catalog.writer import ARROW, CatalogWriter
from facelib.clock import day_of
from facelib.collection import rules
from facelib.collection.duplicates.similar_clips import WHAT, compared_by
from facelib.collection.duplicates.tables import near_of
from facelib.collection.people import tables as people
from facelib.curate.people import CLUSTER, PeopleSettings
from facelib.curate.settings import CurateSettings
from facelib.curate.sound_match import entries
from facelib.index.writer import IndexWriter, arrow_schema
from facelib.media.sound_print import Words, to_text
from facelib.models.identity import KINDS, TASK
from facelib.store import documents, layout, published
from facelib.store.objects import Store
from facelib.store.published import Publication, VectorTable

MODEL = KINDS["arcface"]
DIGEST = "a" * 64
TABLE = vector_table(TASK, MODEL.weights, DIGEST)
MEANING: dict[str, Any] = {
    "task": TASK,
    "model": MODEL.weights,
    "digest": DIGEST,
    "metric": MODEL.metric,
    "dimensions": DIMENSIONS,
}
CLIPS_A_VIDEO = 10
CHANNELS = 50
STAGES = ("probe", "detect", "track", "syncnet", "iqa", "landmarks", "embed", "commit")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 100

COMPARED = (
    "INSERT INTO compared SELECT h.clip_id, h.video_id, h.clip_id IN (SELECT clip_id FROM sound_words), "
    "v.commit_key || ' ' || ? FROM hashes h JOIN videos v USING (video_id)"
)

Columns = dict[str, Any]


def clip_ids(start: int, count: int) -> list[str]:
    """Ids of the clips from a place on."""
    return [f"{video_id(n)}.{n % CLIPS_A_VIDEO:06d}.0.00000000" for n in range(start, start + count)]


def video_id(clip: int) -> str:
    """The video of a clip."""
    return f"toy_film-{clip // CLIPS_A_VIDEO:010d}"


def write(root: Path, faces: Faces) -> Store:
    """Write the store and its first publication.

    Every table has a row for each clip or video that it would have; measures are random numbers. Every second clip has
    sound, and the persons are those that were drawn: those with fewer than three clips wait, as the clustering has it.
    """
    store = Store(root)
    keys = _commits(store, faces.clips)
    catalog_key, index_key = layout.catalog("first"), layout.index("first")
    index = store.path(index_key)
    write_vectors(index, faces)
    writer = IndexWriter(index)
    writer.keep_up({TABLE: MODEL.metric})
    settings = CurateSettings()
    with CatalogWriter(store.path(catalog_key), None) as catalog:
        for start in range(0, faces.clips, 50_000):
            _rows(catalog, faces, start, min(50_000, faces.clips - start), keys)
        _people(catalog)
        compared = compared_by(settings.duplicates, near_of(MODEL.weights, settings.duplicates.face_share))
        catalog.query(COMPARED, [compared])
        catalog.note(WHAT, compared)
        catalog.note(people.WHAT, documents.digest([TABLE, []]))
        rules.update(store, catalog)
        counts = catalog.counts()
    vectors = (VectorTable(name=TABLE, version=writer.state(TABLE)[0], rows=faces.clips, **MEANING),)
    assert published.write(store, Publication(1, catalog_key, index_key, keys[-1], BEGIN.isoformat(), vectors, counts))
    return store


def write_vectors(folder: Path, faces: Faces) -> None:
    """Write the vector table, without an index."""
    import lancedb

    kind = arrow_schema(DIMENSIONS)

    def batches() -> Any:
        for start, vectors in faces.blocks():
            ids = clip_ids(start, len(vectors))
            columns = [ids, [video_id(start + n) for n in range(len(ids))], ["c"] * len(ids), ["2026-01-01"] * len(ids)]
            flat = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), DIMENSIONS)
            yield pa.record_batch([*(pa.array(column) for column in columns), flat], schema=kind)

    folder.mkdir(parents=True)
    table = lancedb.connect(str(folder)).create_table(TABLE, schema=kind)
    table.add(pa.RecordBatchReader.from_batches(kind, batches()))


def _commits(store: Store, clips: int) -> list[str]:
    """The commit log: its entries were read before, so only their names count."""
    keys = []
    for number in range(-(-clips // CLIPS_A_VIDEO)):
        moment = BEGIN + timedelta(days=number % DAYS, seconds=number // DAYS)
        keys.append(layout.commit(day_of(moment), moment, 1, video_id(number * CLIPS_A_VIDEO)))
        path = store.path(keys[-1])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return keys


def _rows(catalog: CatalogWriter, faces: Faces, start: int, count: int, keys: list[str]) -> None:
    """The rows of some clips and their videos."""
    numbers = np.random.default_rng((faces.seed, start))
    ids = clip_ids(start, count)
    videos = [video_id(start + n) for n in range(count)]
    clip = {"clip_id": ids, "video_id": videos}
    first_frame = 50 * (np.arange(start, start + count) % CLIPS_A_VIDEO)
    places = {"start_frame": first_frame, "end_frame": first_frame + 50}
    seconds = {"start_s": first_frame / 25, "end_s": first_frame / 25 + 2}
    picture = numbers.integers(0, 1 << 64, count, np.uint64)
    hashes = {"picture": picture, "mirrored": numbers.permutation(picture), "pictures": [f"{p:016x}" for p in picture]}
    sound = words.has_sound(range(start, start + count))
    prints = words.prints(numbers, sound)
    hashes["sound"] = [to_text(found) for found in prints]
    _sounds(catalog, ids, prints)
    media = {"has_audio": sound, "media_key": [f"media/{name}.mp4" for name in ids]}
    _put(catalog, "clips", count, numbers, {**clip, **places, **seconds, **media})
    _put(catalog, "vectors", count, numbers, {**clip, "vector_table": TABLE, "n_faces": 3})
    for table in schema.ONE_PER_CLIP:
        _put(catalog, table, count, numbers, {**clip, **(hashes if table == "hashes" else {})})
    members = np.bincount(faces.people)[faces.people[start : start + count]]
    person = [f"person-{p:012x}" if m > 2 else "" for p, m in zip(faces.people[start:], members, strict=False)]
    about = {
        "seconds": np.full(count, 2.0),
        "person_id": person,
        "neighbours": np.minimum(members - 1, PeopleSettings().min_neighbours),
    }
    _put(catalog, "clip_people", count, numbers, {**clip, **about, "decided_by": CLUSTER, "record": ""})
    own = videos[::CLIPS_A_VIDEO]
    their = keys[start // CLIPS_A_VIDEO :][: len(own)]
    channels = [f"channel_{n % CHANNELS}" for n in range(len(own))]
    days = {"upload_day": "2026-01-01", "first_seen": BEGIN.isoformat()}
    titles = [words.title(start // CLIPS_A_VIDEO + n) for n in range(len(own))]
    _put(catalog, "uploads", len(own), numbers, {"video_id": own, "channel_id": channels, "title": titles, **days})
    told = [f" {' '.join(words_of(title))} " for title in titles]
    _put(catalog, "clip_texts", len(own), numbers, {"video_id": own, "clip_id": "", "text": told})
    _put(catalog, "clip_texts", count, numbers, {**clip, "text": words.texts(numbers, count)})
    _put(catalog, "videos", len(own), numbers, {"video_id": own, "commit_key": their, "generation": 1})
    _put(catalog, "sightings", len(own), numbers, {"video_id": own, "channel_id": channels})
    for stage in STAGES:
        _put(catalog, "stages", len(own), numbers, {"video_id": own, "stage": stage, "reason": ""})
    _put(catalog, "downloads", len(own), numbers, {"video_id": own, "state": "downloaded"})
    _put(catalog, "read_log", len(own), numbers, {"key": their})


def _sounds(catalog: CatalogWriter, ids: list[str], prints: list[Words]) -> None:
    """The words that clips are found by when another one sounds like them."""
    found = [entries(one) for one in prints]
    values, steps = (np.concatenate(side) for side in zip(*found, strict=True))
    names = np.repeat(np.array(ids, object), [len(one) for one, _ in found])
    catalog.insert_table("sound_words", pa.table({"word": values, "step": steps, "clip_id": names}))


def _put(catalog: CatalogWriter, table: str, count: int, numbers: np.random.Generator, given: Columns) -> None:
    """Rows of a table; columns that are not given are random numbers, or one text."""
    columns = {}
    for name, (kind, _) in schema.TABLES[table].items():
        value = given.get(name, _column(kind, count, numbers))
        if isinstance(value, str | bool | int):
            value = [value] * count
        columns[name] = pa.array(value, ARROW[kind])
    catalog.insert_table(table, pa.table(columns))


def _column(kind: str, count: int, numbers: np.random.Generator) -> Any:
    if kind == "VARCHAR":
        return ""
    if kind == "BOOLEAN":
        return numbers.random(count) < 0.5
    if kind in ("DOUBLE", "FLOAT"):
        return numbers.random(count)
    return numbers.integers(0, 1000, count)


def _people(catalog: CatalogWriter) -> None:
    catalog.query(
        "INSERT INTO people SELECT person_id, '', false, count(*), 2.0 * count(*), count(DISTINCT video_id), 1, "
        "'2026-01-01', '2026-01-01' FROM clip_people WHERE person_id <> '' GROUP BY 1"
    )


def publication_of(store: Store) -> Publication:
    """What is current."""
    newest = published.newest(store)
    assert newest
    return newest
