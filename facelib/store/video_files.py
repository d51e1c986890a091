"""Removes the files that the store holds of some videos, and tells those that lie elsewhere."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from facelib.store import layout, uploads
from facelib.store.objects import Store


def in_place(store: Store, videos: Sequence[str]) -> list[str]:
    """Paths of files that were read where they lie; they belong to somebody else, who has to see to them."""
    found = []
    for video_id in videos:
        for name in store.names(f"{layout.VIDEOS}/{video_id}"):
            if name.startswith("revision-"):
                number = int(name.removeprefix("revision-").removesuffix(".json"))
                revision = uploads.revision(store, video_id, number)
                if revision and revision.path:
                    found.append(revision.path)
    return found


def remove_trees(store: Store, videos: Sequence[str], keep_lock: Callable[[], None] = lambda: None) -> Counter[str]:
    """Remove all folders of some videos but the one that says what is known of each; files removed, by folder.

    ``keep_lock`` is called before each video.
    """
    removed: Counter[str] = Counter()
    for video_id in videos:
        keep_lock()
        folders = [(top, f"{top}/{video_id}") for top in (layout.RAW, layout.MEDIA, layout.QUARANTINE)]
        for top in (layout.RESULTS, layout.MARKERS):
            folders += [(top, f"{top}/{stage}/{video_id}") for stage in store.names(top)]
        folders.append((layout.LEASES, layout.lease(f"video/{video_id}")))
        for top, folder in folders:
            removed[top] += _remove_tree(store, folder)
    return +removed


def remove_known(store: Store, videos: Sequence[str]) -> Counter[str]:
    """Remove what is known of each upload: sighting, day, revisions, tries, information, captions."""
    return +Counter({layout.VIDEOS: sum(_remove_tree(store, f"{layout.VIDEOS}/{video_id}") for video_id in videos)})


def withdraw(store: Store, video_id: str) -> None:
    """Take back what a download has written of an upload that came onto the deny list meanwhile."""
    remove_trees(store, [video_id])
    remove_known(store, [video_id])
    for folder in (layout.DAYS, layout.PENDING):
        for day in store.names(folder):
            store.remove(f"{folder}/{day}/{video_id}")
    for day in store.names(layout.DOWNLOADS)[-2:]:
        for name in store.names(f"{layout.DOWNLOADS}/{day}"):
            if name.endswith(f"_{video_id}"):
                store.remove(f"{layout.DOWNLOADS}/{day}/{name}")


def remove_scratch(work_dir: Path, videos: Sequence[str]) -> int:
    """Remove downloads that were begun on this machine; returns how many files."""
    scratch, removed = Store(work_dir), 0
    for name in scratch.names("downloads"):
        if any(name.startswith(f"{video_id}.") for video_id in videos):
            path = scratch.path(f"downloads/{name}")
            if path.is_dir():
                removed += _remove_tree(scratch, f"downloads/{name}")
            else:
                scratch.remove(f"downloads/{name}")
                removed += 1
    return removed


def _remove_tree(store: Store, folder: str) -> int:
    files = sum(1 for _ in store.walk(folder))
    store.remove_tree(folder)
    return files
