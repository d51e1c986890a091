"""The registry of kinds of channels: what each looks like, and the source for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from facelib.errors import SourceError
from facelib.sources.base import Source

if TYPE_CHECKING:
    from facelib.sources.search import SearchOptions
    from facelib.sources.ytdlp import DownloadSettings

LIST_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".list"})
_PREFIX = re.compile(r"([a-z]+):(?!//)(.*)", re.S)


@dataclass(frozen=True)
class Kind:
    """One kind of channel.

    Attributes:
        what: it in a few words.
        example: how a user writes one.
        open: the source for what stands after the prefix.
    """

    what: str
    example: str
    open: Callable[[str, DownloadSettings, SearchOptions | None], Source]


def open_source(text: str, settings: DownloadSettings, search: SearchOptions | None = None) -> Source:
    """The source for a channel.

    That is an http(s) address, a folder or file that exists, a `file://` URL, or one of `KINDS` with its prefix; a path
    that ends in one of `LIST_SUFFIXES` is a list. A source's `url` opens the same source again.

    Args:
        text: as the user writes it.
        settings: how to list and fetch.
        search: how words and names are searched for.

    Raises:
        SourceError: `channel_not_found` where the path does not exist, `unsupported_channel` for what is no channel.

    Example:
        >>> from facelib.sources.ytdlp import DownloadSettings
        >>> open_source("search:TED talk", DownloadSettings()).kind
        'search'
    """
    text = text.strip()
    if not text:
        raise SourceError("a channel is empty", hint=kinds_hint(), reason="unsupported_channel")
    prefixed = _PREFIX.fullmatch(text)
    if prefixed and prefixed[1] in KINDS:
        rest = prefixed[2].strip()
        if not rest:
            raise SourceError(f"{text!r} is no channel", hint=kinds_hint(), reason="unsupported_channel")
        return KINDS[prefixed[1]].open(rest, settings, search)
    try:
        parts = urlsplit(text)
        scheme = parts.scheme.lower()
        if scheme in ("http", "https") and parts.hostname:
            return _channel(text, settings, search)
    except ValueError:  # a broken IPv6 address
        scheme = ""
    if scheme == "file":
        return _file_url(text, settings)
    if "://" not in text and Path(text).expanduser().exists():
        return _path(Path(text).expanduser(), settings)
    if "://" in text or prefixed:
        raise SourceError(f"cannot open the channel {text!r}", hint=kinds_hint(), reason="unsupported_channel")
    raise SourceError(f"no such folder or file: {text!r}", hint=kinds_hint(), reason="channel_not_found")


def kinds_hint() -> str:
    """All kinds with an example each, as a sentence."""
    plain = [("an address", "https://www.youtube.com/@nasa/videos"), ("a folder or file", "~/Videos")]
    return "give " + ", ".join(f"{what} ({example})" for what, example in [*plain, *_examples()])


def _examples() -> list[tuple[str, str]]:
    return [(kind.what, kind.example) for kind in KINDS.values()]


def _channel(text: str, settings: DownloadSettings, search: SearchOptions | None) -> Source:
    from facelib.sources.channel import ChannelSource

    return ChannelSource(text, settings)


def _file_url(url: str, settings: DownloadSettings) -> Source:
    from facelib.sources.folder import path_of

    return _path(path_of(url), settings)


def _path(path: Path, settings: DownloadSettings) -> Source:
    from facelib.sources.folder import FolderSource

    if path.suffix.lower() in LIST_SUFFIXES and not path.is_dir():
        return _list(str(path), settings, None)
    return FolderSource(path, settings.extensions)


def _list(text: str, settings: DownloadSettings, search: SearchOptions | None) -> Source:
    from facelib.sources.list_file import ListSource

    return ListSource(Path(text).expanduser(), settings)


def _names(text: str, settings: DownloadSettings, search: SearchOptions | None) -> Source:
    from facelib.sources.names import NamesSource

    return NamesSource(Path(text).expanduser(), settings, search)


def _search(text: str, settings: DownloadSettings, search: SearchOptions | None) -> Source:
    from facelib.sources.search import SearchSource

    return SearchSource(text, settings, search)


def _hdtf(text: str, settings: DownloadSettings, search: SearchOptions | None) -> Source:
    from facelib.sources.hdtf import HdtfSource

    return HdtfSource(Path(text).expanduser(), settings)


def _voxceleb(text: str, settings: DownloadSettings, search: SearchOptions | None) -> Source:
    from facelib.sources.voxceleb import VoxCelebSource

    return VoxCelebSource(Path(text).expanduser(), settings)


def _api(text: str, settings: DownloadSettings, search: SearchOptions | None) -> Source:
    from facelib.sources.youtube_api import YouTubeApiSource

    return YouTubeApiSource(text, settings)


KINDS = {
    "list": Kind("a list of ids, addresses or paths", "list:videos.csv", _list),
    "names": Kind("a list of names to search for", "names:people.txt", _names),
    "search": Kind("words to search for", "search:TED talk", _search),
    "hdtf": Kind("HDTF's text files", "hdtf:HDTF_dataset", _hdtf),
    "voxceleb": Kind("VoxCeleb's text files", "voxceleb:vox2/txt", _voxceleb),
    "api": Kind("the YouTube Data API", "api:@nasa", _api),
}
"""The kinds of channels that have a prefix, by it."""
