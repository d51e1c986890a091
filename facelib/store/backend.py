"""What a store needs of the place where its files lie: a folder, or a bucket."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from facelib.store.options import VectorFolder

LOW_DISK_GB = 5.0
"""With less than this a disk is said to be full."""

Look = tuple[str, str, str]
"""One thing that was looked at: ``good``, ``note`` or ``bad``; what it is about; and what was found."""


class Objects(Protocol):
    """Files by key. Keys were checked before: relative, without ``..``. See :class:`facelib.store.objects.Store`."""

    @property
    def address(self) -> str:
        """The place, as it is shown and as it can be opened again."""

    def put(self, key: str, data: bytes) -> bool:
        """Write bytes once; False when the key exists."""

    def put_file(self, key: str, source: Path, *, move: bool) -> bool:
        """Write a file once; False when the key exists."""

    def replace(self, key: str, data: bytes) -> None:
        """Write bytes over those of a key, at once."""

    def copy(self, key: str, other: str) -> None:
        """Give a file a second key, which nobody else writes now."""

    def read(self, key: str) -> bytes:
        """The bytes; StoreError ``missing`` when there is no file."""

    def exists(self, key: str) -> bool:
        """Whether a file has the key; a folder is none."""

    def size(self, key: str) -> int:
        """In bytes; -1 when there is no file."""

    def identity(self, key: str) -> str:
        """The same for two keys only when their bytes are."""

    def names(self, folder: str) -> list[str]:
        """Sorted names directly below a folder, or below the root where it is empty."""

    def walk(self, folder: str) -> Iterator[str]:
        """Every key below a folder; those of one folder are in order."""

    def remove(self, key: str) -> None:
        """Delete a file, if there is one."""

    def remove_tree(self, folder: str) -> None:
        """Delete all files below a folder."""

    def remove_stale(self, seconds: float) -> int:
        """Delete what writers that died have left, after so many seconds; how many."""

    def local(self, key: str) -> Path:
        """A path that has the bytes; StoreError ``missing`` when there is no file."""

    def making(self, key: str) -> AbstractContextManager[Path]:
        """A path to make a file at."""

    def location(self, key: str) -> str:
        """Where a file is, for people."""

    def vectors(self, folder: str) -> VectorFolder:
        """Where vector tables are."""

    def signed_url(self, key: str, content_type: str) -> str | None:
        """An address for browsers; None where there are none."""

    def holds(self, path: Path) -> bool:
        """Whether a path belongs to it."""

    def look(self) -> list[Look]:
        """What there is to say of the place."""


def without_credentials(address: str) -> str:
    """An address that cannot be used, as it may be shown: somebody may have put a key or a password into it.

    Example:
        >>> without_credentials("s3://key:secret@bucket/x"), without_credentials("me:secret@minio:9000")
        ('s3://bucket/x', 'minio:9000')
    """
    scheme, mark, rest = address.partition("://") if "://" in address else ("", "", address)
    return scheme + mark + rest.rpartition("@")[2]


def free_space(folder: Path, what: str) -> Look:
    """How much space is left on the disk of a folder, which need not exist yet."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free / 1e9
    return ("good" if free > LOW_DISK_GB else "bad"), "disk", f"{free:.1f} GB free at {what}"
