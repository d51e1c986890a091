"""When each name of a list was last searched for, so that those go first that have waited longest."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from facelib.clock import stamp
from facelib.store import documents
from facelib.store.objects import Store

SEARCHED = "searched"
"""Folder of the store: for each channel that takes turns one document, the newest counts."""


@runtime_checkable
class TakesTurns(Protocol):
    """A source that may not get through all of its searches in one listing.

    Attributes:
        last_searched: when each was last searched for, as text that sorts; set before it lists.
        searched: those that this listing searched for.
    """

    last_searched: dict[str, str]
    searched: set[str]


def read(store: Store, channel_id: str) -> dict[str, str]:
    """When each name of a channel was last searched for, by name; empty before the first time."""
    names = store.names(_folder(channel_id))
    known: dict[str, str] = documents.decode(store.read(f"{_folder(channel_id)}/{names[-1]}")) if names else {}
    return known


def record(store: Store, channel_id: str, source: TakesTurns, moment: datetime) -> None:
    """Note what a listing at this moment searched for."""
    if not source.searched:
        return
    folder = _folder(channel_id)
    before = store.names(folder)
    known = source.last_searched | dict.fromkeys(source.searched, stamp(moment))
    if store.put(f"{folder}/{stamp(moment)}.json", documents.encode(known)):
        for name in before:
            store.remove(f"{folder}/{name}")


def _folder(channel_id: str) -> str:
    return f"{SEARCHED}/{channel_id}"
