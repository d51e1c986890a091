"""The commands that ask the YouTube Data API, from the environment to what is printed."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from facelib import settings
from facelib.cli.youtube import app
from facelib.errors import SourceError
from tests.support.youtube_api_server import YouTubeServer, keys_of, make_video, youtube

Ask = Callable[..., Result]


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[YouTubeServer]:
    with youtube(monkeypatch) as running:
        monkeypatch.setenv("FACELIB_DOWNLOAD__YOUTUBE__KEYS", '["key-one"]')
        monkeypatch.setenv("FACELIB_DOWNLOAD__YOUTUBE__ENDPOINT", running.endpoint)
        settings.load.cache_clear()
        yield running
    settings.load.cache_clear()


def ask(*arguments: str) -> Any:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exception is None, done.exception
    return json.loads(done.stdout)


def test_info(api: YouTubeServer) -> None:
    api.videos["dQw4w9WgXcQ"] = make_video("dQw4w9WgXcQ", contentDetails={"duration": "PT1H2M3S"})
    told = ask("info", "dQw4w9WgXcQ")
    named = ("title", "views", "likes", "seconds", "hd", "licence", "day")
    expected = ("Talk dQw4w9WgXcQ", 1200, 34, 3723.0, True, "Standard YouTube License", "2024-03-01")
    assert tuple(told[name] for name in named) == expected
    plain = CliRunner().invoke(app, ["info", "dQw4w9WgXcQ"]).stdout
    assert "Talk dQw4w9WgXcQ" in plain and "3723" in plain


def test_captions(api: YouTubeServer) -> None:
    api.captions["dQw4w9WgXcQ"] = [{"language": "en", "trackKind": "asr"}]
    (track,) = ask("captions", "dQw4w9WgXcQ")["captions"]
    assert (track["language"], track["kind"]) == ("en", "asr")
    assert "asr" in CliRunner().invoke(app, ["captions", "dQw4w9WgXcQ"]).stdout


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["popular", "--category", "25", "--region", "us", "--results", "2"], keys_of("a", 2)),
        (["popular", "--category", "10"], keys_of("m", 2)),
        (["popular", "--hd", "--results", "50"], [*keys_of("a", 3)]),
        (["search", "ada", "lovelace"], keys_of("m", 2)),
        (["search", "ada", "--hd"], []),
    ],
)
def test_listings(api: YouTubeServer, arguments: list[str], found: list[str]) -> None:
    api.add_videos(keys_of("a", 3))
    more = {"snippet": {"title": "Ada Lovelace", "categoryId": "10"}, "contentDetails": {"definition": "sd"}}
    api.add_videos(keys_of("m", 2), **more)
    assert [upload["key"] for upload in ask(*arguments)["uploads"]] == found
    plain = CliRunner().invoke(app, arguments).stdout
    assert all(key in plain for key in found) and (found or "no videos" in plain)


def test_what_came_before_the_quota_ended_is_shown(api: YouTubeServer) -> None:
    api.add_videos(keys_of("a", 80))
    api.units = {"key-one": 1}
    done = CliRunner().invoke(app, ["popular", "--results", "80", "--json"])
    assert len(json.loads(done.stdout)["uploads"]) == 50
    assert isinstance(done.exception, SourceError) and done.exception.reason == "quota_exhausted"
