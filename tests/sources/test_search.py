"""Searching for words, with a real YoutubeDL and a page of results on the loopback address."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from facelib.errors import SourceError
from facelib.settings import CrawlSettings
from facelib.sources.checked import open_ytdlp
from facelib.sources.hosts import HostPolicy
from facelib.sources.search import SearchOptions, SearchSource
from facelib.sources.ytdlp import DownloadSettings, options
from tests.support.http_server import Answer, HttpServer

Feed = Callable[[list[str]], bytes]


@pytest.fixture
def found(server: HttpServer, feed: Feed) -> SearchOptions:
    """A search whose answers lie on the server."""
    server.routes["/find"] = Answer(feed([f"/{n}.mp4" for n in range(1, 6)]), "application/rss+xml")
    return SearchOptions(results=3, address=server.url("/find?n={n}&q={words}"))


def test_words_are_asked_for_once_and_the_best_are_taken(
    server: HttpServer, settings: DownloadSettings, found: SearchOptions
) -> None:
    source = SearchSource("  Zoë & son   4k ", settings, found)
    uploads = list(source.list_uploads())
    assert [u.title for u in uploads] == ["Talk 1", "Talk 2", "Talk 3"]
    assert {(u.channel_id, u.channel_title) for u in uploads} == {(source.channel_id, "Zoë & son 4k")}
    ((_, path, _),) = server.requests
    assert parse_qs(urlsplit(path).query) == {"n": ["3"], "q": ["Zoë & son 4k"]}


def test_what_is_found_is_fetched(
    server: HttpServer, settings: DownloadSettings, found: SearchOptions, clips: list[bytes], tmp_path: Path
) -> None:
    server.routes["/1.mp4"] = Answer(clips[0], "video/mp4")
    source = SearchSource("talks", settings, found)
    upload = next(source.list_uploads())
    assert source.download(upload, tmp_path).path.read_bytes() == clips[0]


def test_nothing_found_is_no_upload(server: HttpServer, settings: DownloadSettings, feed: Feed) -> None:
    server.routes["/find"] = Answer(feed([]), "application/rss+xml")
    source = SearchSource("x", settings, SearchOptions(address=server.url("/find?{words}")))
    assert list(source.list_uploads()) == []


def test_a_search_that_fails_is_named(server: HttpServer, settings: DownloadSettings) -> None:
    server.routes["/find"] = Answer(status=404)
    with pytest.raises(SourceError, match="find") as caught:
        list(SearchSource("x", settings, SearchOptions(address=server.url("/find?{words}"))).list_uploads())
    assert caught.value.reason == "feed_unreachable"


@pytest.mark.parametrize(
    ("chosen", "words", "asked", "matched"),
    [
        (SearchOptions(), "TED talk", "ytsearch20:TED talk", "YoutubeSearch"),
        (SearchOptions(results=5), "a: b", "ytsearch5:a: b", "YoutubeSearch"),
        (SearchOptions(address="bilisearch{n}:{words}"), "news", "bilisearch20:news", "BiliBiliSearch"),
        (SearchOptions(address="https://a.org/?q={words}"), "a b&c", "https://a.org/?q=a+b%26c", "Generic"),
    ],
)
def test_what_ytdlp_is_asked(
    chosen: SearchOptions, words: str, asked: str, matched: str, settings: DownloadSettings
) -> None:
    assert chosen.asked(words) == asked
    with open_ytdlp(options(settings), HostPolicy("")) as downloader:
        known = next(ie for ie in downloader._ies.values() if ie.suitable(asked))
    assert known.ie_key() == matched


@pytest.mark.parametrize("field", [{"search_address": "ytsearch20:cats"}, {"name_query": "interview"}])
def test_a_template_without_its_field_is_named(field: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=f"{next(iter(field))}: .* does not hold"):
        CrawlSettings(**field)
    assert CrawlSettings(search_results=7).search() == SearchOptions(results=7)
