"""Digests of files."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

CHUNK = 1 << 20


def digest_file(path: Path) -> str:
    """sha256 of a file's bytes, 64 hex digits."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            total.update(chunk)
    return total.hexdigest()


def digest_folder(files: Mapping[str, str]) -> str:
    """sha256 over the names and digests of a folder's files, 64 hex digits.

    >>> digest_folder({"b": "2", "a": "1"}) == digest_folder({"a": "1", "b": "2"})
    True
    """
    listing = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(listing.encode()).hexdigest()
