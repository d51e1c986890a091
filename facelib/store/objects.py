"""Write-once files under one root: the only door to the truth.

A file appears complete or not at all, and never over another one. Any number of writers are therefore safe, and nothing
is edited in place. How that is kept depends on where the root is: see :mod:`facelib.store.local_objects` for a folder
and :mod:`facelib.store.s3_objects` for object storage.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from facelib.errors import StoreError
from facelib.store.backend import Look, Objects, without_credentials
from facelib.store.local_objects import TEMPORARY as TEMPORARY
from facelib.store.local_objects import LocalObjects
from facelib.store.options import StoreOptions, VectorFolder

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")

AT_ONCE = 16
"""Requests to object storage that are under way at a time."""

T = TypeVar("T")
R = TypeVar("R")


class Store:
    """A folder, or a prefix of a bucket, that holds immutable files by key.

    Args:
        root: a folder, a ``file://`` URL of one, or ``s3://BUCKET/PREFIX``. A folder is created when first written to,
            a bucket is not.
        options: how object storage is reached and where local copies of its files lie; a folder needs none.

    Raises:
        StoreError: the root is no folder, or can never be one (``store_unwritable``), or no address of a bucket
            (``bad_root``).

    Keys are relative POSIX paths such as ``results/detect/youtube_x-0123456789/ab12.parquet``.

    Example:
        >>> import tempfile
        >>> store = Store(tempfile.mkdtemp())
        >>> store.put("notes/a.txt", b"one"), store.put("notes/a.txt", b"two"), store.read("notes/a.txt")
        (True, False, b'one')
    """

    def __init__(self, root: str | Path, options: StoreOptions | None = None) -> None:
        self._options = options or StoreOptions()
        self._objects: Objects
        if str(root).startswith("s3://"):
            from facelib.store.s3_objects import opened

            self._objects = opened(str(root), self._options)
        elif _SCHEME.match(str(root)) and not str(root).startswith("file://"):
            hint = (
                "a store is a folder, file:///FOLDER or s3://BUCKET/PREFIX; other services that speak S3 are s3:// too"
            )
            raise StoreError(f"{without_credentials(str(root))} is no place for a store", hint=hint, reason="bad_root")
        else:
            self._objects = LocalObjects(Path(str(root).removeprefix("file://")))

    def __reduce__(self) -> tuple[Any, ...]:
        """A store that goes to another process is opened anew there."""
        return Store, (self.address, self._options)

    @property
    def address(self) -> str:
        """The root, as it is shown and as it can be opened again: a path, or an ``s3://`` URL."""
        return self._objects.address

    @property
    def root(self) -> Path:
        """The folder. Raises StoreError for object storage, which has none; reason ``not_a_folder``."""
        if isinstance(self._objects, LocalObjects):
            return self._objects.root
        hint = "this takes a store in a folder"
        raise StoreError(f"{self.address} is not a folder", hint=hint, reason="not_a_folder")

    def path(self, key: str) -> Path:
        """The path of a key below the folder, whether or not it exists; see `local` for what works anywhere."""
        return self.root / checked(key)

    def put(self, key: str, data: bytes) -> bool:
        """Write ``data`` once. Returns False, and changes nothing, when the key exists already."""
        return self._objects.put(checked(key), data)

    def put_file(self, key: str, source: Path, *, move: bool = False) -> bool:
        """Write the bytes of ``source`` once; ``move`` takes the source away. False when the key exists."""
        return self._objects.put_file(checked(key), source, move=move)

    def replace(self, key: str, data: bytes) -> None:
        """Put other bytes in place of a file's; a reader sees the old ones or the new ones. Only takedown does so."""
        self._objects.replace(checked(key), data)

    def copy(self, key: str, other: str) -> None:
        """Give a file a second key; the bytes are shared, or copied by the storage itself, where it can."""
        self._objects.copy(checked(key), checked(other))

    def read(self, key: str) -> bytes:
        """The bytes of a key. Raises StoreError when there is none."""
        return self._objects.read(checked(key))

    def at_once(self, read: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """What a function gives for each of some items, in order; on object storage several are under way at a time.

        Args:
            read: reads from the store, and does nothing else that threads must not do at the same time.
            items: in any number; few of the answers are held.
        """
        if isinstance(self._objects, LocalObjects) or len(items) < 2:
            yield from map(read, items)
            return
        waiting: deque[Future[R]] = deque()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for item in items:
                waiting.append(pool.submit(read, item))
                if len(waiting) > 2 * AT_ONCE:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def exists(self, key: str) -> bool:
        """Whether a file lies at the key."""
        return self._objects.exists(checked(key))

    def size(self, key: str) -> int:
        """The size of a key in bytes; -1 when there is none."""
        return self._objects.size(checked(key))

    def identity(self, key: str) -> str:
        """What two keys have in common only when they have the same bytes, as `copy` makes them."""
        return self._objects.identity(checked(key))

    def names(self, folder: str = "") -> list[str]:
        """The sorted names directly below a folder, files and folders alike; empty when there is no such folder."""
        return self._objects.names(checked(folder) if folder else "")

    def walk(self, folder: str) -> Iterator[str]:
        """Every key below a folder; those of one folder are in order."""
        return self._objects.walk(checked(folder))

    def remove(self, key: str) -> None:
        """Delete a key. Only bookkeeping (markers, leases) and takedown do so."""
        self._objects.remove(checked(key))

    def remove_tree(self, folder: str) -> None:
        """Delete a folder and all below it. Only derived copies and takedown do so."""
        self._objects.remove_tree(checked(folder))

    def remove_stale(self, seconds: float) -> int:
        """Delete what writers that died have left of files, unchanged for so long; how many there were."""
        return self._objects.remove_stale(seconds)

    def local(self, key: str) -> Path:
        """A path to read a file from: the file itself, or a copy on this machine that is fetched now.

        A copy has the bytes that the store has now. It may be let go an hour after it was last asked for.

        Raises:
            StoreError: there is no such file; reason ``missing``.
        """
        return self._objects.local(checked(key))

    def making(self, key: str) -> AbstractContextManager[Path]:
        """A path for a derived file that is made over some time, for a block of work.

        What lies at the path when the block ends is the key's file, in place of one that was there; nothing where the
        block has removed it, or ends with an error. Nobody may read the key before something names it.
        """
        return self._objects.making(checked(key))

    def location(self, key: str) -> str:
        """Where a file is, for people: its path or its ``s3://`` URL."""
        return self._objects.location(checked(key))

    def vectors(self, folder: str) -> VectorFolder:
        """Where the vector tables of a folder are, as :mod:`facelib.index` opens them."""
        return self._objects.vectors(checked(folder))

    def signed_url(self, key: str, content_type: str = "application/octet-stream") -> str | None:
        """An address at which a browser gets a file for a limited time; None for a store in a folder."""
        return self._objects.signed_url(checked(key), content_type)

    def holds(self, path: Path) -> bool:
        """Whether a path of this machine belongs to the store, so that nothing else may be written there."""
        return self._objects.holds(path)

    def look(self) -> list[Look]:
        """What there is to say of the place itself: reached or not, what it promises, space."""
        return self._objects.look()


def checked(key: str) -> str:
    """A key, normalised. Raises StoreError for one that leaves the root; reason ``bad_key``."""
    pure = PurePosixPath(key)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise StoreError(f"not a key of the store: {key!r}", reason="bad_key")
    return str(pure)
