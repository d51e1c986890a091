"""Write-once files in a folder.

A file is written under a temporary name, flushed to disk, and then linked to its final name, which fails when that
name exists.
"""

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from facelib.errors import StoreError
from facelib.store.backend import Look, free_space

TEMPORARY = ".tmp"


class LocalObjects:
    """Files by key below a folder, which is created when first written to.

    Raises:
        StoreError: the root is no folder, or can never be one; reason ``store_unwritable``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        self._check()

    @property
    def address(self) -> str:
        """The folder's path."""
        return str(self.root)

    def put(self, key: str, data: bytes) -> bool:
        """Write once, by way of a temporary file."""
        final = self.root / key
        if final.exists():
            return False
        with self._temporary() as temporary:
            temporary.write_bytes(data)
            return self._publish(temporary, final)

    def put_file(self, key: str, source: Path, *, move: bool) -> bool:
        """Write a file once; one that is moved on the same disk is renamed."""
        final = self.root / key
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

    def replace(self, key: str, data: bytes) -> None:
        """Put other bytes in place; readers see the old ones or the new ones."""
        with self._temporary() as temporary:
            temporary.write_bytes(data)
            temporary.replace(self.root / key)

    def copy(self, key: str, other: str) -> None:
        """Share the bytes under a second name where the file system can."""
        target = self.root / other
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self.root / key, target)
        except OSError:
            self._copy_bytes(self.root / key, target)

    def _copy_bytes(self, source: Path, target: Path) -> None:
        with self._temporary() as temporary:
            shutil.copyfile(source, temporary)
            temporary.replace(target)

    def read(self, key: str) -> bytes:
        """The bytes of a file."""
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError as error:
            raise self._missing(key) from error

    def exists(self, key: str) -> bool:
        """Whether a file lies there; a folder is none."""
        return (self.root / key).is_file()

    def size(self, key: str) -> int:
        """In bytes; -1 where there is none."""
        try:
            return (self.root / key).stat().st_size
        except FileNotFoundError:
            return -1

    def identity(self, key: str) -> str:
        """The inode: two names of one file have the same."""
        stat = (self.root / key).stat()
        return f"{stat.st_dev}:{stat.st_ino}"

    def names(self, folder: str) -> list[str]:
        """Sorted names in a folder."""
        try:
            return sorted(entry.name for entry in os.scandir(self.root / folder))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def walk(self, folder: str) -> Iterator[str]:
        """Depth first."""
        for name in self.names(folder):
            key = f"{folder}/{name}"
            if (self.root / key).is_dir():
                yield from self.walk(key)
            else:
                yield key

    def remove(self, key: str) -> None:
        """Delete a file, if there is one."""
        (self.root / key).unlink(missing_ok=True)

    def remove_tree(self, folder: str) -> None:
        """Delete a folder."""
        shutil.rmtree(self.root / folder, ignore_errors=True)

    def remove_stale(self, seconds: float) -> int:
        """Delete temporary files that have not changed for so long."""
        removed = 0
        for name in self.names(TEMPORARY):
            path = self.root / TEMPORARY / name
            with contextlib.suppress(FileNotFoundError):  # its writer is alive and done
                if time.time() - path.stat().st_mtime > seconds:
                    path.unlink()
                    removed += 1
        return removed

    def local(self, key: str) -> Path:
        """The file itself."""
        path = self.root / key
        if not path.is_file():
            raise self._missing(key)
        return path

    @contextlib.contextmanager
    def making(self, key: str) -> Iterator[Path]:
        """The file's own place: nothing reads it before something names it."""
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        try:
            yield path
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def location(self, key: str) -> str:
        """The file's path."""
        return str(self.root / key)

    def vectors(self, folder: str) -> Path:
        """The folder itself."""
        return self.root / folder

    def signed_url(self, key: str, content_type: str) -> str | None:
        """A folder has no addresses."""
        return None

    def holds(self, path: Path) -> bool:
        """Whether a path lies inside."""
        return path.resolve().is_relative_to(self.root)

    def look(self) -> list[Look]:
        """The space that is left, and files of writers that died."""
        temporary = self.names(TEMPORARY)
        about = f"{len(temporary)} temporary files of writers that are at work or died"
        return [free_space(self.root, str(self.root)), ("note" if temporary else "good", "store", about)]

    def _missing(self, key: str) -> StoreError:
        return StoreError(f"not in the store: {key}", hint=f"the store is {self.root}", reason="missing")

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
