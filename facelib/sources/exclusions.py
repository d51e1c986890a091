"""Lists of what is never taken."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from facelib.ids import video_id
from facelib.sources.list_file import COLUMNS, row_item
from facelib.sources.list_items import YOUTUBE_ID, ItemReader, NotAnItem
from facelib.sources.list_report import BadLine
from facelib.sources.list_text import Table, read_table
from facelib.sources.ytdlp import DownloadSettings

_OWN_ID = re.compile(r"[a-z0-9._]+_[a-z0-9._]+-[0-9a-f]{10}")


def excluded_ids(path: Path) -> frozenset[str]:
    """The `video_id` of all that a list names; read once as long as the file stays as it is.

    Raises:
        SourceError: `list_unreadable`.
    """
    return exclusions(path)[0]


def exclusions(path: Path) -> tuple[frozenset[str], tuple[BadLine, ...]]:
    """The `video_id` of all that a list names, and the lines that name nothing.

    It is read as `ListSource` reads lists, but an entry may also be a `video_id` of this collection, a file need not
    exist, hosts need not be allowed, and the list may be empty.

    Raises:
        SourceError: `list_unreadable`.
    """
    try:
        status = path.stat()
        state = (status.st_mtime_ns, status.st_size)
    except OSError:
        state = (0, 0)  # reading it says what is wrong
    return _read(path.resolve(), state)


@lru_cache(maxsize=8)
def _read(path: Path, state: tuple[int, int]) -> tuple[frozenset[str], tuple[BadLine, ...]]:
    table: Table = read_table(path, COLUMNS)
    reader = ItemReader(path.parent, DownloadSettings())
    found: set[str] = set()
    for row in table.rows:
        try:
            found.add(_excluded_id(row_item(row), reader))
        except NotAnItem as error:
            table.bad.append(row.bad(error.reason, error.why))
    return frozenset(found), tuple(sorted(table.bad, key=lambda bad: bad.line))


def _excluded_id(item: str, reader: ItemReader) -> str:
    if YOUTUBE_ID.fullmatch(item):
        return video_id("youtube", item)
    if _OWN_ID.fullmatch(item):
        return item
    try:
        return reader.upload(item).video_id
    except NotAnItem as error:
        if error.reason == "host_not_allowed":
            return reader.address(item).video_id
        if error.reason == "file_absent":
            return video_id("file", reader.path(item).resolve().as_uri())
        raise
