"""The web server of the sample channel: one flat folder, on the loopback interface."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from facelib.media_server import FileServer

# One plain name in the folder: no separators, nothing hidden, so no path leads outside.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


class FolderServer(FileServer):
    """Serves the files of a folder.

    Args:
        folder: whose files are served, none of its folders.
        port: on 127.0.0.1; 0 takes any free one, see ``url``.
        log: where requests are noted; None notes them nowhere.

    Raises:
        FacelibError: ``port_taken``.
    """

    types: ClassVar[dict[str, str]] = {
        ".mp4": "video/mp4", ".xml": "application/rss+xml; charset=utf-8", ".json": "application/json"
    }  # fmt: skip
    # The feed changes in place.
    cache_seconds: ClassVar[int] = 0

    def __init__(self, folder: Path, port: int, log: Path | None) -> None:
        self._folder = folder
        self._log = log
        super().__init__(port)

    def find(self, name: str) -> Path | None:
        """The file of that plain name."""
        return path if _NAME.fullmatch(name) and (path := self._folder / name).is_file() else None

    def note(self, line: str) -> None:
        """A line in the log, with its time."""
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {line}\n")
