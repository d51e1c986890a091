"""Gives a made-up collection of ``benchmarks.scale`` what the search page shows and it lacks: titles and files."""

from dataclasses import replace

from facelib.catalog.writer import CatalogWriter
from facelib.collection import clip_texts
from facelib.store import layout, published
from facelib.store.objects import Store
from facelib.store.published import Publication

TOPICS = ["climate", "school", "music", "history", "travel", "science", "kitchen", "health", "poetry", "theatre"]
TOPICS += ["money", "space", "ocean", "garden", "city", "language", "painting", "memory", "trains", "coffee"]

_UPLOADS = (
    "UPDATE uploads SET title = 'A talk about ' || list_extract($1::VARCHAR[], 1 + (hash(video_id) % 20)::INTEGER) "
    "WHERE starts_with(video_id, 'toy_film-')"
)
_CLIPS = "UPDATE clips SET media_key = 'clips/' || video_id || '/' || clip_id || '.mp4' WHERE media_key = ''"


def publish(store: Store, newest: Publication) -> Publication:
    """Publish the collection anew, with titles that name one of 20 topics; a store with texts stays as it is."""
    if newest.counts.get("clip_texts"):
        return newest
    number = newest.number + 1
    key = layout.catalog(f"{number:09d}-titles")
    with store.making(key) as path, CatalogWriter(path, store.local(newest.catalog)) as catalog:
        catalog.query(_UPLOADS, [TOPICS])
        catalog.query(_CLIPS)
        catalog.touch_all()
        clip_texts.update(catalog)
        counts = catalog.counts()
    told = replace(newest, number=number, catalog=key, counts=counts)
    assert published.write(store, told)
    return told
