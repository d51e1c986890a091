"""The generation: a number that grows whenever the pipeline settings in force change.

A plan notes its generation and its pods work with that generation's settings, so a backfill that was planned before a
change can never overwrite a result that was made after it.
"""

from typing import Any

from facelib.errors import StoreError
from facelib.store import documents, layout
from facelib.store.objects import Store


def current(store: Store, settings: dict[str, Any]) -> int:
    """The number of these pipeline settings; a new one when they differ from the newest in the store."""
    while True:
        names = store.names(layout.GENERATIONS)
        newest = int(names[-1].removesuffix(".json")) if names else 0
        if newest and read(store, newest) == settings:
            return newest
        if store.put(layout.generation(newest + 1), documents.encode(settings)):
            return newest + 1


def read(store: Store, number: int) -> dict[str, Any]:
    """The pipeline settings of a generation. Raises StoreError when there is no such generation."""
    key = layout.generation(number)
    if not store.exists(key):
        raise StoreError(f"there is no settings generation {number}", reason="no_generation")
    settings: dict[str, Any] = documents.decode(store.read(key))
    return settings
