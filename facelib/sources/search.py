"""Uploads that a site finds for some words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote_plus

from facelib.ids import channel_id
from facelib.sources.base import Downloaded, Progress, Source, Upload
from facelib.sources.channel import ChannelSource
from facelib.sources.ytdlp import DownloadSettings


@dataclass(frozen=True)
class SearchOptions:
    """How words are searched for.

    Attributes:
        results: most uploads of one search.
        address: what yt-dlp is asked: a search of its own (`ytsearch{n}:{words}`) or the http(s) address of a page or
            feed with results; {n} stands for `results`, {words} for the words.
        name_query: the words for a name; {name} stands for it.

    Example:
        >>> SearchOptions(results=5).asked("tv news")
        'ytsearch5:tv news'
        >>> SearchOptions(address="https://example.org/?q={words}").asked("tv news")
        'https://example.org/?q=tv+news'
    """

    results: int = 20
    address: str = "ytsearch{n}:{words}"
    name_query: str = "{name} interview 4k"

    def asked(self, words: str) -> str:
        """What yt-dlp is asked for these words."""
        fitting = quote_plus(words) if "://" in self.address else words
        return self.address.replace("{n}", str(self.results)).replace("{words}", fitting)

    def of_name(self, name: str) -> str:
        """The words to search for a name."""
        return self.name_query.replace("{name}", name)


class SearchSource(Source):
    """The uploads that a site finds for some words, its best first.

    Args:
        words: what is searched for.
        settings: how to list and fetch.
        options: where is searched, and for how many.
    """

    kind = "search"

    def __init__(self, words: str, settings: DownloadSettings, options: SearchOptions | None = None) -> None:
        self._options = options or SearchOptions()
        self.words = " ".join(words.split())
        self.url = f"search:{self.words}"
        self.channel_id = channel_id(self.kind, self.words)
        self.title = self.words
        self._found = ChannelSource(self._options.asked(self.words), settings)

    def list_uploads(self) -> Iterator[Upload]:
        """At most `options.results` uploads, each once; see `ChannelSource.list_uploads`."""
        for number, upload in enumerate(self._found.list_uploads()):
            if number == self._options.results:
                return
            yield replace(upload, channel_id=self.channel_id, channel_title=self.title)

    def download(self, upload: Upload, folder: Path, progress: Progress | None = None) -> Downloaded:
        """See `ChannelSource.download`."""
        return self._found.download(upload, folder, progress)
