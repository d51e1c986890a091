"""The feed and its server, over real HTTP on the loopback interface."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from facelib.demo.channel import add_upload, build_channel
from facelib.demo.feed import main, read_listed, serve, write_feed
from facelib.errors import FacelibError
from tests.demo.conftest import SPECS, SmallChannel

FIRST = ["plain", "cut", "cards", "torn"]


@pytest.fixture
def folder(tmp_path: Path, small_channel: SmallChannel) -> Path:
    """A channel that lists FIRST."""
    copy = Path(shutil.copytree(small_channel.folder, tmp_path / "channel"))
    write_feed(copy, "http://127.0.0.1:9", FIRST)
    return copy


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    with serve(folder) as url:
        yield url


def crawl(url: str) -> list[dict[str, Any]]:
    import yt_dlp

    with yt_dlp.YoutubeDL({"extract_flat": True, "quiet": True, "no_warnings": True}) as crawler:
        listing: dict[str, Any] = crawler.extract_info(f"{url}/feed.xml", download=False)
    return list(listing["entries"])


def test_a_crawler_lists_every_upload_newest_first(served: str, small_channel: SmallChannel) -> None:
    entries = crawl(served)
    assert [urlsplit(entry["url"]).path for entry in entries] == [f"/{name}.mp4" for name in reversed(FIRST)]
    for entry, name in zip(entries, reversed(FIRST), strict=True):
        truth = small_channel.truths[name]
        assert entry["title"] == truth.title
        assert entry["description"] == truth.description
        assert entry["timestamp"] == datetime.fromisoformat(truth.published).timestamp()
        assert entry["duration"] == round(truth.duration_s)


def test_a_crawler_downloads_an_upload_with_its_guid_as_id(
    served: str, small_channel: SmallChannel, tmp_path: Path
) -> None:
    import yt_dlp

    entry = next(entry for entry in crawl(served) if entry["title"] == "Cut & join")
    options = {"quiet": True, "no_warnings": True, "outtmpl": str(tmp_path / "%(id)s.%(ext)s")}
    with yt_dlp.YoutubeDL(options) as crawler:
        found = crawler.extract_info(entry["url"], download=True)
    assert (found["id"], found["extractor"], found["timestamp"]) == ("cut", "generic", entry["timestamp"])
    assert (tmp_path / "cut.mp4").read_bytes() == (small_channel.folder / "cut.mp4").read_bytes()


def test_an_upload_that_is_added_is_listed_from_then_on(folder: Path, served: str) -> None:
    uploads = [SPECS[name] for name in [*FIRST, "late", "pair"]]
    assert [add_upload(folder, uploads) for _ in range(3)] == ["late", "pair", None]
    titles = {entry["title"] for entry in crawl(served)}
    assert titles == {spec.title for spec in uploads}
    assert read_listed(folder) == ("plain", "late", "pair", "cut", "cards", "torn")


def test_a_channel_is_built_once_and_keeps_what_was_added(tmp_path: Path) -> None:
    from dataclasses import replace

    uploads = [SPECS["cards"], replace(SPECS["cards"], name="more", listed=False)]
    told: list[str] = []
    first = build_channel(tmp_path / "channel", tmp_path, told.append, uploads=uploads)
    assert [(upload.truth.name, upload.listed) for upload in first] == [("cards", True), ("more", False)]
    assert sorted(line for line in told if line.startswith("made")) == ["made cards: Cards", "made more: Cards"]
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "channel").iterdir()}
    assert {path.name for path in before} == {
        *("cards.mp4", "cards.truth.json", "more.mp4", "more.truth.json", "feed.xml", "channel.json")
    }
    assert build_channel(tmp_path / "channel", tmp_path, told.append, uploads=uploads) == first
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert add_upload(tmp_path / "channel", uploads) == "more"
    again = build_channel(tmp_path / "channel", tmp_path, uploads=uploads)
    assert [upload.listed for upload in again] == [True, True]


@pytest.mark.parametrize(
    ("asked", "status", "told", "part"),
    [
        (None, 200, None, slice(None)),
        ("bytes=0-9", 206, "bytes 0-9/{size}", slice(0, 10)),
        ("bytes=100-", 206, "bytes 100-{last}/{size}", slice(100, None)),
        ("bytes=-5", 206, "bytes {tail}-{last}/{size}", slice(-5, None)),
        ("bytes=5-99999999", 206, "bytes 5-{last}/{size}", slice(5, None)),
        ("bytes=99999999-", 416, "bytes */{size}", slice(0, 0)),
        ("bytes=-0", 416, "bytes */{size}", slice(0, 0)),
        ("bytes=0-1,5-6", 200, None, slice(None)),
        ("bytes=-", 200, None, slice(None)),
        ("lines=1-2", 200, None, slice(None)),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_ranges(
    method: str, asked: str | None, status: int, told: str | None, part: slice, served: str, folder: Path
) -> None:
    content = (folder / "cards.mp4").read_bytes()
    size = len(content)
    connection = http.client.HTTPConnection(urlsplit(served).netloc, timeout=60)
    connection.request(method, "/cards.mp4", headers={"Range": asked} if asked else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == status
    assert answer.headers["Content-Range"] == (told and told.format(size=size, last=size - 1, tail=size - 5))
    assert int(answer.headers["Content-Length"]) == len(content[part])
    assert body == (content[part] if method == "GET" else b"")
    if status != 416:
        assert answer.headers["Content-Type"] == "video/mp4"
        assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/none.mp4", "/../secret", "/%2e%2e/secret", "/..%2fsecret", "/.hidden", "//etc/passwd", "/sub/file"),
        "/" + "a" * 3000,
    ],
)
def test_nothing_outside_the_folder_is_served(path: str, served: str, folder: Path) -> None:
    (folder.parent / "secret").write_text("secret")
    (folder / ".hidden").write_text("secret")
    (folder / "sub").mkdir()
    (folder / "sub" / "file").write_text("secret")
    connection = http.client.HTTPConnection(urlsplit(served).netloc, timeout=60)
    connection.request("GET", path)
    assert connection.getresponse().status == 404
    connection.close()


def test_requests_are_noted_in_the_log(folder: Path, tmp_path: Path) -> None:
    with serve(folder, log=tmp_path / "log") as url:
        urllib.request.urlopen(f"{url}/feed.xml", timeout=60).close()
    assert '"GET /feed.xml HTTP/1.1" 200' in (tmp_path / "log").read_text()


def test_a_taken_port_and_an_empty_folder_are_errors(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (
        serve(folder) as url,
        pytest.raises(FacelibError, match="cannot listen") as taken,
        serve(folder, urlsplit(url).port or 0),
    ):
        pass
    assert taken.value.reason == "port_taken"
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path / "empty"), "--port", "0"])
    assert ended.value.code == 1
    assert "no sample channel" in capsys.readouterr().err


def test_the_server_runs_as_a_process_until_it_is_told_to_end(folder: Path) -> None:
    argv = [sys.executable, "-m", "facelib.demo.feed", str(folder), "--port", "0"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=os.environ.copy()) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with urllib.request.urlopen(url, timeout=60) as answer:
                assert answer.headers["Content-Type"].startswith("application/rss+xml")
                assert f"{url.removesuffix('/feed.xml')}/plain.mp4".encode() in answer.read()
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
