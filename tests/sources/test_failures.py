"""Reasons told from what yt-dlp raises, what is hidden, which hosts may be asked, and what a listing opens."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from facelib.sources.channel import MAX_DEPTH, ChannelSource
from facelib.sources.checked import open_ytdlp
from facelib.sources.failures import HINTS, classify
from facelib.sources.hosts import HostPacer, HostPolicy, redacted
from facelib.sources.sniff import container_of
from facelib.sources.ytdlp import DownloadSettings, MessageLog, options


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("[youtube] abc: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies", "bot_check"),
        ("[youtube] abc: Sign in to confirm your age. This video may be inappropriate", "age_restricted"),
        ("[youtube] abc: Private video. Sign in if you've been granted access to this video", "private"),
        ("[youtube] abc: Join this channel to get access to members-only content like this video", "private"),
        ("[youtube] abc: Video unavailable. This video has been removed by the uploader", "gone"),
        ("[youtube] abc: Video unavailable. This video is not available", "gone"),
        ("[youtube] abc: The uploader has not made this video available in your country", "geo_blocked"),
        ("[youtube] abc: Video unavailable. The current session has been rate-limited by YouTube", "rate_limited"),
        ("[youtube] abc: This live event will begin in 3 hours.", "live"),
        ("[youtube] abc: Premieres in 40 minutes", "live"),
        ("[youtube] abc: Requested format is not available. Use --list-formats", "unsupported"),
        ("This video is DRM protected", "unsupported"),
        ("[vimeo] 1: This video is only available for registered users: log in", "private"),
        ("[download] Got error: HTTP Error 503: Service Unavailable", "network"),
        ("[download] Got error: HTTP Error 404: Not Found", "gone"),
        ("[download] Got error: 12 bytes read, 8 more expected", "network"),
        ("unable to write data: [Errno 28] No space left on device", "local_io"),
        ("[site] Unable to extract title; please report this issue on https://…", "extraction_failed"),
    ],
)
def test_the_wording_of_a_site_gives_a_reason(said: str, reason: str) -> None:
    from yt_dlp.utils import DownloadError

    error = classify(DownloadError(f"\x1b[0;31mERROR:\x1b[0m {said}"), "https://example.org/v?sig=abc")
    assert error.reason == reason and error.hint == HINTS[reason] and "https://example.org/v?sig=***" in str(error)
    assert "\x1b" not in str(error) and "please report" not in str(error) and "--" not in error.message


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:pw@example.org/a", "https://example.org/a"),
        ("x?Signature=ab%2F&e=1 y", "x?Signature=***&e=1 y"),
        ("x?X-Amz-Signature=ab&access_token=cd", "x?X-Amz-Signature=***&access_token=***"),
        ("x?page=2", "x?page=2"),
        ("https://me:p@w@example.org/a", "https://example.org/a"),
        ("https://example.org/?x=@y", "https://example.org/?x=@y"),
        ("https://example.org?x=@y", "https://example.org?x=@y"),
        ("x;token=ab?pw=cd&X-Amz-Credential=ef", "x;token=***&X-Amz-Credential=***"),
        ("x?pw=cd&pass=ef", "x?pw=***&pass=***"),
    ],
)
def test_secrets_are_not_shown(text: str, shown: str) -> None:
    assert redacted(text) == shown
    log = MessageLog()
    log.warning(text)
    assert list(log.messages) == [shown]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://example.org/a", True),
        ("https://www.example.org/a", True),
        ("https://EXAMPLE.org.:8080/a", True),
        ("https://cdn.example.org/a", False),
        ("https://example.org.evil.net/a", False),
        ("https://evil.net/?u=https://example.org", False),
        ("https://example.org@evil.net/a", False),
        ("https://r1---sn-x.googlevideo.com/a", True),
        ("https://youtube.com/a", True),
        ("https://notyoutube.com/a", False),
        ("wss://example.org/a", True),
        ("ftp://example.org/a", False),
        ("file:///etc/passwd", False),
        ("data:text/plain,hi", True),
        ("https:///a", False),
        ("http://[broken", False),
    ],
)
def test_hosts(url: str, allowed: bool) -> None:
    assert HostPolicy("https://www.example.org/feed").allows(url) is allowed


def test_a_host_is_asked_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("facelib.sources.hosts.time.sleep", slept.append)
    pacer = HostPacer()
    assert pacer.wait("http://a/1", 1000) == 0 and pacer.wait("http://b/1", 1000) == 0
    assert 900 < pacer.wait("http://a/2", 1000) == slept[-1] <= 1000


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b"\x00\x00\x00\x14ftypqt  ", "mov"),
        (b"\x00\x00\x00\x08free\x00\x00", "mp4"),
        (b"\x1aE\xdf\xa3", "mkv"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "avi"),
        (b"G" + bytes(187) + b"G", "ts"),
        (b"GIF89a" + bytes(300), None),
        (b"%PDF-1.7", None),
        (b"", None),
        (bytes(512), None),
    ],
)
def test_container_of(head: bytes, container: str | None) -> None:
    assert container_of(head) == container


class NestedChannel(ChannelSource):
    """Its tabs come from a table instead of the network; the rest is real."""

    tabs: Mapping[str, Mapping[str, Any]] = {}

    def _extract(self, downloader: Any, url: str) -> Mapping[str, Any]:
        return self.tabs[url]


def test_tabs_and_nested_lists_are_opened_and_live_ones_left_out(settings: DownloadSettings) -> None:
    def video(key: str, **more: Any) -> dict[str, Any]:
        return {"_type": "url", "ie_key": "Youtube", "id": key, "url": f"https://www.youtube.com/watch?v={key}"} | more

    home, tab = "https://www.youtube.com/@someone", "https://www.youtube.com/@someone/videos"
    inner = {"_type": "playlist", "entries": [video("ccccccccccc"), None]}
    loop = {"_type": "url", "ie_key": "YoutubeTab", "url": home}
    source = NestedChannel(home, settings)
    source.tabs = {
        home: {"_type": "playlist", "title": "Someone", "entries": [{**loop, "url": tab}, inner, loop]},
        tab: {
            "_type": "playlist",
            "entries": [
                video("aaaaaaaaaaa", title="A", duration=3.5, upload_date="20240301"),
                video("bbbbbbbbbbb", live_status="is_upcoming"),
                video("ddddddddddd", live_status="is_live"),
                video("eeeeeeeeeee", live_status="was_live"),
                video("aaaaaaaaaaa"),
            ],
        },
    }
    uploads = list(source.list_uploads())
    assert [u.key for u in uploads] == ["aaaaaaaaaaa", "eeeeeeeeeee", "ccccccccccc"] and MAX_DEPTH < 10
    assert (uploads[0].title, uploads[0].duration_s, uploads[0].upload_day) == ("A", 3.5, "2024-03-01")
    assert {u.extractor for u in uploads} == {"youtube"} and uploads[1].upload_day is None


def test_ffmpeg_and_the_script_runtime_are_found_without_a_path(
    settings: DownloadSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yt_dlp.postprocessor.ffmpeg import FFmpegPostProcessor

    monkeypatch.setenv("PATH", "")
    with open_ytdlp(options(settings), HostPolicy("https://example.org")) as downloader:
        assert FFmpegPostProcessor(downloader).available
        assert Path(downloader.params["js_runtimes"]["deno"]["path"]).is_file()
        assert downloader._js_runtimes["deno"].info.supported


def test_importing_the_sources_loads_no_heavy_package() -> None:
    names = "base, channel, folder, ytdlp, download"
    code = f"import sys; from facelib.sources import {names}; print([m for m in ('yt_dlp', 'av') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
