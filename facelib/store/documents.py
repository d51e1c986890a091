"""JSON documents as the store keeps them: canonical, so that equal content has equal bytes."""

import hashlib
import json
from pathlib import Path
from typing import Any

CHUNK = 1 << 20


def encode(document: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8, no NaN.

    >>> encode({"b": 1, "a": "é"})
    b'{"a":"\\xc3\\xa9","b":1}'
    """
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def decode(data: bytes) -> Any:
    """The document of :func:`encode`."""
    return json.loads(data)


def digest(document: Any) -> str:
    """sha256 of the canonical JSON, 64 hex digits."""
    return hashlib.sha256(encode(document)).hexdigest()


def digest_file(path: Path) -> str:
    """sha256 of a file's bytes, 64 hex digits."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            total.update(chunk)
    return total.hexdigest()
