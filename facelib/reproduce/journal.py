"""What was written, one JSON line a clip, so that a later run goes on where this one stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from facelib.digests import digest_file
from facelib.reproduce.annotated import AnnotatedClip
from facelib.reproduce.report import Row
from facelib.store import documents

NAME = "reproduced.jsonl"


class Journal:
    """The journal of one folder. A line that was cut off, by a crash, counts as not written.

    Args:
        folder: of the dataset; made where it is absent.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._path = folder / NAME
        self._entries: dict[str, dict[str, Any]] = {}
        text = self._path.read_text("utf-8", "replace") if self._path.exists() else ""
        # After a line that was cut off, the next one begins on a line of its own.
        self._start = "\n" if text and not text.endswith("\n") else ""
        for line in text.splitlines():
            try:
                entry = json.loads(line)
                self._entries[entry["row"]["clip"]] = entry
            except (ValueError, KeyError, TypeError):
                continue

    def done(self, clip: AnnotatedClip) -> Row | None:
        """The row of a clip that was written on the same terms and whose file is as it was; None for any other."""
        entry = self._entries.get(clip.name)
        if entry is None or entry.get("terms") != documents.digest(clip.terms()):
            return None
        row = Row(**entry["row"])
        path = self._folder / row.file
        if not path.is_file() or path.stat().st_size != entry["size_bytes"] or digest_file(path) != row.sha256:
            return None
        return row

    def note(self, clip: AnnotatedClip, row: Row) -> None:
        """Write down that a clip is there."""
        size = (self._folder / row.file).stat().st_size
        entry = {"terms": documents.digest(clip.terms()), "size_bytes": size, "row": row.to_dict()}
        self._entries[clip.name] = entry
        with self._path.open("ab") as file:
            file.write(self._start.encode() + documents.encode(entry) + b"\n")
        self._start = ""
