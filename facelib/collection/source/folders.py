"""Folders of files that cannot be asked now: a disk or share that is not mounted leaves an empty folder, or none.

Nothing is to be learned of a file from a folder that is not there; nor from an empty one, where the collection has
several of its files.
"""

import threading
from collections import Counter
from functools import cached_property
from pathlib import Path

from facelib.sources.folder import path_of
from facelib.store import layout, uploads
from facelib.store.objects import Store

SEVERAL = 2
"""Files of the collection in a folder that do not vanish together by chance."""


class SourceFolders:
    """Tells whether the folders that files were read from are there.

    Args:
        store: whose files.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._told: dict[Path, str] = {}

    def unavailable(self, url: str, channel_url: str) -> str:
        """Why nothing can be said of a file that is not found; empty where its folder can be relied on.

        Args:
            url: of the file.
            channel_url: of the folder, or list, that it was found by.
        """
        folders = [path_of(url).parent]
        if channel_url.startswith("file://") and path_of(channel_url) in folders[0].parents:
            folders.insert(0, path_of(channel_url))
        return next(filter(None, map(self._why, folders)), "")

    def _why(self, folder: Path) -> str:
        with self._lock:
            if folder not in self._told:
                self._told[folder] = self._look(folder)
            return self._told[folder]

    def _look(self, folder: Path) -> str:
        try:
            empty = not any(not entry.name.startswith(".") for entry in folder.iterdir())
        except OSError as error:
            return f"the folder {folder} cannot be read: {error.strerror}"
        files = sum(n for parent, n in self._files.items() if folder in (parent, *parent.parents)) if empty else 0
        return f"the folder {folder} is empty, but the collection has {files} of its files" if files >= SEVERAL else ""

    @cached_property
    def _files(self) -> Counter[Path]:
        """How many files of the collection lie in each folder."""
        found: Counter[Path] = Counter()
        for video_id in uploads.videos(self._store):
            if self._store.exists(layout.upload(video_id)):
                document = uploads.read_upload(self._store, video_id)
                if document.get("extractor") == "file":
                    found[path_of(document["url"]).parent] += 1
        return found
