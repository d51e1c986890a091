"""Videos with faces whose person is known, taken in step by step as publish does: for tests of who is who."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from facelib.catalog import schema
from facelib.catalog.writer import CatalogWriter
from facelib.clock import now
from facelib.collection.intake import Intake
from facelib.collection.people.tables import update
from facelib.curate.people import PeopleSettings
from facelib.distances import unit
from facelib.index.writer import IndexWriter
from facelib.stages import pipeline
from facelib.stages.commit import COMMIT_REJECTS, PUBLISHED_TABLES
from facelib.stages.vectors import VECTORS
from facelib.store import commits, layout, published, records
from facelib.store.objects import Store
from facelib.store.published import Publication, VectorTable
from tests.support.collections import upload

MODEL = "arcface_w600k_r50"
DIGEST = "e" * 64


def faces(labels: Sequence[int], *, dimensions: int = 512, seed: int = 0) -> NDArray[np.float32]:
    """Unit vectors (n, dimensions) whose cosine is about 0.65 ± 0.1 for one person and about 0 for two.

    A face that shows its person badly is far from all others: the share ``a`` of the person in it varies by face, so
    the cosine of two is ``a · b``.
    """
    numbers = np.random.default_rng(seed)
    centres = unit(numbers.normal(size=(max(labels, default=0) + 1, dimensions)))[list(labels)]
    share = np.sqrt(np.clip(numbers.normal(0.65, 0.14, len(labels)), 0.2, 0.98))[:, None]
    drawn = numbers.normal(size=centres.shape)
    noise = unit(drawn - (drawn * centres).sum(axis=1, keepdims=True) * centres)
    return unit(share * centres + np.sqrt(1 - share**2) * noise)


def commit_faces(
    store: Store,
    video_id: str,
    vectors: NDArray[np.float32],
    *,
    tag: str = "a",
    generation: int = 1,
    model: str = MODEL,
    late: int = 0,
) -> list[str]:
    """Append a commit with one clip of 2 s a face, one after the other; returns the ids of the clips.

    Args:
        store: where.
        video_id: the video.
        vectors: (n, dim).
        tag: makes other ids, as other settings do.
        generation: the highest one counts.
        model: that made the vectors.
        late: every clip starts this many frames later.
    """
    schemas = {name: pipeline.stage_class(s).tables[name] for s, names in PUBLISHED_TABLES.items() for name in names}
    tables = {name: kind.empty_table() for name, kind in schemas.items()}
    ids = [f"{video_id}.{number:03d}.{tag}" for number in range(len(vectors))]
    clips = []
    for number, clip_id in enumerate(ids):
        start = 50 * number + late
        place: dict[str, Any] = {"start_frame": start, "end_frame": start + 50}
        place |= {"start_s": start / 25, "end_s": (start + 50) / 25}
        place |= {"face_x1": 100.0, "face_y1": 100.0, "face_x2": 200.0, "face_y2": 200.0}
        zeros = dict.fromkeys(schemas["clips"].names, 0)
        clips.append(zeros | {"clip_id": clip_id, "has_audio": True, **place})
    tables["clips"] = records.table(clips, schemas["clips"])
    tables["rejects"] = COMMIT_REJECTS.empty_table()
    meaning = {"task": "identity", "model": model, "digest": DIGEST, "metric": "cosine", "n_faces": 3, "spread": 0.1}
    rows = [{**meaning, "clip_id": c, "vector": v.tolist()} for c, v in zip(ids, vectors, strict=True)]
    tables["vectors"] = records.table(rows, VECTORS)
    head = {
        "stages": {"track": {"fingerprint": tag}},
        "upload": upload(video_id, f"channel_{video_id[-1]}"),
        "facts": {},
        "seconds": {},
        "media": {"track": [{"name": f"{c}.mp4", "key": f"media/{c}.mp4"} for c in ids]},
    }
    commits.write(store, video_id=video_id, generation=generation, head=head, tables=tables)
    return ids


class Taken:
    """A catalogue and an index that take in what is new in a store, and then the persons.

    Args:
        store: the store.
        folder: for catalogue and index.
        settings: of the clustering.
    """

    def __init__(self, store: Store, folder: Path, settings: PeopleSettings | None = None) -> None:
        self.store, self.folder = store, folder
        self.settings = settings or PeopleSettings()
        self.path: Path | None = None
        self._number = 0
        self._models: dict[str, dict[str, Any]] = {}

    def step(self) -> dict[str, int]:
        """Take in what is new; returns what :func:`facelib.collection.people.tables.update` tells."""
        self._number += 1
        path = self.folder / f"{self._number:03d}.duckdb"
        with CatalogWriter(path, self.path) as catalog:
            index = IndexWriter(self.folder / "index")
            intake = Intake(self.store, catalog, index, self._models, lambda: None, lambda done, total: None)
            intake.commits()
            intake.listings()
            intake.small_things()
            intake.drop_denied()
            told = update(self.store, catalog, self.folder / "index", self._models, self.settings, lambda: None)
        self.path = path
        return told

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the catalogue."""
        assert self.path
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def people(self) -> dict[str, str]:
        """The person of each clip."""
        return dict(self.rows("SELECT clip_id, person_id FROM clip_people ORDER BY 1"))

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """The tables of persons."""
        assert set(schema.TABLES) >= {"clip_people", "people", "twins"}
        return {t: self.rows(f"SELECT * FROM {t} ORDER BY ALL") for t in ("clip_people", "people", "twins")}

    def publish(self) -> None:
        """Make what was taken in last the current publication."""
        assert self.path
        catalog = layout.catalog(self.path.stem)
        self.store.put_file(catalog, self.path)
        shutil.copytree(self.folder / "index", self.store.path(layout.index("people")), dirs_exist_ok=True)
        index = IndexWriter(self.store.path(layout.index("people")))
        vectors = []
        for name in index.tables():
            version, held = index.state(name)
            vectors.append(VectorTable(name=name, version=version, rows=held, **self._models[name]))
        publication = Publication(self._number, catalog, layout.index("people"), "", now().isoformat(), tuple(vectors))
        assert published.write(self.store, publication)
