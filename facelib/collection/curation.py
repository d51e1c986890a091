"""What is worked out over the whole collection at each publish: duplicates, persons, verdicts, texts."""

from collections.abc import Callable, Mapping
from typing import Any

from facelib.catalog.writer import CatalogWriter
from facelib.collection import clip_texts, rules
from facelib.collection.duplicates import tables as duplicates
from facelib.collection.people import tables as people
from facelib.collection.review import verdicts as review_verdicts
from facelib.curate.settings import CurateSettings
from facelib.store.objects import Store
from facelib.store.options import VectorFolder

CURATED = (
    "similar_clips",
    "duplicates",
    "duplicate_uploads",
    "people",
    "clip_people",
    "twins",
    "verdicts",
    "failed_rules",
    "reviews",
    "clip_texts",
)
"""The tables that hold it."""


def curate(
    store: Store,
    catalog: CatalogWriter,
    index: VectorFolder,
    models: Mapping[str, Mapping[str, Any]],
    settings: CurateSettings,
    keep_lock: Callable[[], None],
) -> None:
    """Bring the tables of duplicates, persons, verdicts and texts up to what was taken in.

    Args:
        store: the store.
        catalog: the new catalogue, with commits, listings and decisions taken in.
        index: the LanceDB folder, with the vectors of these commits.
        models: by vector table, what its vectors mean: task, model, metric.
        settings: of each.
        keep_lock: called before each step that takes time.
    """
    duplicates.update(catalog, index, models, settings.duplicates, keep_lock)
    people.update(store, catalog, index, models, settings.people, keep_lock)
    rules.update(store, catalog, keep_lock)
    review_verdicts.update(catalog)
    clip_texts.update(catalog, keep_lock)
