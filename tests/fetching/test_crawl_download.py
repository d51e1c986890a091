"""Crawl and download into a store, against a real server that misbehaves."""

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from facelib.clock import day_of, now
from facelib.fetching.crawl import crawl, meant
from facelib.fetching.download import MAX_ATTEMPTS, DownloadReport, download
from facelib.fetching.fetcher import Watch
from facelib.settings import Settings
from facelib.sources.base import Progress, Upload
from facelib.store import deny, documents, layout, quarantine, uploads
from facelib.store.objects import Store
from tests.support.http_server import Answer, serve
from tests.support.pipelines import settings_in, write_film


class Channel:
    """A store, and a folder of films as its channel."""

    def __init__(self, folder: Path) -> None:
        self.films = folder / "films"
        self.films.mkdir()
        for name in ("one", "two"):
            write_film(self.films / f"{name}.mp4", 30, value=80 if name == "one" else 140)
        self.settings: Settings = settings_in(folder)
        self.settings.download = self.settings.download.model_copy(
            update={"retries": 0, "upload_interval_s": 0.0, "host_pause_s": 0.0}
        )
        self.store: Store = self.settings.open_store()

    def crawl(self, *urls: str, force: bool = True) -> dict[str, object]:
        return crawl(self.store, self.settings, urls or [str(self.films)], force=force).to_dict()


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    return Channel(tmp_path)


def test_an_upload_is_new_once(channel: Channel) -> None:
    first, second = channel.crawl(), channel.crawl()
    write_film(channel.films / "three.mp4", 30, value=200)
    third = channel.crawl()
    assert [(report["seen"], report["new"]) for report in (first, second, third)] == [(2, 2), (2, 0), (3, 1)]


def test_a_channel_is_listed_at_most_once_in_six_hours(channel: Channel) -> None:
    assert channel.crawl(force=False)["listed"] == 1
    assert channel.crawl(force=False)["listed"] == 0
    assert channel.crawl(force=True)["listed"] == 1


def test_one_channel_that_fails_does_not_hold_back_the_others(channel: Channel) -> None:
    closed = "http://127.0.0.1:9/feed.xml"
    report = channel.crawl(closed, "no-such-folder", str(channel.films))
    assert (report["channels"], report["new"]) == (3, 2)
    failed = report["failed"]
    assert isinstance(failed, dict)
    assert set(failed) == {closed, "no-such-folder"}
    assert "127.0.0.1:9" in failed[closed]


def test_the_secrets_of_a_channels_address_are_told_nowhere(channel: Channel) -> None:
    closed = "http://me:s3cr3t@127.0.0.1:9/feed.xml?token=s3cr3t"
    told: list[str] = []
    report = crawl(channel.store, channel.settings, [closed, f"{closed}2"], say=told.append)
    shown = "http://127.0.0.1:9/feed.xml?token=***"
    assert list(report.failed) == [shown, f"{shown} (2)"] and told[0].startswith(f"{shown}: ")
    assert "s3cr3t" not in f"{told} {report}"
    assert meant([shown], ["http://127.0.0.1:9/feed.xml", closed]) == [closed]
    assert meant([shown, shown], [closed, f"{closed}2"]) == [closed, f"{closed}2"]
    assert meant(["--x"], [closed]) == ["--x"] and meant([], [closed]) == [closed]


def test_download_takes_the_digest_and_the_day_once(channel: Channel) -> None:
    channel.crawl()
    report = download(channel.store, channel.settings)
    assert (report.downloaded, report.failed) == (2, 0)
    assert report.days == uploads.days(channel.store) == uploads.pending_days(channel.store)
    again = download(channel.store, channel.settings)
    assert (again.downloaded, again.days) == (0, report.days)


def test_files_of_a_folder_stay_where_they_are(channel: Channel) -> None:
    channel.crawl()
    download(channel.store, channel.settings)
    revisions = [uploads.revision(channel.store, video) for video in uploads.videos(channel.store)]
    assert {r.path for r in revisions if r} == {str(path.resolve()) for path in channel.films.iterdir()}
    assert channel.store.names("raw") == []


@pytest.mark.parametrize(("day", "downloaded"), [("1999-01-01", 0), (None, 2)])
def test_a_backfill_takes_its_own_day_only(channel: Channel, day: str | None, downloaded: int) -> None:
    channel.crawl()
    report = download(channel.store, channel.settings, day=day)
    assert report.downloaded == downloaded
    assert report.days == ([] if day else uploads.days(channel.store))


def test_a_vanished_file_is_quarantined_with_its_name_and_the_run_goes_on(channel: Channel) -> None:
    channel.crawl()
    (channel.films / "one.mp4").unlink()
    report = download(channel.store, channel.settings)
    assert (report.downloaded, report.quarantined) == (1, 1)
    (entry,) = quarantine.active(channel.store)
    assert (entry.stage, entry.reason) == ("download", "gone")
    assert "one" in entry.message
    assert download(channel.store, channel.settings).failed == 0


@pytest.mark.parametrize(
    ("status", "reason", "tries"),
    [(404, "gone", 1), (503, "network", MAX_ATTEMPTS), (429, "rate_limited", MAX_ATTEMPTS)],
)
def test_what_may_pass_is_tried_again_but_not_for_ever(channel: Channel, status: int, reason: str, tries: int) -> None:
    with serve() as server:
        server.routes["/feed.xml"] = Answer(feed(server.url("/a.mp4")), type="application/rss+xml")
        server.routes["/a.mp4"] = Answer(status=status)
        channel.crawl(server.url("/feed.xml"))
        for attempt in range(1, tries + 1):
            report = download(channel.store, channel.settings, retry=True)
            assert (report.failed, report.quarantined) == (1, attempt // tries)
        assert download(channel.store, channel.settings).failed == 0
    (entry,) = quarantine.active(channel.store)
    assert entry.reason == reason
    assert "/a.mp4" in entry.message


@pytest.mark.parametrize("body", [b"<html><body>hello</body></html>", b"{}", b"plain text"])
def test_what_is_no_feed_is_said(channel: Channel, body: bytes) -> None:
    with serve() as server:
        server.routes["/feed"] = Answer(body, type="text/html")
        failed = channel.crawl(server.url("/feed"))["failed"]
    assert isinstance(failed, dict)
    (message,) = failed.values()
    assert "/feed" in message


def test_a_denied_upload_is_neither_listed_nor_fetched(channel: Channel) -> None:
    channel.crawl()
    one, two = uploads.videos(channel.store)
    deny.add(channel.store, one, "asked to")
    assert channel.crawl()["denied"] == 1
    assert download(channel.store, channel.settings).downloaded == 1
    assert uploads.revision(channel.store, one) is None
    assert uploads.revision(channel.store, two) is not None


def test_two_runs_never_fetch_one_upload_at_a_time(channel: Channel) -> None:
    body = (channel.films / "one.mp4").read_bytes()
    one_ended = Event()

    def run(_: int) -> DownloadReport:
        report = download(channel.store, channel.settings)
        one_ended.set()
        return report

    def held(_: dict[str, str]) -> Answer:
        one_ended.wait(60)
        return Answer(body, "video/mp4")

    with serve() as server:
        server.routes["/feed.xml"] = Answer(feed(server.url("/a.mp4")), type="application/rss+xml")
        server.routes["/a.mp4"] = Answer(body, "video/mp4")
        channel.crawl(server.url("/feed.xml"))
        server.routes["/a.mp4"] = held
        with ThreadPoolExecutor(2) as runs:
            first, second = runs.map(run, range(2))
    assert (first.downloaded + second.downloaded, first.failed + second.failed) == (1, 0)
    assert first.postponed + second.postponed == 1
    (video,) = uploads.videos(channel.store)
    revision = uploads.revision(channel.store, video)
    assert revision and revision.local(channel.store).read_bytes() == body
    assert list((channel.settings.work_dir / "downloads").iterdir()) == []


def test_a_day_that_no_calendar_has(channel: Channel) -> None:
    channel.crawl()
    for number, video in enumerate(uploads.videos(channel.store)):
        known = channel.store.path(layout.upload(video))
        document = documents.decode(known.read_bytes()) | {"upload_day": f"2024-0{number}-00"}
        known.write_bytes(documents.encode(document))
    report = download(channel.store, channel.settings)
    assert (report.downloaded, report.failed) == (2, 0)
    assert report.days == [day_of(now())]


@pytest.mark.parametrize(
    ("error", "reason", "quarantined"),
    [
        (ValueError("no such \ud83d"), "exception", 1),
        (KeyError("formats"), "exception", 1),
        (OSError(errno.EIO, "Input/output error"), "local_io", 0),
    ],
)
def test_what_nobody_expected_is_written_down_for_its_upload(
    channel: Channel, error: Exception, reason: str, quarantined: int
) -> None:
    channel.crawl()
    report = download(channel.store, channel.settings, watch=failing(error))
    assert (report.downloaded, report.failed, report.quarantined) == (1, 1, quarantined)
    assert report.reasons == {reason: 1}


def test_a_fault_of_the_machine_ends_the_run(channel: Channel) -> None:
    channel.crawl()
    with pytest.raises(OSError, match="full"):
        download(channel.store, channel.settings, watch=failing(OSError(errno.ENOSPC, "full")))
    assert list(quarantine.active(channel.store)) == []


def failing(error: Exception) -> Watch:
    """A watch of the first film that raises an error."""

    def watch(upload: Upload) -> Progress:
        def progress(done: int, total: int | None) -> None:
            if upload.title == "one":
                raise error

        return progress

    return watch


def test_a_channel_that_the_store_cannot_name_holds_back_no_other(channel: Channel, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"l\xff.txt")
    odd.write_text(str(channel.films / "one.mp4") + "\n")
    (channel.films / os.fsdecode(b"a\xff.mp4")).write_bytes(b"x")
    report = channel.crawl(str(odd), str(channel.films))
    assert report["seen"] == 3
    assert isinstance(report["failed"], dict) and str(tmp_path / "l\ufffd.txt") in report["failed"]
    json.dumps(report, ensure_ascii=False).encode()


def feed(url: str) -> bytes:
    item = f'<item><title>a</title><enclosure url="{url}" type="video/mp4" length="1"/></item>'
    return f'<rss version="2.0"><channel><title>t</title>{item}</channel></rss>'.encode()


def test_reports_are_plain_json(channel: Channel) -> None:
    json.dumps(channel.crawl())
    json.dumps(download(channel.store, channel.settings).to_dict())
