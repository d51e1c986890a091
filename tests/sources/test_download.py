"""Fetching uploads over a real connection: what comes, what is refused, and what is left behind."""

import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from facelib.errors import FacelibError
from facelib.ids import video_id
from facelib.sources.base import DownloadError, Upload
from facelib.sources.channel import ChannelSource
from facelib.sources.failures import HINTS, HostBusy
from facelib.sources.transfer import Filtered, Transfer
from facelib.sources.ytdlp import DownloadSettings
from tests.sources.conftest import make_clip
from tests.support.http_server import Answer, HttpServer, Route

PATH = "/clip.mp4"


def upload_at(url: str) -> Upload:
    return Upload(video_id=video_id("generic", url), extractor="generic", key=url, url=url, title="A talk")


def fetch(server: HttpServer, settings: DownloadSettings, folder: Path, upload: Upload | None = None) -> Path:
    source = ChannelSource(server.url("/feed"), settings)
    return source.download(upload or upload_at(server.url(PATH)), folder).path


def left(folder: Path) -> set[str]:
    """The suffixes of what lies in the folder."""
    return {path.suffix for path in folder.iterdir()}


def test_a_file_that_cannot_take_its_final_name(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path
) -> None:
    server.routes[PATH] = Answer(clips[0], "video/mp4")
    (tmp_path / f"{upload_at(server.url(PATH)).video_id}.mp4").mkdir()
    with pytest.raises(DownloadError, match="cannot keep") as caught:
        fetch(server, settings, tmp_path)
    assert caught.value.reason == "local_io"


@pytest.mark.parametrize("folder_name", ["out", "50% of 'it' %(id)s"])
def test_a_file_arrives_whole_under_its_id(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path, folder_name: str
) -> None:
    written = {"Last-Modified": "Fri, 01 Mar 2024 23:30:00 GMT"}
    server.routes[PATH] = Answer(clips[0], "video/mp4", headers=written)
    upload, calls = upload_at(server.url(PATH)), []
    source, folder = ChannelSource(server.url("/feed"), settings), tmp_path / folder_name
    got = source.download(upload, folder, lambda done, total: calls.append((done, total)))
    assert got.path == folder / f"{upload.video_id}.mp4" and got.path.read_bytes() == clips[0]
    assert list(folder.iterdir()) == [got.path] and not got.in_place and got.captions == ()
    assert got.upload == replace(upload, timestamp=1709335800.0, upload_day="2024-03-01")
    assert calls == sorted(calls) and calls[-1] == (len(clips[0]), len(clips[0]))
    assert got.info["extractor_key"] == "Generic" and 0 < got.seconds < 100


def test_a_day_that_the_listing_gave_stays(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path
) -> None:
    server.routes[PATH] = Answer(clips[0], "video/mp4", headers={"Last-Modified": "Fri, 01 Mar 2024 23:30:00 GMT"})
    upload = replace(upload_at(server.url(PATH)), timestamp=0.0, upload_day="1970-01-01")
    assert ChannelSource(server.url("/"), settings).download(upload, tmp_path).upload == upload


@pytest.mark.parametrize(
    ("container", "kind", "path", "suffix"),
    [
        ("mp4", "application/octet-stream", "/media", ".mp4"),
        ("matroska", "application/octet-stream", "/media?id=7", ".mkv"),
        ("mpegts", "video/mp2t", "/media.ts", ".ts"),
        ("avi", "video/x-msvideo", "/media.avi", ".avi"),
    ],
)
def test_containers(
    server: HttpServer, settings: DownloadSettings, tmp_path: Path, container: str, kind: str, path: str, suffix: str
) -> None:
    body = make_clip(frames=5, container=container)
    server.routes[path.partition("?")[0]] = Answer(body, kind)
    got = fetch(server, settings, tmp_path, upload_at(server.url(path)))
    assert got.suffix == suffix and got.read_bytes() == body


HTML = b"<!doctype html><html><body>Please log in</body></html>"


@pytest.mark.parametrize(
    ("route", "reason", "retryable", "requests"),
    [
        (Answer(status=404), "gone", False, 1),
        (Answer(status=410), "gone", False, 1),
        (Answer(status=401), "private", False, 1),
        (Answer(status=403), "forbidden", True, 1),
        (Answer(status=451), "geo_blocked", False, 1),
        (Answer(status=429), "rate_limited", True, 1),
        (Answer(status=503), "network", True, 3),
        (Answer(HTML, "text/html"), "unsupported", False, 1),
        (Answer(HTML, "video/mp4"), "not_media", False, 2),
        (Answer(b'{"error": "no"}', "application/json"), "not_media", False, 2),
        (Answer(b"words " * 100, "text/plain"), "not_media", False, 2),
        (Answer(b"", "video/mp4"), "not_media", False, 2),
        (Answer(b"\x00\x00\x00\x20ftypisom", "video/mp4", length=2**40), "too_large", False, 2),
        (Answer(status=302, headers={"Location": "http://localhost:1/x.mp4"}), "host_not_allowed", False, 1),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "host_not_allowed", False, 1),
        (Answer(status=302, headers={"Location": PATH}), "network", True, None),
        (Answer(b"<rss><channel><item><link>/a</link></item></channel></rss>", "text/xml"), "unsupported", False, 1),
    ],
)
def test_failures_have_a_reason_and_leave_no_file(
    server: HttpServer,
    settings: DownloadSettings,
    tmp_path: Path,
    route: Route,
    reason: str,
    retryable: bool,
    requests: int | None,
) -> None:
    server.routes[PATH] = route
    with pytest.raises(DownloadError) as caught:
        fetch(server, settings, tmp_path)
    assert (caught.value.reason, caught.value.retryable) == (reason, retryable), str(caught.value)
    assert caught.value.hint and (server.url(PATH) in str(caught.value) or reason == "host_not_allowed")
    assert left(tmp_path) <= {".partial"} and (requests is None or len(server.requests) == requests)
    assert reason in HINTS or reason == "host_not_allowed"


@pytest.mark.parametrize("first", [1, 2])
def test_a_busy_host_is_asked_again(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path, first: int
) -> None:
    good = Answer(clips[0], "video/mp4")
    server.routes[PATH] = [good] * (first - 1) + [Answer(status=503), Answer(status=500), good]
    assert fetch(server, settings, tmp_path).read_bytes() == clips[0]


@pytest.mark.parametrize(
    ("tag_before", "tag_after", "ranges", "resumes"),
    [('"1"', '"1"', True, True), (None, None, True, True), ('"1"', '"2"', True, False), ('"1"', '"1"', False, False)],
)
def test_a_dropped_connection(
    server: HttpServer,
    settings: DownloadSettings,
    clips: list[bytes],
    tmp_path: Path,
    tag_before: str | None,
    tag_after: str | None,
    ranges: bool,
    resumes: bool,
) -> None:
    """It goes on from where it was if the file is still the same, and from the start otherwise; never a mixture."""
    old, new = clips[0], clips[0] if tag_before == tag_after else clips[1]
    dropped = Answer(old, "video/mp4", headers={"ETag": tag_before} if tag_before else {}, drop_after=len(old) // 2)
    server.routes[PATH] = dropped
    with pytest.raises(DownloadError) as caught:
        fetch(server, settings.model_copy(update={"retries": 0}), tmp_path)
    assert caught.value.reason == "network" and left(tmp_path) == {".partial"}
    server.requests.clear()
    server.routes[PATH] = Answer(new, "video/mp4", headers={"ETag": tag_after} if tag_after else {}, ranges=ranges)
    assert fetch(server, settings, tmp_path).read_bytes() == new
    (headers,) = [headers for headers in server.asked(PATH) if "range" in headers]
    assert int(headers["range"][6:-1]) > 0 and headers.get("if-range") == tag_before
    assert left(tmp_path) == {".mp4"} and resumes == (ranges and old == new)


def test_an_interrupt_passes_and_leaves_no_complete_looking_file(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path
) -> None:
    server.routes[PATH] = Answer(clips[0], "video/mp4")

    def interrupt(done: int, total: int | None) -> None:
        if done > 20_000:
            raise KeyboardInterrupt

    source, upload = ChannelSource(server.url("/feed"), settings), upload_at(server.url(PATH))
    with pytest.raises(KeyboardInterrupt):
        source.download(upload, tmp_path, interrupt)
    assert left(tmp_path) == {".partial"}
    assert [p.suffix for p in (tmp_path / f"{upload.video_id}.partial").iterdir()] == [".part"]
    server.requests.clear()
    assert source.download(upload, tmp_path).path.read_bytes() == clips[0]
    assert any("range" in headers for headers in server.asked(PATH))


@pytest.mark.parametrize(
    ("changes", "duration", "reason"), [({"max_bytes": 1000}, None, "too_large"), ({"max_seconds": 9}, 9.5, "too_long")]
)
def test_limits(
    server: HttpServer,
    settings: DownloadSettings,
    clips: list[bytes],
    tmp_path: Path,
    changes: dict[str, int],
    duration: float | None,
    reason: str,
) -> None:
    server.routes[PATH] = Answer(clips[0], "video/mp4")
    upload = replace(upload_at(server.url(PATH)), duration_s=duration)
    with pytest.raises(DownloadError) as caught:
        fetch(server, settings.model_copy(update=changes), tmp_path, upload)
    assert caught.value.reason == reason and not caught.value.retryable and not left(tmp_path)


def test_an_upload_on_another_host_is_refused_unless_allowed(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path
) -> None:
    server.routes[PATH] = Answer(clips[0], "video/mp4")
    upload = upload_at(server.url(PATH, host="localhost"))
    with pytest.raises(DownloadError, match="'localhost'") as caught:
        fetch(server, settings, tmp_path, upload)
    assert caught.value.reason == "host_not_allowed" and not server.requests
    allowed = settings.model_copy(update={"allowed_hosts": ("LOCALHOST",)})
    assert fetch(server, allowed, tmp_path, upload).read_bytes() == clips[0]


@pytest.mark.parametrize(
    ("allowed", "reason"),
    [
        (("*.example.org",), "private_address"),
        (("videos.example.org",), ""),
        (("*.example.org", "VIDEOS.example.org"), ""),
        ((), "host_not_allowed"),
    ],
    ids=["by a pattern", "in full", "both", "not at all"],
)
def test_a_name_that_leads_into_the_own_network(
    server: HttpServer,
    settings: DownloadSettings,
    clips: list[bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    allowed: tuple[str, ...],
    reason: str,
) -> None:
    look_up = socket.getaddrinfo

    def names(host: str, *args: Any, **kwargs: Any) -> Any:
        return look_up("127.0.0.1" if host == "videos.example.org" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", names)
    server.routes[PATH] = Answer(clips[0], "video/mp4")
    settings = settings.model_copy(update={"allowed_hosts": allowed})
    upload = upload_at(server.url(PATH, host="videos.example.org"))
    if not reason:
        assert fetch(server, settings, tmp_path, upload).read_bytes() == clips[0]
        return
    with pytest.raises(DownloadError, match=r"videos\.example\.org") as caught:
        fetch(server, settings, tmp_path, upload)
    assert (caught.value.reason, caught.value.retryable) == (reason, False) and not server.requests


def test_a_cookie_file_is_read_and_never_written(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path
) -> None:
    cookies = tmp_path / "cookies.txt"
    named = settings.model_copy(update={"cookiefile": cookies})
    with pytest.raises(FacelibError, match=r"cookies\.txt"):
        fetch(server, named, tmp_path / "out")
    text = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\ts3cret\n"
    cookies.write_text(text)
    server.routes[PATH] = Answer(clips[0], "video/mp4", headers={"Set-Cookie": "session=other"})
    fetch(server, named, tmp_path / "out")
    assert server.asked(PATH)[0]["cookie"] == "session=s3cret" and cookies.read_text() == text
    with pytest.raises(ValueError, match=r"cookiefile\n.*it is empty"):
        DownloadSettings(cookiefile=" ")


def test_a_proxy_is_asked_for_everything(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path
) -> None:
    """The address has no host that answers: only the proxy, which sees it whole, can."""
    server.routes[PATH] = Answer(clips[0], "video/mp4")
    elsewhere = f"http://media.invalid{PATH}"
    proxied = DownloadSettings(**settings.model_dump(exclude={"proxy"}), proxy=server.url(""))
    got = ChannelSource("http://media.invalid/feed", proxied).download(upload_at(elsewhere), tmp_path)
    assert got.path.read_bytes() == clips[0]
    assert {path for _, path, _ in server.requests} == {elsewhere}


def test_the_rate_is_limited(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path
) -> None:
    server.routes[PATH] = Answer(clips[0], "video/mp4")
    slow = settings.model_copy(update={"rate_limit_bytes": len(clips[0])})
    got = ChannelSource(server.url("/feed"), slow).download(upload_at(server.url(PATH)), tmp_path)
    assert got.seconds > 0.5 and got.path.read_bytes() == clips[0]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param({"stall_after": 30_000}, "network", id="stops in the middle"),
        pytest.param({"delay_s": 0.8}, "network", id="too slow to answer"),
        pytest.param({"delay_s": 0.1}, None, id="slow"),
        pytest.param({"length": 10**6}, "network", id="announces more than it sends"),
        pytest.param({"drop_after": 30_000}, "network", id="hangs up"),
    ],
)
def test_a_host_that_behaves_badly(
    server: HttpServer,
    settings: DownloadSettings,
    clips: list[bytes],
    tmp_path: Path,
    answer: dict[str, Any],
    reason: str | None,
) -> None:
    bad = Answer(clips[0], "video/mp4", **answer)
    server.routes[PATH] = [Answer(clips[0], "video/mp4"), bad]
    hasty = settings.model_copy(update={"socket_timeout_s": 0.4 if reason else 5.0, "retries": 0})
    if reason is None:
        assert fetch(server, hasty, tmp_path).read_bytes() == clips[0]
        return
    with pytest.raises(DownloadError) as caught:
        fetch(server, hasty, tmp_path)
    assert caught.value.reason == reason and caught.value.retryable and left(tmp_path) == {".partial"}


def test_a_host_that_announces_less_than_it_has(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path
) -> None:
    """What it announced is all that HTTP can tell to be there; that a film ends too early shows when it is probed."""
    server.routes[PATH] = Answer(clips[0], "video/mp4", length=len(clips[0]) // 2)
    got = fetch(server, settings, tmp_path)
    assert got.stat().st_size == len(clips[0]) // 2


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"Retry-After": "90"}, 90.0), ({}, 0.0), ({"Retry-After": "later"}, 0.0)]
)
def test_a_host_says_how_long_to_wait(
    server: HttpServer, settings: DownloadSettings, tmp_path: Path, headers: dict[str, str], seconds: float
) -> None:
    server.routes[PATH] = Answer(status=429, headers=headers)
    with pytest.raises(HostBusy) as caught:
        fetch(server, settings, tmp_path)
    assert (caught.value.reason, caught.value.retry_after_s) == ("rate_limited", seconds)


def test_a_check_of_the_full_information_leaves_an_upload_out(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], tmp_path: Path
) -> None:
    server.routes[PATH] = Answer(clips[0], "video/mp4")
    upload, seen = upload_at(server.url(PATH)), list[str]()

    def check(info: Mapping[str, Any]) -> None:
        seen.append(str(info["format_id"]))
        raise Filtered("not wanted", reason="filtered_duration")

    transfer = Transfer(upload, check=check)
    with pytest.raises(Filtered) as caught:
        ChannelSource(server.url("/feed"), settings).download(upload, tmp_path, transfer)
    assert caught.value.reason == "filtered_duration" and len(seen) == 1 and not list(tmp_path.iterdir())
    assert transfer.information["title"] and transfer.received == 0 and len(server.requests) == 1
