"""The lists of duplicates that video-to-faces writes: one CSV file a stage."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from facelib.catalog.reader import Catalog
from facelib.collection.duplicates.tables import Faces, in_order, near_of
from facelib.curate.duplicate_settings import DuplicateSettings
from facelib.curate.earlier_items import Stage, three_stages
from facelib.index.reader import Index
from facelib.models.identity import TASK
from facelib.store.objects import Store
from facelib.store.published import Publication

COLUMNS = {
    1: ("file_name", "nearest_in_prev_5", "hash_diff", "marked_as_duplicate"),
    2: ("file_name", "nearest_in_prev", "hash_diff", "marked_as_duplicate"),
    3: ("file_name", "nearest_in_prev", "distance", "marked_as_duplicate"),
}
"""Of ``log_dupes1.csv`` to ``log_dupes3.csv``."""

Line = tuple[str, str, str, bool]


def write_logs(
    store: Store, catalog: Catalog, out: Path, *, rule: Literal["kept", "earlier"], settings: DuplicateSettings
) -> dict[str, int]:
    """Write the lists; files of that name are replaced.

    Args:
        store: the store.
        catalog: the published catalogue.
        out: the folder.
        rule: ``kept`` lists what the catalogue holds; ``earlier`` judges all clips anew, and lists also those that are
            no duplicates with the nearest clip before each.
        settings: thresholds of ``earlier``.

    Returns:
        Duplicates in each file, by its name.
    """
    stages = _kept(catalog) if rule == "kept" else _earlier(store, catalog, settings)
    out.mkdir(parents=True, exist_ok=True)
    counts = {}
    for number, columns in COLUMNS.items():
        lines = stages.get(number, [])
        with (out / f"log_dupes{number}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(lines)
        counts[f"log_dupes{number}"] = sum(duplicate for _, _, _, duplicate in lines)
    return counts


def _kept(catalog: Catalog) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    for row in catalog.rows("SELECT * FROM duplicates ORDER BY stage, clip_id"):
        line = (_file(row["clip_id"]), _file(row["kept_clip_id"]), _number(row["difference"]), True)
        found.setdefault(row["stage"], []).append(line)
    return found


def _earlier(store: Store, catalog: Catalog, settings: DuplicateSettings) -> dict[int, list[Line]]:
    faces = _faces(store, catalog.publication, settings.face_share)
    ids, videos, hashes = in_order(lambda sql: [tuple(row.values()) for row in catalog.rows(sql)])
    stages = three_stages(
        ids, videos, hashes, settings.hash_distance, faces.of, faces.near, faces.metric, all_nearest=True
    )
    return {stage.number: list(_lines(stage, ids)) for stage in stages}


def _lines(stage: Stage, ids: Sequence[str]) -> Iterator[Line]:
    judged = stage.judged
    for place, item in enumerate(stage.items.tolist()):
        near = int(judged.nearest[place])
        duplicate = bool(judged.duplicate[place])
        if near < 0:
            yield _file(ids[item]), "", "", duplicate
        else:
            yield _file(ids[item]), _file(ids[stage.items[near]]), _number(judged.difference[place]), duplicate


def _faces(store: Store, publication: Publication, share: float) -> Faces:
    tables = [t for t in publication.vectors if t.task == TASK and near_of(t.model, share) >= 0 and t.rows]
    if not tables:
        return Faces.none()
    table = max(tables, key=lambda table: (table.rows, table.name))
    index = Index(store, publication)

    def of(clip_ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        known, vectors = index.vectors_of(table, clip_ids)
        return dict(zip(known, vectors, strict=True))

    return Faces(of, table.metric, near_of(table.model, share))


def _file(clip_id: str) -> str:
    return f"{clip_id}.mp4"


def _number(value: float) -> str:
    return f"{value:g}"
