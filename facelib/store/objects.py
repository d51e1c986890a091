"""Write-once files under one root: the only door to the truth.

A file appears complete or not at all: it is written under a temporary name, flushed to disk, and then linked to its
final name, which fails when that name exists. Any number of writers are therefore safe, and nothing is edited in place.
"""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from facelib.errors import StoreError

TEMPORARY = ".tmp"


class Store:
    """A folder that holds immutable files by key.

    Args:
        root: a folder, or a ``file://`` URL of one. Created when first written to.

    Raises:
        StoreError: the root is no folder, or can never be one; reason ``store_unwritable``.

    Keys are relative POSIX paths such as ``results/detect/youtube_x-0123456789/ab12.parquet``.

    Example:
        >>> import tempfile
        >>> store = Store(tempfile.mkdtemp())
        >>> store.put("notes/a.txt", b"one"), store.put("notes/a.txt", b"two"), store.read("notes/a.txt")
        (True, False, b'one')
    """

    def __init__(self, root: str | Path) -> None:
        text = str(root)
        if text.startswith("s3://"):
            raise StoreError(
                f"object storage is not supported by this version: {text}",
                hint="set FACELIB_STORE to a folder",
                reason="store_unsupported",
            )
        self.root = Path(text.removeprefix("file://")).expanduser().resolve()
        self._check()

    def path(self, key: str) -> Path:
        """The local path of a key, whether or not it exists. Raises StoreError for a key that leaves the root."""
        pure = PurePosixPath(key)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts:
            raise StoreError(f"not a key of the store: {key!r}", reason="bad_key")
        return self.root / pure

    def put(self, key: str, data: bytes) -> bool:
        """Write ``data`` once. Returns False, and changes nothing, when the key exists already."""
        final = self.path(key)
        if final.exists():
            return False
        with self._temporary() as temporary:
            temporary.write_bytes(data)
            return self._publish(temporary, final)

    def put_file(self, key: str, source: Path, *, move: bool = False) -> bool:
        """Write the bytes of ``source`` once; ``move`` takes the source away. False when the key exists."""
        final = self.path(key)
        try:
            if final.exists():
                return False
            with self._temporary() as temporary:
                if move and source.stat().st_dev == temporary.parent.stat().st_dev:
                    source.replace(temporary)
                else:
                    shutil.copyfile(source, temporary)
                return self._publish(temporary, final)
        finally:
            if move:
                source.unlink(missing_ok=True)

    def read(self, key: str) -> bytes:
        """The bytes of a key. Raises StoreError when there is none."""
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError as error:
            raise StoreError(f"not in the store: {key}", hint=f"the store is {self.root}", reason="missing") from error

    def exists(self, key: str) -> bool:
        """Whether a file lies at the key."""
        return self.path(key).is_file()

    def size(self, key: str) -> int:
        """The size of a key in bytes; -1 when there is none."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            return -1

    def names(self, folder: str) -> list[str]:
        """The sorted names directly below a folder, files and folders alike; empty when there is no such folder."""
        try:
            return sorted(entry.name for entry in os.scandir(self.path(folder)))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def walk(self, folder: str) -> Iterator[str]:
        """Every key below a folder, sorted within each folder."""
        for name in self.names(folder):
            key = f"{folder}/{name}"
            if self.path(key).is_dir():
                yield from self.walk(key)
            else:
                yield key

    def remove(self, key: str) -> None:
        """Delete a key. Only bookkeeping (markers, leases) and takedown do so."""
        self.path(key).unlink(missing_ok=True)

    def remove_tree(self, folder: str) -> None:
        """Delete a folder and all below it. Only derived copies and takedown do so."""
        shutil.rmtree(self.path(folder), ignore_errors=True)

    def _check(self) -> None:
        """Refuse a root that can hold nothing, which would read like an empty store."""
        existing = next(place for place in (self.root, *self.root.parents) if place.exists())
        if not existing.is_dir():
            what = "is a file, not a folder" if existing == self.root else f"cannot be made: {existing} is a file"
        elif existing != self.root and not os.access(existing, os.W_OK | os.X_OK):
            what = f"cannot be made: {existing} may not be written to"
        else:
            return
        raise StoreError(
            f"the store {self.root} {what}", hint="set FACELIB_STORE to a folder", reason="store_unwritable"
        )

    @contextlib.contextmanager
    def _temporary(self) -> Iterator[Path]:
        folder = self.root / TEMPORARY
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot write to the store {self.root}: {error.strerror}",
                hint="set FACELIB_STORE to a folder that you may write to",
                reason="store_unwritable",
            ) from error
        temporary = folder / uuid.uuid4().hex
        try:
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    @staticmethod
    def _publish(temporary: Path, final: Path) -> bool:
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        final.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(temporary, final)
        except FileExistsError:
            return False
        return True
