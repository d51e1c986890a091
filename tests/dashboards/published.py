"""A small published store without media, made without a model: for the logic of pages that need no clip file."""

from pathlib import Path

from facelib.publish import publish
from facelib.store import quarantine, uploads
from facelib.store.objects import Store
from tests.support.collections import list_channel
from tests.support.people import commit_faces, faces

VIDEO, BROKEN = "file_a", "file_b"
FACES = faces([0, 0, 0, 0, 1, 1, 1, 2], seed=3)
"""Four clips of one person, three of another, and one that waits."""


def make(folder: Path) -> Store:
    """The store: eight clips of two persons, and a video in quarantine."""
    store = Store(folder)
    list_channel(store, [VIDEO, BROKEN], "channel_a")
    commit_faces(store, VIDEO, FACES)
    for video_id in (VIDEO, BROKEN):
        uploads.resolve(store, video_id, {"upload_day": "2026-01-05"})
    quarantine.enter(store, BROKEN, "probe", "f" * 32, error="MediaError", reason="not_media", message="no film in it")
    publish(store)
    return store
