"""Digests of files."""

import hashlib
from pathlib import Path

CHUNK = 1 << 20


def digest_file(path: Path) -> str:
    """sha256 of a file's bytes, 64 hex digits."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            total.update(chunk)
    return total.hexdigest()
