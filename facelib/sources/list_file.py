"""A list file as a channel: ids, addresses and paths, one a line, with whatever else is known of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from facelib.errors import SourceError
from facelib.ids import channel_id
from facelib.sources.base import Downloaded, Progress, Source, Upload
from facelib.sources.download import fetch
from facelib.sources.folder import in_place
from facelib.sources.hosts import HostPolicy
from facelib.sources.list_items import YOUTUBE_ID, ItemReader, NotAnItem, is_address, is_youtube, youtube_upload
from facelib.sources.list_report import BadLine, by_reason
from facelib.sources.list_text import TABLE_SUFFIXES, Row, Table, read_table
from facelib.sources.ytdlp import DownloadSettings

COLUMNS = ("video_id", "url", "path")
"""Columns that may name the upload of a row, the first that holds something usable counts."""
_WORD = re.compile(r"[a-z_]+")
LINE = "line"
"""Key of `Upload.extra` for the number of an upload's line, from 1."""


class ListSource(Source):
    """The uploads that a CSV, TSV or text file names. Listing it asks no host.

    - With a header: the column `video_id` (YouTube's, or an address) or `url`, else `path`. All columns are kept
      in `Upload.extra`.
    - Without one: the first column of tabs, else the whole line, is a YouTube id, an address, or the path of a media
      file, relative to the list's folder. A file that exists is taken for a file, even if its name could be an id.

    Of lines that name the same upload the first counts. What is left out is in `bad_lines`.

    Args:
        path: the list; it is needed for listing alone.
        settings: how to fetch, and which hosts may be asked: a list has no host of its own.
    """

    kind = "list"

    def __init__(self, path: Path, settings: DownloadSettings) -> None:
        self.path = path.resolve()
        self.url = f"list:{self.path}"
        self.channel_id = channel_id(self.kind, self.path.as_uri())
        self.title = self.path.name
        self.bad_lines: Sequence[BadLine] = ()
        self._settings = settings

    def list_uploads(self) -> Iterator[Upload]:
        """Every upload of the list, each once, in its order. The whole list is read before the first one is given.

        Raises:
            SourceError: `list_unreadable`, `list_empty`, or `wrong_columns` with the columns that are there.
        """
        table = read_table(self.path, COLUMNS)
        self.bad_lines = table.bad
        reader = ItemReader(self.path.parent, self._settings)
        if not table.rows and not table.bad:
            raise SourceError(
                f"the list {self.path} is empty", hint="write one id or address a line", reason="list_empty"
            )
        if not table.columns and table.rows:
            self._require_items(table.rows[0], reader)
        uploads, left_out = self._first_of_each(table, reader)
        self.bad_lines = sorted([*table.bad, *left_out], key=lambda bad: bad.line)
        if not uploads:
            found = ", ".join(f"{reason}: {count}" for reason, count in by_reason(self.bad_lines).items())
            raise SourceError(
                f"no line of {self.path} can be used ({found}); the first, {self.bad_lines[0]}",
                hint=f"'facelib lists check {self.path}' shows each line",
                reason="list_empty",
            )
        yield from uploads

    def download(self, upload: Upload, folder: Path, progress: Progress | None = None) -> Downloaded:
        """A file where it lies; anything else as `facelib.sources.download.fetch` does it."""
        if upload.extractor == "file":
            return in_place(upload, progress)
        return fetch(upload, folder, self._settings, HostPolicy("", self._settings.allowed_hosts), progress)

    def _require_items(self, first: Row, reader: ItemReader) -> None:
        """A table without a header is one of items; else its first line is a header that says something else."""
        if self.path.suffix.lower() not in TABLE_SUFFIXES:
            return
        try:
            upload = reader.upload(first.values[""])
            # One id in 14,000 has neither capitals nor digits; `description` and `upload_date` are such words, too.
            if upload.extractor != "youtube" or not _WORD.fullmatch(upload.key):
                return
        except NotAnItem as error:
            if error.reason != "not_an_item":
                return
        there = ", ".join(repr(name) for name in first.values.values())
        raise SourceError(
            f"the list {self.path} has neither a column 'video_id' nor 'url'; it has {there}",
            hint="name the column of YouTube ids 'video_id', or that of addresses 'url'",
            reason="wrong_columns",
        )

    def _first_of_each(self, table: Table, reader: ItemReader) -> tuple[list[Upload], list[BadLine]]:
        uploads: list[Upload] = []
        bad: list[BadLine] = []
        lines: dict[str, int] = {}
        for row in table.rows:
            try:
                upload = _upload(row, reader)
            except NotAnItem as error:
                bad.append(row.bad(error.reason, error.why))
                continue
            if upload.video_id in lines:
                bad.append(row.bad("duplicate", f"the same upload as line {lines[upload.video_id]}"))
                continue
            lines[upload.video_id] = row.line
            uploads.append(self._with_columns(upload, row))
        return uploads, bad

    def _with_columns(self, upload: Upload, row: Row) -> Upload:
        extra = {name: value for name, value in row.values.items() if name} | {LINE: str(row.line)}
        return replace(
            upload,
            title=extra.get("title", "") or upload.title,
            channel_id=self.channel_id,
            channel_title=self.title,
            extra=upload.extra | extra,
        )


def row_item(row: Row) -> str:
    """What a row names its upload by: a YouTube id, an address or a path; empty where its columns hold nothing."""
    if "" in row.values and not set(row.values) & set(COLUMNS):
        return row.values[""]
    identifier, url = row.values.get("video_id", ""), row.values.get("url", "")
    # Ids of other sites may look like YouTube's; then the address tells.
    if YOUTUBE_ID.fullmatch(identifier) and (not url or is_youtube(url)):
        return identifier
    return url or identifier or row.values.get("path", "")


def _upload(row: Row, reader: ItemReader) -> Upload:
    item = row_item(row)
    if not item:
        raise NotAnItem("empty_value", "it names no upload")
    if item == row.values.get("video_id"):
        if YOUTUBE_ID.fullmatch(item):
            return youtube_upload(item)
        if not is_address(item):
            raise NotAnItem("not_an_item", "a YouTube id has 11 letters, digits, '-' and '_'")
    return reader.upload(item)
