"""Going on with half a file only where the other half belongs to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path


class ResumeValidators:
    """Remembers each URL's ETag or Last-Modified beside the partial file, and asks for the rest under that condition.

    With `If-Range` (RFC 9110, 13.1.5) a host sends the rest of a file only if it is still the same file, and the
    whole new one otherwise.

    Args:
        path: the JSON file that keeps them between processes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = {}
        if path.is_file():
            try:
                self._known = {str(k): str(v) for k, v in json.loads(path.read_text(encoding="utf-8")).items()}
            except (ValueError, AttributeError):
                # Half written when a process ended. Without a validator the host decides alone.
                path.unlink()

    def condition(self, url: str, headers: MutableMapping[str, str]) -> None:
        """Add `If-Range` to a request for the rest of a file whose beginning was seen before."""
        wanted = headers.get("Range") or ""
        if wanted and not wanted.startswith("bytes=0-") and url in self._known:
            headers["If-Range"] = self._known[url]

    def remember(self, url: str, headers: Mapping[str, str]) -> None:
        """Keep the validator of an answer; weak ETags do not promise equal bytes and are passed over."""
        tag = headers.get("ETag") or ""
        validator = tag if tag and not tag.startswith("W/") else headers.get("Last-Modified")
        if validator and self._known.get(url) != validator:
            self._known[url] = validator
            self._path.write_text(json.dumps(self._known), encoding="utf-8")
