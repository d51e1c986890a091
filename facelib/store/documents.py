"""JSON documents as the store keeps them: canonical, so that equal content has equal bytes."""

import hashlib
import json
from typing import Any


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
