"""A list of names as a channel: what a site finds for each of them."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from facelib.errors import SourceError
from facelib.ids import channel_id
from facelib.sources.base import Downloaded, Progress, Source, Upload, whole_text
from facelib.sources.list_report import BadLine
from facelib.sources.list_text import TABLE_SUFFIXES, Row, Table, read_table
from facelib.sources.search import SearchOptions, SearchSource
from facelib.sources.youtube_api import YouTubeApiSource
from facelib.sources.ytdlp import DownloadSettings

COLUMNS = ("name", "celeb", "celebrity", "person", "speaker", "vggface1 id")
"""Columns that may hold names; the last is VoxCeleb1's, whose VoxCeleb2 sibling `VGGFace2 ID` holds numbers."""
PATIENCE = 10
"""So many names in a row that fail for one reason, such as a rate limit, end the search."""


class NamesSource(Source):
    """The uploads that are found for each name of a file, name after name; `extra["name"]` says for which.

    The names that were searched for least recently by `last_searched` come first, else those of the first lines, so
    that each has its turn where one listing does not get through all. `searched` are those whose turn is over.

    The file holds one name a line, or is a table with a column of `COLUMNS`, whose further columns are kept in
    `Upload.extra`, as VoxCeleb's metadata are. An underscore in a name counts as a space. Names for which nothing is
    found, and those whose search fails, are in `bad_lines`.

    Args:
        path: the file; it is needed for listing alone.
        settings: how to list and fetch.
        options: where is searched, how many uploads a name, and with which words beside the name.
    """

    kind = "names"

    def __init__(self, path: Path, settings: DownloadSettings, options: SearchOptions | None = None) -> None:
        self.path = path.resolve()
        self.url = f"names:{self.path}"
        self.channel_id = channel_id(self.kind, self.path.as_uri())
        self.title = whole_text(self.path.name)
        self.bad_lines: list[BadLine] = []
        self.last_searched: dict[str, str] = {}
        self.searched: set[str] = set()
        self._settings = settings
        self._options = options or SearchOptions()

    def list_uploads(self) -> Iterator[Upload]:
        """Every upload that is found, each once, for the first name that it is found for.

        What was found before the search was given up comes first, and then the error is raised.

        Raises:
            SourceError: `list_unreadable`, `list_empty`, `wrong_columns`; that of the last search where all failed, or
                where `PATIENCE` names in a row failed and others were left.
        """
        table = read_table(self.path, COLUMNS)
        names = self._names(table)
        self.bad_lines = sorted(table.bad, key=lambda line: line.line)
        self.searched = set()
        seen: set[str] = set()
        failed: dict[str, SourceError] = {}
        turns = sorted(names.items(), key=lambda item: self.last_searched.get(item[0], ""))
        for number, (name, row) in enumerate(turns, 1):
            try:
                found = list(self._search(name).list_uploads())
            except SourceError as error:
                failed[name] = error
                self._leave_out(row.bad(error.reason, error.message))
                if self._give_up([*failed.values()], [left for _, left in turns[number:]]):
                    # They may have failed for no fault of theirs; but where none succeeds, others go first next time.
                    if not self.searched and error.reason != "quota_exhausted":
                        self.searched |= failed.keys()
                    raise
                continue
            self.searched |= {*failed, name}
            failed.clear()
            if not found:
                self._leave_out(row.bad("nothing_found", f"nothing is found for {name!r}"))
            extra = {column: value for column, value in row.values.items() if column} | {"name": name}
            for upload in found:
                if upload.video_id not in seen:
                    seen.add(upload.video_id)
                    kept = upload.extra | extra
                    yield replace(upload, channel_id=self.channel_id, channel_title=self.title, extra=kept)
        self.searched |= failed.keys()
        if failed and not seen:
            raise [*failed.values()][-1]

    def download(self, upload: Upload, folder: Path, progress: Progress | None = None) -> Downloaded:
        """See `SearchSource.download`."""
        return self._search(upload.extra.get("name", "")).download(upload, folder, progress)

    def _search(self, name: str) -> Source:
        """A search of the YouTube Data API where there are keys for it, else one by yt-dlp."""
        words = self._options.of_name(name)
        if self._settings.youtube.keys:
            return YouTubeApiSource(f"search/{words}", self._settings)
        return SearchSource(words, self._settings, self._options)

    def _names(self, table: Table) -> dict[str, Row]:
        """The row of each name, the first where there are several; case makes no other name, as no search minds it."""
        column = next((name for name in COLUMNS if name in table.columns), "")
        is_table = self.path.suffix.lower() in TABLE_SUFFIXES
        if not column and is_table and table.rows and len(table.rows[0].values) > 1:
            there = ", ".join(repr(name) for name in table.rows[0].values.values())
            raise SourceError(
                f"the list {self.path} has no column of names; it has {there}",
                hint="name the column of names 'name'",
                reason="wrong_columns",
            )
        names: dict[str, Row] = {}
        lines: dict[str, int] = {}
        for row in table.rows:
            name = " ".join(row.values.get(column, "").replace("_", " ").split())
            if not name:
                table.bad.append(row.bad("empty_value", "it holds no name"))
            elif name.casefold() in lines:
                table.bad.append(row.bad("duplicate", f"the same name as line {lines[name.casefold()]}"))
            else:
                names[name], lines[name.casefold()] = row, row.line
        if not names:
            raise SourceError(f"the list {self.path} holds no name", hint="write one name a line", reason="list_empty")
        return names

    def _give_up(self, failures: list[SourceError], left: list[Row]) -> bool:
        """Whether so many names in a row failed alike that further ones would, too; notes those that are left."""
        if not left or len(failures) < PATIENCE or len({error.reason for error in failures[-PATIENCE:]}) > 1:
            return False
        why = f"not searched for, as {PATIENCE} names in a row failed"
        for row in left:
            self._leave_out(row.bad(failures[-1].reason, why))
        return True

    def _leave_out(self, bad: BadLine) -> None:
        insort(self.bad_lines, bad, key=lambda line: line.line)
