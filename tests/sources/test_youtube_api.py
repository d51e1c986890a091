"""What the YouTube Data API lists, asked over a real connection."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facelib.errors import SourceError
from facelib.ids import is_safe_id, video_id
from facelib.sources.base import DownloadError, Upload
from facelib.sources.kinds import open_source
from facelib.sources.youtube_api import YouTubeApiSource
from facelib.sources.youtube_api_items import is_recording, seconds_of_iso, upload_of
from facelib.sources.ytdlp import DownloadSettings
from tests.support.youtube_api_server import YouTubeServer, keys_of, make_video, settings_of, youtube

CHANNEL = "UC" + "a" * 22


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[YouTubeServer]:
    with youtube(monkeypatch) as running:
        yield running


def listed(api: YouTubeServer, text: str, **own: Any) -> list[Upload]:
    return list(YouTubeApiSource(text, settings_of(api, **own)).list_uploads())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT1H2M3S", 3723.0),
        ("P1DT1S", 86401.0),
        ("PT0S", 0.0),
        ("P0D", 0.0),
        ("P1W", 604800.0),
        ("PT90M", 5400.0),
        ("PT1.5S", 1.5),
        ("P", None),
        ("PT", None),
        ("1:02:03", None),
        ("", None),
        (None, None),
    ],
)
def test_durations(text: str | None, seconds: float | None) -> None:
    assert seconds_of_iso(text) == seconds


def test_a_handle_gives_all_uploads_with_everything_that_is_known(api: YouTubeServer) -> None:
    keys = keys_of("a", 120)
    api.add_videos(keys)
    free = {"status": {"license": "creativeCommon"}, "contentDetails": {"definition": "sd", "duration": "PT1H2M3S"}}
    api.videos[keys[0]] = make_video(keys[0], **free)
    api.add_channel(CHANNEL, "@talks", "The Talks", keys)
    source = open_source("api:@talks", settings_of(api))
    assert source.url == "api:@talks" and is_safe_id(source.channel_id) and api.asked() == []
    uploads = list(source.list_uploads())
    assert [u.key for u in uploads] == keys and source.title == "The Talks"
    assert [u.video_id for u in uploads] == [video_id("youtube", key) for key in keys]
    assert {(u.channel_id, u.channel_title) for u in uploads} == {(source.channel_id, "The Talks")}
    assert uploads[0] == Upload(
        video_id=video_id("youtube", keys[0]),
        extractor="youtube",
        key=keys[0],
        url=f"https://www.youtube.com/watch?v={keys[0]}",
        title=f"Talk {keys[0]}",
        channel_id=source.channel_id,
        channel_title="The Talks",
        timestamp=1709335800.0,
        upload_day="2024-03-01",
        duration_s=3723.0,
        description=f"About {keys[0]}",
        licence="Creative Commons Attribution",
        uploader="Talks",
        thumbnail=f"https://i.ytimg.com/vi/{keys[0]}/hq.jpg",
        extra={
            "views": "1200",
            "likes": "34",
            "definition": "sd",
            "dimension": "2d",
            "caption": "false",
            "category_id": "25",
            "uploader_id": CHANNEL,
            "playlist_id": "UU" + "a" * 22,
        },
    )
    assert uploads[1].licence == "Standard YouTube License" and Upload.from_dict(uploads[1].to_dict()) == uploads[1]
    # One request for the channel, three pages of ids, three of details: 7 units.
    assert len(api.asked("playlistItems")) == len(api.asked("videos")) == 3 and api.units["key-one"] == 9_993
    assert [len(asked["id"].split(",")) for asked in api.asked("videos")] == [50, 50, 20]
    assert {asked["key"] for asked in api.asked()} == {"key-one"}


def test_the_same_videos_as_in_yt_dlps_listing(api: YouTubeServer, settings: DownloadSettings) -> None:
    from facelib.sources.checked import open_ytdlp
    from facelib.sources.entries import upload_of as from_ytdlp
    from facelib.sources.hosts import HostPolicy
    from facelib.sources.ytdlp import options

    address = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
    entry = {"_type": "url", "ie_key": "Youtube", "id": "dQw4w9WgXcQ", "url": address}
    with open_ytdlp(options(settings), HostPolicy(address)) as downloader:
        theirs = from_ytdlp(entry, address, downloader)
    ours = upload_of(make_video("dQw4w9WgXcQ"), {})
    assert theirs and (ours.video_id, ours.key, ours.url) == (theirs.video_id, theirs.key, theirs.url)


def test_a_channel_by_id_and_all_its_playlists(api: YouTubeServer) -> None:
    first, second = keys_of("a", 3), keys_of("b", 55)
    api.add_videos([*first, *second])
    api.add_channel(CHANNEL, "@talks", "Talks", first)
    api.add_playlist("PLone", "One", CHANNEL, [*first[1:], second[0]])
    api.add_playlist("PLempty", "Empty", CHANNEL, [])
    api.add_playlist("PLshut", "Shut", CHANNEL, ["x"])
    api.add_playlist("PLtwo", "Two", CHANNEL, [second[0], first[1], *second[1:]])
    api.add_playlist("PLother", "Other", "UC" + "z" * 22, keys_of("z", 2))
    api.closed["PLshut"] = (403, "playlistItemsNotAccessible")
    assert [u.key for u in listed(api, f"channel/{CHANNEL}")] == first
    before = len(api.asked("videos"))
    uploads = listed(api, f"api:channel/{CHANNEL}/playlists")
    assert [u.key for u in uploads] == [*first[1:], *second]
    assert [u.extra["playlist_id"] for u in uploads] == ["PLone"] * 3 + ["PLtwo"] * 54
    assert uploads[0].extra["playlist_title"] == "One"
    # Details are asked for 50 at a time across playlists.
    assert len(api.asked("videos")) - before == 2
    assert [u.key for u in listed(api, "@talks/playlists")] == [u.key for u in uploads]


def test_a_playlist_gives_each_video_once(api: YouTubeServer) -> None:
    keys = keys_of("a", 4)
    api.add_videos(keys)
    api.add_playlist("PLone", "One", CHANNEL, [*keys, *reversed(keys)])
    source = YouTubeApiSource("playlist/PLone", settings_of(api))
    assert [u.key for u in source.list_uploads()] == keys and source.title == "One"


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        ({}, True),
        ({"snippet": {"liveBroadcastContent": "live"}, "contentDetails": {"duration": "P0D"}}, False),
        ({"snippet": {"liveBroadcastContent": "upcoming"}}, False),
        ({"liveStreamingDetails": {"actualStartTime": "2024-03-01T10:00:00Z", "actualEndTime": "x"}}, True),
        ({"status": {"privacyStatus": "private"}}, False),
        ({"status": {"privacyStatus": "unlisted"}}, True),
        ({"status": {"uploadStatus": "rejected"}}, False),
        ({"status": {"uploadStatus": "deleted"}}, False),
        ({"contentDetails": {"definition": "sd"}}, False),
    ],
)
def test_only_recordings_that_are_wanted(api: YouTubeServer, parts: dict[str, Any], wanted: bool) -> None:
    keys = keys_of("a", 3)
    api.add_videos([keys[0]])
    api.add_videos([keys[1]], **parts)  # the third is not shown by the API at all
    api.add_channel(CHANNEL, "@talks", "Talks", keys)
    assert [u.key for u in listed(api, "@talks", min_definition="hd")] == keys[: 1 + wanted]


def test_a_live_video_without_its_state_is_known_by_its_times() -> None:
    live = make_video("a" * 11, liveStreamingDetails={"actualStartTime": "2024-03-01T10:00:00Z"})
    del live["snippet"]["liveBroadcastContent"]
    assert not is_recording(live) and is_recording({"id": "a" * 11})


def test_popular_by_category_and_region(api: YouTubeServer) -> None:
    api.add_videos(keys_of("n", 70))
    api.add_videos(keys_of("m", 5), snippet={"categoryId": "10"})
    uploads = listed(api, "popular/25/gb", popular_results=60)
    assert [u.key for u in uploads] == keys_of("n", 60) and {u.extra["region"] for u in uploads} == {"GB"}
    # The chart holds the details already.
    assert [asked["regionCode"] for asked in api.asked("videos")] == ["GB", "GB"] and len(api.asked()) == 2
    assert [asked["maxResults"] for asked in api.asked()] == ["50", "10"]
    assert [u.key for u in listed(api, "popular/10", region="FR")] == keys_of("m", 5)
    assert api.asked()[-1]["regionCode"] == "FR"


def test_search_costs_one_page_for_twenty(api: YouTubeServer) -> None:
    api.add_videos(keys_of("a", 30), snippet={"title": "Ada Lovelace interview 4k"})
    api.add_videos(keys_of("s", 3), snippet={"title": "Ada Lovelace"}, contentDetails={"definition": "sd"})
    uploads = listed(api, "search/ada lovelace", search_duration="long")
    assert [u.key for u in uploads] == keys_of("a", 20) and uploads[0].extra["search"] == "ada lovelace"
    (asked,) = api.asked("search")
    assert (asked["type"], asked["q"], asked["videoDuration"]) == ("video", "ada lovelace", "long")
    assert api.units["key-one"] == 10_000 - 100 - 1
    hd = listed(api, "search/ada lovelace", results=60, min_definition="hd")
    assert len(hd) == 30 and api.asked("search")[-1]["videoDefinition"] == "high"


def test_one_video(api: YouTubeServer) -> None:
    api.add_videos(["dQw4w9WgXcQ"])
    (upload,) = listed(api, "video/dQw4w9WgXcQ")
    assert upload.video_id == video_id("youtube", "dQw4w9WgXcQ") and len(api.asked()) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("nasa", "@", "@a/b", "channel/UCshort", "playlist/", "popular/news", "popular/25/USA", "search/ "),
        *("video/short", "video/dQw4w9WgXcQ/x", "user/nasa", "playlist/PL1&key=x"),
    ],
)
def test_what_is_no_request(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        YouTubeApiSource(text, DownloadSettings())
    assert caught.value.reason == "unsupported_channel" and "popular/CATEGORY_ID" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "reason", "said"),
    [
        ("@nobody", "channel_not_found", "@nobody"),
        (f"channel/UC{'x' * 22}", "channel_not_found", "x" * 22),
        ("playlist/PLnone", "channel_not_found", "PLnone"),
        ("playlist/PLmine", "private", "playlistItemsNotAccessible"),
        ("playlist/PLold", "gone", "PLold"),
        ("popular/99", "channel_not_found", "category 99"),
        ("video/xxxxxxxxxxx", "gone", "xxxxxxxxxxx"),
    ],
)
def test_what_is_not_there_is_named(api: YouTubeServer, text: str, reason: str, said: str) -> None:
    api.closed |= {"PLmine": (403, "playlistItemsNotAccessible"), "PLold": (403, "channelClosed")}
    for key in api.closed:
        api.members[key] = ["x"]
    with pytest.raises(SourceError) as caught:
        listed(api, text)
    assert caught.value.reason == reason and said in str(caught.value) and caught.value.hint


def test_a_channel_without_uploads_is_empty(api: YouTubeServer) -> None:
    api.add_channel(CHANNEL, "@talks", "Talks", [])
    assert listed(api, "@talks") == [] and len(api.asked("playlistItems")) == 1


def test_fetching_asks_youtube_and_needs_no_key(tmp_path: Path) -> None:
    settings = DownloadSettings(max_seconds=60.0)
    source = YouTubeApiSource("@talks", settings)
    with pytest.raises(DownloadError) as caught:
        source.download(upload_of(make_video("a" * 11), {}), tmp_path)
    assert caught.value.reason == "too_long"  # by the length that the API gave, before any request
