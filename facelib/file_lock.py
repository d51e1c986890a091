"""A file lock, so that what two processes would write at the same place is written by one of them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held_alone(path: Path) -> Iterator[bool]:
    """Hold the lock at a path for a block of work, without waiting for it; it ends with the process at the latest.

    The file is there while the lock is held. Processes on one machine, and threads of one process, exclude each other.

    Yields:
        Whether this block has it; False where another one does.

    Raises:
        OSError: the file cannot be made or locked.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with held_alone(Path(folder, "a")) as first, held_alone(Path(folder, "a")) as second:
        ...         first, second
        (True, False)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        mine = _locked(file, path)
        try:
            yield mine
        finally:
            if mine:
                path.unlink(missing_ok=True)
    finally:
        os.close(file)


def _locked(file: int, path: Path) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    try:
        # Whoever held it may have removed the file since it was opened; the lock of a removed file keeps nobody out.
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False
