"""Copies of a bucket's files on this machine, for what needs a path: read through, bounded, shared by all processes.

A copy lies below the digest of its key and of its entity tag, which is another one as soon as the bytes are. It is used
only while the bucket has the file with that tag, so it is never stale. It appears complete or not at all. Whoever adds
a copy lets go those that were used longest ago.
"""

import contextlib
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

TEMPORARY = ".tmp"
GRACE_S = 3600.0
"""A copy that was asked for in this time is kept though the cache be full: somebody may be about to open it, s."""
UNUSED_S = 7 * 86400.0
"""A copy that nobody asked for in this time is let go though there be room, s."""
FILL_TO = 0.9
"""How full a cache that was full is afterwards."""


class LocalCache:
    """Local copies of one store.

    Args:
        folder: shared with other stores and processes; made when needed.
        store: address of the store.
        limit: about how many bytes the folder may hold.
    """

    def __init__(self, folder: Path, store: str, limit: int) -> None:
        self.folder = folder.expanduser().absolute()
        self._mine = self.folder / hashlib.sha256(store.encode()).hexdigest()[:16]
        self._limit = limit
        self._added: int | None = None

    def find(self, key: str, tag: str) -> Path | None:
        """The copy of a key with this tag; None where there is none. It counts as used now."""
        path = self._place(key, tag)
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        return path

    def add(self, key: str, tag: str, source: Path) -> Path:
        """Move a complete file in as the copy of a key, in place of copies with other tags."""
        path, size = self._place(key, tag), source.stat().st_size
        with self.temporary() as temporary:
            shutil.move(source, temporary)
            os.utime(temporary)
            while temporary.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(FileNotFoundError):  # another process has just removed the empty folder
                    temporary.replace(path)
        for other in path.parent.parent.iterdir():
            if other != path.parent:
                shutil.rmtree(other, ignore_errors=True)
        self._count(size)
        return path

    def drop(self, key: str) -> None:
        """Forget every copy of a key."""
        shutil.rmtree(self._place(key, "").parent.parent, ignore_errors=True)

    @contextlib.contextmanager
    def temporary(self, suffix: str = "") -> Iterator[Path]:
        """A path for a file that is being made; what is left there is removed."""
        folder = self.folder / TEMPORARY
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{uuid.uuid4().hex}{suffix}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def prune(self) -> int:
        """Let copies go until the cache fits; returns how many bytes it holds then."""
        now, total, found = time.time(), 0, []
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = Path(folder, name)
                with contextlib.suppress(FileNotFoundError):
                    stat = path.stat()
                    total += stat.st_size
                    found.append((stat.st_mtime, stat.st_size, path))
        goal = int(self._limit * FILL_TO) if total > self._limit else total
        for used, size, path in sorted(found):
            if now - used < GRACE_S or (total <= goal and now - used < UNUSED_S):
                break
            path.unlink(missing_ok=True)
            total -= size
            self._remove_empty(path.parent)
        return total

    def _count(self, size: int) -> None:
        """Look at the whole folder now and then only: at first, and after a twentieth of the limit was added."""
        if self._added is None or self._added + size > self._limit / 20:
            self._added = 0
            self.prune()
        else:
            self._added += size

    def _remove_empty(self, folder: Path) -> None:
        with contextlib.suppress(OSError):
            while folder.is_relative_to(self._mine) and folder != self._mine:
                folder.rmdir()
                folder = folder.parent

    def _place(self, key: str, tag: str) -> Path:
        digest = hashlib.sha256(key.encode()).hexdigest()
        below = hashlib.sha256(tag.encode()).hexdigest()[:16]
        return self._mine / digest[:2] / digest[:32] / below / PurePosixPath(key).name
