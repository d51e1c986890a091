"""Keys that take over from one another, quotas, tries, refusals, and secrets that stay secret."""

import json
import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from facelib.errors import FacelibError, SourceError
from facelib.settings import Settings
from facelib.sources.base import Upload
from facelib.sources.youtube_api import YouTubeApiSource
from facelib.sources.youtube_api_client import YouTubeApi
from facelib.sources.youtube_api_listings import captions
from facelib.sources.youtube_api_quota import KeyRing, next_reset, pacific_day
from facelib.sources.youtube_api_settings import YouTubeApiSettings
from facelib.sources.ytdlp import DownloadSettings
from tests.support.http_server import Answer
from tests.support.youtube_api_server import YouTubeServer, keys_of, refusal, settings_of, youtube

CHANNEL = "UC" + "a" * 22
KEYS = ("AIzaFirst", "AIzaSecond", "AIzaThird")
UPLOADS = keys_of("a", 120)
NEW_WORDING = {
    "error": {
        "code": 400,
        "message": "API key not valid. Please pass a valid API key.",
        "errors": [{"domain": "global", "reason": "badRequest"}],
        "details": [{"reason": "API_KEY_INVALID", "domain": "googleapis.com"}],
    }
}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[YouTubeServer]:
    with youtube(monkeypatch) as running:
        running.add_videos(UPLOADS)
        running.add_channel(CHANNEL, "@talks", "Talks", UPLOADS)
        yield running


def until_error(settings: DownloadSettings, text: str = "@talks") -> tuple[list[Upload], SourceError | None]:
    """What a listing gives, and the error that ends it."""
    found: list[Upload] = []
    try:
        for upload in YouTubeApiSource(text, settings).list_uploads():
            found.append(upload)
    except SourceError as error:
        return found, error
    return found, None


def chain(error: BaseException) -> list[BaseException]:
    """An error and what came before it; causes may point back at one another."""
    links: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is not None and not any(link is seen for seen in links):
            links.append(link)
            waiting += [link.__cause__, link.__context__]
    return links


def test_three_keys_carry_one_listing(api: YouTubeServer) -> None:
    # The channel and two pages with their details, then the third page is refused twice.
    api.units = {KEYS[0]: 5, KEYS[1]: 0, KEYS[2]: 10}
    found, error = until_error(settings_of(api))
    assert [u.key for u in found] == UPLOADS and error is None
    pages = api.asked("playlistItems")
    tokens = [asked.get("pageToken", "")[:3] for asked in pages]
    assert tokens == ["", "50:", "100", "100", "100"]
    assert [asked["key"] for asked in pages] == [KEYS[0], KEYS[0], *KEYS]
    assert len({asked["pageToken"] for asked in pages[2:]}) == 1
    # Keys that are used up are not asked again on that day.
    before = len(api.asked())
    until_error(settings_of(api), f"video/{UPLOADS[0]}")
    assert [asked["key"] for asked in api.asked()[before:]] == [KEYS[2]]


def test_when_all_keys_are_used_up_the_listing_says_until_when(api: YouTubeServer) -> None:
    api.units = {KEYS[0]: 3, KEYS[1]: 1}
    found, error = until_error(settings_of(api))
    assert [u.key for u in found] == UPLOADS[:50] and error is not None
    resets = next_reset(datetime.now(UTC))
    assert error.reason == "quota_exhausted" and f"resets at {resets:%Y-%m-%d %H:%M} UTC" in error.message
    assert "all 2 YouTube API keys" in error.message and "after 2 pages" in error.message
    assert not any(key in str(error) for key in KEYS)


def test_a_budget_below_the_quota_is_kept(api: YouTubeServer) -> None:
    api.units = dict.fromkeys(KEYS, 10_000)
    settings = settings_of(api, units_per_day=101)
    for _ in range(3):
        assert until_error(settings, "search/Talk")[1] is None
    found, error = until_error(settings, "search/Talk")
    assert found == [] and error is not None and error.reason == "quota_exhausted" and "after 0 pages" in error.message
    assert len(api.asked("search")) == 3 and set(api.units.values()) == {9_899}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="keyInvalid"),
        pytest.param(Answer(json.dumps(NEW_WORDING).encode(), "application/json", 400), id="API_KEY_INVALID"),
        pytest.param(refusal(403, "accessNotConfigured", "YouTube Data API has not been used"), id="not enabled"),
        pytest.param(refusal(403, "ipRefererBlocked", "The referrer is blocked"), id="blocked"),
    ],
)
def test_a_key_that_is_not_accepted_is_left_for_good(api: YouTubeServer, answer: Answer | None) -> None:
    api.units, api.faults = {"good": 10_000}, [answer]
    settings = settings_of(api, keys=["wrong", "good"])
    assert until_error(settings)[1] is None
    asked = [parameters["key"] for parameters in api.asked()]
    assert asked[0] == "wrong" and set(asked[1:]) == {"good"}
    # A budget that is used up does not bring the wrong key back.
    found, error = until_error(settings_of(api, keys=["wrong"]))
    assert found == [] and error is not None and error.reason == "api_key_invalid"
    assert "key 1: " in error.message and "FACELIB_DOWNLOAD__YOUTUBE__KEYS" in error.hint
    assert len(api.asked()) == len(asked)


def test_without_a_key(api: YouTubeServer) -> None:
    found, error = until_error(settings_of(api, keys=["", " "]))
    assert found == [] and error is not None and error.reason == "no_api_key" and api.asked() == []


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Answer(status=503), id="503"),
        pytest.param(refusal(500, "backendError", "Backend Error"), id="500"),
        pytest.param(refusal(429, "rateLimitExceeded", "Slow down", Retry_After="0"), id="429"),
        pytest.param(refusal(403, "userRateLimitExceeded", "Slow down"), id="403 too fast"),
        pytest.param(Answer(b'{"items": [', drop_after=5), id="dropped"),
        pytest.param(Answer(b"<html>busy</html>", "text/html"), id="no JSON"),
        pytest.param(Answer(b"[]", "application/json"), id="no object"),
    ],
)
def test_faults_that_pass(api: YouTubeServer, fault: Answer) -> None:
    # In the middle: the channel and a page with its details come first.
    api.faults = [None, None, None, fault, fault]
    found, error = until_error(settings_of(api))
    assert [u.key for u in found] == UPLOADS and error is None
    assert [asked.get("pageToken", "")[:3] for asked in api.asked("playlistItems")] == ["", "50:", "50:", "50:", "100"]


@pytest.mark.parametrize(
    ("fault", "reason", "requests"),
    [
        pytest.param(Answer(status=503), "feed_unreachable", 3, id="503"),
        pytest.param(Answer(b"?"), "feed_unreachable", 3, id="no JSON"),
        pytest.param(refusal(429, "rateLimitExceeded", "Slow"), "rate_limited", 3, id="429"),
        pytest.param(refusal(429, "rateLimitExceeded", "Slow", Retry_After="3600"), "rate_limited", 1, id="long wait"),
        pytest.param(refusal(400, "invalidRegionCode", "No such region"), "api_refused", 1, id="400"),
        pytest.param(Answer(status=401), "private", 1, id="401"),
        pytest.param(Answer(status=404), "channel_not_found", 1, id="404"),
        pytest.param(Answer(status=302, headers={"Location": "http://localhost:9/x"}), "host_not_allowed", 1, id="302"),
    ],
)
def test_faults_that_stay(api: YouTubeServer, fault: Answer, reason: str, requests: int) -> None:
    api.faults = [None] * 3 + [fault] * 9
    found, error = until_error(settings_of(api), "playlist/UU" + "a" * 22)
    assert [u.key for u in found] == UPLOADS[:50] and error is not None and error.reason == reason, error
    assert len(api.asked()) == 3 + requests
    assert "the playlist UU" in error.message and error.hint and "key-one" not in str(error)


def test_what_is_waiting_for_its_details_is_given_before_an_error(api: YouTubeServer) -> None:
    api.add_playlist("PLone", "One", CHANNEL, UPLOADS[:3])
    api.add_playlist("PLtwo", "Two", CHANNEL, UPLOADS[3:9])
    api.faults = [None, None, None, refusal(400, "badRequest", "Odd")]
    found, error = until_error(settings_of(api), "@talks/playlists")
    assert [u.key for u in found] == UPLOADS[:3] and error is not None and error.reason == "api_refused"


def test_pauses_grow_and_follow_the_host(api: YouTubeServer) -> None:
    pauses: list[float] = []
    api.faults = [Answer(status=503), refusal(429, "rateLimitExceeded", "Slow", Retry_After="7"), Answer(status=500)]
    settings = settings_of(api).model_copy(update={"retries": 3, "backoff_s": 1.0})
    with YouTubeApi(settings, sleep=pauses.append) as connection:
        connection.get("videos", "a video", part="id", id=UPLOADS[0])
    assert pauses == [1.0, 7.0, 4.0]


def test_a_date_to_wait_for(api: YouTubeServer) -> None:
    pauses: list[float] = []
    when = {"Retry_After": "Fri, 05 Jan 2024 10:00:30 GMT"}
    api.faults = [refusal(503, "backendError", "Busy", **when)]
    moment = datetime(2024, 1, 5, 10, tzinfo=UTC)
    with YouTubeApi(settings_of(api), now=lambda: moment, sleep=pauses.append) as connection:
        connection.get("videos", "a video", part="id", id=UPLOADS[0])
    assert pauses == [30.0]


def test_a_closed_port_is_unreachable() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        own = {"keys": ["AIzaSecret"], "endpoint": f"http://127.0.0.1:{held.getsockname()[1]}/v3"}
        settings = DownloadSettings.model_validate({"youtube": own, "retries": 1, "backoff_s": 0.0})
        found, error = until_error(settings)
    assert found == [] and error is not None and error.reason == "feed_unreachable" and "@talks" in error.message


def test_a_server_that_turns_in_circles_comes_to_an_end(api: YouTubeServer) -> None:
    page = {"items": [{"contentDetails": {"videoId": UPLOADS[0]}}], "nextPageToken": "again"}
    api.faults = [None, *[Answer(json.dumps(page).encode())] * 5]
    with YouTubeApi(settings_of(api)) as connection:
        connection.get("channels", "a channel", part="id", id=CHANNEL)
        listed = islice(connection.listing("playlistItems", "a playlist", part="id", playlistId="PL"), 10)
        assert len(list(listed)) == 2


@pytest.mark.parametrize("key", ["AIzaSy-Secret_0123456789", "odd key/&+%"])
def test_a_key_is_in_no_message_log_or_file(
    api: YouTubeServer, key: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told: list[object] = []
    settings = settings_of(api, keys=[key], usage_file=tmp_path / "usage.json")
    faults = [
        refusal(400, "badRequest", f"Bad key={key} in https://x/?key={key}&part=id"),
        Answer(status=302, headers={"Location": f"http://localhost:9/?key={key}"}),
        refusal(403, "forbidden", f"{key} may not"),
        refusal(403, "quotaExceeded", f"quota of {key}"),
        refusal(400, "keyInvalid", f"no key {key}"),
    ]
    with caplog.at_level(logging.DEBUG):
        for fault in faults:
            api.faults = [fault] * 3
            error = until_error(settings)[1]
            assert error is not None
            told += [text for link in chain(error) for text in (str(link), repr(link))]
    told += [
        settings,
        settings.model_dump(mode="json"),
        KeyRing(settings.youtube).keys,
        caplog.text,
        *capfd.readouterr(),
    ]
    told += [path.read_text() for path in tmp_path.iterdir()]
    assert api.asked()[0]["key"] == key and len(told) > 12
    assert not any(key in str(text) for text in told)


@pytest.mark.parametrize(
    ("moment", "day", "resets"),
    [
        ("2026-01-05T07:59:59+00:00", "2026-01-04", "2026-01-05T08:00:00+00:00"),
        ("2026-01-05T08:00:00+00:00", "2026-01-05", "2026-01-06T08:00:00+00:00"),
        ("2026-07-01T06:59:00+00:00", "2026-06-30", "2026-07-01T07:00:00+00:00"),
        ("2026-03-08T20:00:00+00:00", "2026-03-08", "2026-03-09T07:00:00+00:00"),  # the day on which summer time begins
    ],
)
def test_the_day_that_quota_is_counted_for(moment: str, day: str, resets: str) -> None:
    assert pacific_day(datetime.fromisoformat(moment)) == day
    assert next_reset(datetime.fromisoformat(moment)) == datetime.fromisoformat(resets)


def test_a_used_up_key_comes_back_the_next_pacific_day(api: YouTubeServer) -> None:
    moment = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
    ring = KeyRing(YouTubeApiSettings.model_validate({"keys": ["one"], "units_per_day": 50}), now=lambda: moment)
    ring.use_up(ring.current(1))
    with pytest.raises(SourceError, match="2026-01-05 08:00 UTC"):
        ring.current(1)
    moment = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    key = ring.current(50)
    ring.spend(key, 50)
    assert ring.spent() == [50]
    with pytest.raises(SourceError, match="quota"):
        ring.current(1)


def test_processes_share_what_they_spent_through_a_file(api: YouTubeServer, tmp_path: Path) -> None:
    settings = settings_of(api, usage_file=tmp_path / "new" / "usage.json")
    assert until_error(settings)[1] is None
    assert KeyRing(settings.youtube).spent() == [7] and KeyRing(settings_of(api).youtube).spent() == [0]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [".usage.json.lock", "usage.json"]
    (tmp_path / "new" / "usage.json").write_text("{broken")
    assert until_error(settings)[1] is None and KeyRing(settings.youtube).spent() == [7]
    (tmp_path / "file").write_text("")
    with pytest.raises(FacelibError) as caught:
        KeyRing(settings_of(api, usage_file=tmp_path / "file" / "x").youtube).current(1)
    assert caught.value.reason == "bad_usage_file" and "USAGE_FILE" in caught.value.hint


def test_captions_cost_fifty(api: YouTubeServer) -> None:
    track = {"language": "en", "name": "", "trackKind": "asr", "isCC": False, "lastUpdated": "2024-03-01T00:00:00Z"}
    api.captions["dQw4w9WgXcQ"] = [track, {"language": "de", "trackKind": "standard", "isDraft": True}]
    with YouTubeApi(settings_of(api)) as connection:
        first, second = captions(connection, "dQw4w9WgXcQ")
        assert connection.keys.spent() == [50]
        with pytest.raises(SourceError, match="xxxxxxxxxxx"):
            captions(connection, "xxxxxxxxxxx")
    assert first == {
        **{"language": "en", "name": "", "kind": "asr", "for_the_deaf": False, "draft": False},
        "updated": "2024-03-01T00:00:00Z",
    }
    assert (second["language"], second["kind"], second["draft"]) == ("de", "standard", True)


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_DOWNLOAD__YOUTUBE__KEYS", '["one", "two", "one", ""]')
    settings = Settings()
    assert settings.download.youtube.key_texts() == ["one", "two"] and "two" not in repr(settings)


@pytest.mark.parametrize(
    "values",
    [
        {"endpoint": "ftp://x"},
        {"endpoint": "x"},
        {"endpoint": "https://x/?key=1"},
        {"region": "usa"},
        {"units_per_day": 0},
        {"results": 0},
        {"usage_file": ""},
        {"nonsense": 1},
    ],
)
def test_settings_that_cannot_be(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        YouTubeApiSettings.model_validate(values)
