"""What is written down of each try, when a failed one is tried again, and what the table and the catalogue say."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import facelib.fetching.download
import facelib.fetching.fetcher
from facelib.catalog.reader import Catalog
from facelib.clock import now
from facelib.errors import SettingsError
from facelib.fetching import download_queue
from facelib.fetching.crawl import crawl
from facelib.fetching.download import DownloadReport, download
from facelib.fetching.download_table import COLUMNS, table, write_csv
from facelib.publish import publish, rebuild
from facelib.sources.base import Upload
from facelib.sources.hosts import HostPacer
from facelib.sources.select import SelectSettings
from facelib.stopping import Stopped
from facelib.store import deny, download_log, layout, quarantine, uploads
from facelib.store.objects import Store
from tests.sources.conftest import make_clip
from tests.support.http_server import Answer, HttpServer, serve
from tests.support.pipelines import settings_in

CLIP = make_clip(frames=5)
GOOD = Answer(CLIP, "video/mp4")
WORDS = Answer(b"WEBVTT\n\n00:00.000 --> 00:01.500\nhello there\n", "text/vtt")
PAGE = (
    "<html><head><title>{0}</title></head><body><video src='/{0}.mp4'>"
    "<track kind='captions' src='/{0}.vtt' srclang='en'></video></body></html>"
)


class Feed:
    """A store, and a feed of pages or files on a real server."""

    def __init__(self, folder: Path, server: HttpServer) -> None:
        self.server, self.settings = server, settings_in(folder)
        self.change(retries=0, upload_interval_s=0.0, host_pause_s=0.0, backoff_s=0.01, allowed_hosts=("localhost",))
        self.store: Store = self.settings.open_store()

    def change(self, **values: Any) -> None:
        self.settings.download = self.settings.download.model_copy(update=values)

    def list(self, *addresses: str) -> dict[str, str]:
        """Make uploads known; their ids by title, which is the last part of the address."""
        items = "".join(
            f"<item><title>{a.rpartition('/')[2]}</title><pubDate>01 Mar 2024 10:00:00 GMT</pubDate>"
            f'<enclosure url="{a}" type="video/mp4"/></item>'
            for a in (a if "://" in a else self.server.url(a) for a in addresses)
        )
        body = f'<rss version="2.0"><channel><title>t</title>{items}</channel></rss>'.encode()
        self.server.routes["/feed.xml"] = Answer(body, "application/rss+xml")
        crawl(self.store, self.settings, [self.server.url("/feed.xml")], force=True)
        return {uploads.read_upload(self.store, v)["title"]: v for v in uploads.videos(self.store)}

    def run(self, **options: Any) -> DownloadReport:
        return download(self.store, self.settings, **options)

    def last(self, video_id: str) -> download_log.Attempt:
        return download_log.attempts(self.store, video_id)[-1]


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    with serve() as server:
        yield Feed(tmp_path, server)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let a later run begin so many hours from now."""
    return lambda hours: monkeypatch.setattr(download_queue, "now", lambda: now() + timedelta(hours=hours))


def test_a_download_keeps_captions_information_and_a_record(feed: Feed) -> None:
    feed.change(caption_languages=("*",))
    feed.server.routes |= {"/a": Answer(PAGE.format("a").encode(), "text/html"), "/a.mp4": GOOD, "/a.vtt": WORDS}
    (video_id,) = feed.list("/a").values()
    report = feed.run()
    assert (report.downloaded, report.size_bytes) == (1, len(CLIP))
    tried = feed.last(video_id)
    assert (tried.state, tried.received_bytes, tried.reason, tried.captions) == (
        "downloaded",
        len(CLIP),
        "",
        ("en.vtt",),
    )
    assert tried.host == f"127.0.0.1:{feed.server.port}" and 0 < tried.seconds < 20 and tried.format_id
    information = json.loads(feed.store.read(layout.information(video_id)))
    assert information["webpage_url"] == feed.server.url("/a") and "a.mp4" not in json.dumps(information["formats"])
    publish(feed.store)
    with Catalog(feed.store) as catalog:
        (line,) = catalog.rows("SELECT * FROM captions WHERE text ILIKE '%hello%'")
        (row,) = catalog.rows("SELECT * FROM downloads")
    about = {"video_id": video_id, "language": "en", "automatic": False}
    assert line == about | {"start_s": 0.0, "end_s": 1.5, "text": "hello there"}
    assert (row["state"], row["size_bytes"], row["attempts"], row["reason"]) == ("downloaded", len(CLIP), 1, "")
    assert feed.store.size(row["path"]) == len(CLIP)


def test_a_takedown_reaches_what_only_its_download_tells(feed: Feed) -> None:
    feed.change(caption_languages=("*",))
    feed.server.routes |= {"/a": Answer(PAGE.format("a").encode(), "text/html"), "/a.mp4": GOOD, "/a.vtt": WORDS}
    (video_id,) = feed.list("/a").values()
    feed.store.remove_tree(layout.CRAWLS)  # a listing that broke off leaves its uploads, and no entry
    feed.run()
    counts = []
    for _ in range(2):
        publish(feed.store)
        with Catalog(feed.store) as catalog:
            about = [
                catalog.rows(f"SELECT * FROM {t} WHERE video_id = ?", [video_id]) for t in ("downloads", "captions")
            ]
        counts.append([len(rows) for rows in about])
        deny.add(feed.store, video_id, "asked to")
        feed.list("/b")  # what is published grows
    assert counts == [[1, 1], [0, 0]]


def test_captions_that_cannot_be_had_are_a_line_in_the_log(feed: Feed) -> None:
    feed.change(caption_languages=("*",))
    feed.server.routes |= {"/a": Answer(PAGE.format("a").encode(), "text/html"), "/a.mp4": GOOD}
    (video_id,) = feed.list("/a").values()
    assert feed.run().downloaded == 1
    (note,) = feed.last(video_id).notes
    assert note.startswith("captions en: ") and "404" in note


@pytest.fixture
def forget(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Begin as another process does, which knows of no pause."""

    def replace() -> None:
        pacer = HostPacer()
        for module in (facelib.fetching.download, facelib.fetching.fetcher):
            monkeypatch.setattr(module, "PACER", pacer)

    return replace


@pytest.mark.parametrize(
    ("answer", "reason", "hours"),
    [
        (Answer(status=503), "network", (1, 2, 4)),
        (Answer(status=403), "forbidden", (1, 2)),
        (Answer(status=429), "rate_limited", (1, 2)),
        (Answer(status=429, headers={"Retry-After": "10800"}), "rate_limited", (3, 3, 4)),
    ],
)
def test_later_runs_wait_longer_each_time(
    feed: Feed,
    later: Callable[[float], None],
    forget: Callable[[], None],
    answer: Answer,
    reason: str,
    hours: tuple[float, ...],
) -> None:
    feed.server.routes["/a.mp4"] = answer
    feed.list("/a.mp4")
    for wait in hours:
        forget()
        assert feed.run(retry=True).reasons == {reason: 1}
        later(wait - 0.01)
        waits = feed.run()
        assert (waits.failed, waits.postponed, waits.quarantined) == (0, 1, 0)
    forget()
    later(hours[-1] + 0.01)
    assert feed.run().reasons == {reason: 1}


def test_a_host_that_says_too_many_requests_is_left_alone(feed: Feed, forget: Callable[[], None]) -> None:
    """It asks for two minutes; what is left of it waits for another run, what lies elsewhere comes."""
    forget()
    feed.change(max_host_wait_s=60.0)
    busy = Answer(status=429, headers={"Retry-After": "120"})
    feed.server.routes |= {f"/{n}.mp4": busy for n in range(4)} | {"/z.mp4": GOOD}
    feed.list(*(f"/{n}.mp4" for n in range(4)), feed.server.url("/z.mp4", host="localhost"))
    said: list[str] = []
    report = feed.run(say=said.append)
    assert (report.downloaded, report.reasons, report.postponed) == (1, {"rate_limited": 1}, 3)
    assert sum(path.endswith(".mp4") and path != "/z.mp4" for _, path, _ in feed.server.requests) == 1
    assert any("nothing is fetched from it for 120 s" in line for line in said)


def test_a_short_pause_is_waited_for(feed: Feed, forget: Callable[[], None]) -> None:
    forget()
    feed.change(host_pause_s=0.2)
    feed.server.routes |= {"/a.mp4": [Answer(status=429), GOOD], "/b.mp4": [Answer(status=429), GOOD]}
    ids = feed.list("/a.mp4", "/b.mp4")
    assert feed.run().reasons == {"rate_limited": 2}
    assert max(feed.last(video_id).wait_s for video_id in ids.values()) > 0.1
    assert feed.run(retry=True).downloaded == 2


def test_a_released_upload_does_not_wait(feed: Feed) -> None:
    feed.server.routes["/a.mp4"] = Answer(status=503)
    feed.list("/a.mp4")
    for _ in range(facelib.fetching.download.MAX_ATTEMPTS):
        feed.run(retry=True)
    (entry,) = quarantine.active(feed.store)
    feed.server.routes["/a.mp4"] = GOOD
    assert feed.run(retry=True).downloaded == 0
    quarantine.release(feed.store, entry, by="anna")
    assert feed.run().downloaded == 1


def test_what_is_not_yet_a_recording_never_goes_to_quarantine(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    from yt_dlp.extractor.generic import GenericIE

    feed.list("/a")
    live = {"id": "v", "title": "t", "url": feed.server.url("/a.mp4"), "live_status": "is_upcoming"}
    monkeypatch.setattr(GenericIE, "_real_extract", lambda self, url: dict(live))
    for _ in range(facelib.fetching.download.MAX_ATTEMPTS + 1):
        report = feed.run(retry=True)
        assert (report.reasons, report.quarantined) == ({"live": 1}, 0)
    assert feed.run().postponed == 1


def test_two_hosts_at_a_time_and_one_upload_of_each(feed: Feed) -> None:
    lock, under_way, most = threading.Lock(), Counter[str](), Counter[str]()

    def slow(headers: dict[str, str]) -> Answer:
        host = headers["host"]
        with lock:
            under_way[host] += 1
            most[host] = max(most[host], under_way[host])
            most["all"] = max(most["all"], under_way.total())
        time.sleep(0.1)
        with lock:
            under_way[host] -= 1
        return GOOD

    names = [f"/{n}.mp4" for n in range(3)]
    feed.server.routes |= dict.fromkeys(names, slow)
    feed.list(*(feed.server.url(name, host=host) for name in names for host in ("127.0.0.1", "localhost")))
    one = feed.run().to_dict()
    assert (one["downloaded"], sorted(most.values())) == (6, [1, 1, 2])
    assert one["days"] == ["2024-03-01"] and one["size_bytes"] == 6 * len(CLIP)


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), Stopped(signal.SIGTERM)])
def test_an_end_by_signal_keeps_what_is_complete_and_what_is_half(feed: Feed, stop: BaseException) -> None:
    body = make_clip(frames=25)
    whole, half = Answer(body, "video/mp4"), Answer(body, "video/mp4", stall_after=len(body) // 2)
    feed.server.routes |= {"/a.mp4": whole, "/b.mp4": [half]}
    ids = feed.list("/a.mp4", feed.server.url("/b.mp4", host="localhost"))
    feed.server.routes["/b.mp4"] = [whole, half]

    def watch(upload: Upload) -> Callable[[int, int | None], None]:
        def progress(done: int, total: int | None) -> None:
            if upload.title == "b.mp4" and done > 10_000:
                while uploads.revision(feed.store, ids["a.mp4"]) is None:
                    time.sleep(0.01)
                raise stop

        return progress

    began = time.monotonic()
    with pytest.raises(type(stop)):
        feed.run(watch=watch)
    assert time.monotonic() - began < 10 and uploads.revision(feed.store, ids["b.mp4"]) is None
    assert not download_log.attempts(feed.store, ids["b.mp4"]), "an end that was asked for is no failure"
    feed.server.requests.clear()
    feed.server.routes["/b.mp4"] = whole
    assert feed.run().downloaded == 1
    assert any("range" in headers for headers in feed.server.asked("/b.mp4"))


def test_a_process_that_is_told_to_stop_ends_at_once_and_goes_on_later(feed: Feed) -> None:
    """The host has stopped answering in the middle of a file."""
    body = make_clip(frames=25)
    whole, half = Answer(body, "video/mp4"), Answer(body, "video/mp4", stall_after=len(body) // 2)
    feed.list("/a.mp4")
    feed.server.routes["/a.mp4"] = [whole, half]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FACELIB_")}
    environment |= {"FACELIB_STORE": feed.settings.store, "FACELIB_WORK_DIR": str(feed.settings.work_dir)}
    process = subprocess.Popen([sys.executable, "-m", "facelib.cli", "download"], env=environment)
    partial = feed.settings.work_dir / "downloads"
    deadline = time.monotonic() + 30
    while not list(partial.glob("*.partial/*.part")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    assert process.wait(timeout=20) == 130 and time.monotonic() - began < 10
    feed.server.requests.clear()
    feed.server.routes["/a.mp4"] = whole
    assert feed.run().downloaded == 1
    assert any("range" in headers for headers in feed.server.asked("/a.mp4"))


def select(feed: Feed, **values: Any) -> None:
    feed.settings.select = SelectSettings(**values)


def test_the_selection_by_the_listing_and_by_the_full_information(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    from yt_dlp.extractor.generic import GenericIE

    def listed(self: GenericIE, url: str) -> dict[str, Any]:
        return {"id": "v", "title": "t", "url": f"{url}.mp4", "duration": 5 if url.endswith("short") else 50}

    feed.server.routes |= {"/long.mp4": GOOD, "/short.mp4": GOOD}
    ids = feed.list("/long", "/short", "/other")
    monkeypatch.setattr(GenericIE, "_real_extract", listed)
    select(feed, min_seconds=10, title_pattern="long|short")
    report = feed.run()
    assert (report.downloaded, report.failed, report.filtered, report.reasons) == (1, 0, 2, {})
    tried = feed.last(ids["short"])
    assert (tried.state, tried.reason) == ("filtered", "filtered_duration") and not feed.server.asked("/short.mp4")
    assert not download_log.attempts(feed.store, ids["other"]) and not list(quarantine.active(feed.store))
    again = feed.run()
    assert (again.downloaded, again.filtered) == (0, 2) and len(download_log.attempts(feed.store, ids["short"])) == 1
    states = {row["video_id"]: row["state"] for row in table(feed.store)}
    assert states == {ids["long"]: "downloaded", ids["short"]: "filtered", ids["other"]: "waiting"}
    select(feed, min_seconds=1, title_pattern="long|short")
    assert (feed.run().downloaded, uploads.revision(feed.store, ids["short"]) is not None) == (1, True)


def test_a_sample_stays_the_same_while_it_comes(feed: Feed) -> None:
    names = [f"/{n}.mp4" for n in range(6)]
    feed.server.routes |= dict.fromkeys(names, GOOD)
    feed.list(*names)
    select(feed, sample=2, seed=7)
    first, second = feed.run(), feed.run()
    assert (first.downloaded, first.filtered, second.downloaded, second.filtered) == (2, 4, 0, 4)
    select(feed, sample=3, seed=7)
    assert feed.run().downloaded == 1


def test_the_wanted_and_the_got_height_are_kept_and_shown(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    from yt_dlp.extractor.generic import GenericIE

    def listed(self: GenericIE, url: str) -> dict[str, Any]:
        one = {"url": feed.server.url("/a.mp4"), "ext": "mp4", "vcodec": "avc1.4d", "acodec": "mp4a.40.2"}
        return {"id": "v", "title": "t", "formats": [one | {"format_id": f"h{h}", "height": h} for h in (360, 720)]}

    feed.server.routes["/a.mp4"] = GOOD
    document = {**Upload(video_id="v", extractor="generic", key="k", url=feed.server.url("/a")).to_dict()}
    document |= {"channel_url": feed.server.url("/feed.xml"), "extra": {"height": "700"}}
    uploads.record_sighting(feed.store, "v", document, now())
    monkeypatch.setattr(GenericIE, "_real_extract", listed)
    assert feed.run().downloaded == 1
    tried, info = feed.last("v"), uploads.read_upload(feed.store, "v")["info"]
    assert (tried.wanted_height, tried.height, tried.codec, tried.format_id) == (700, 720, "avc1.4d", "h720")
    assert (info["wanted_height"], info["height"], info["format_id"]) == (700, 720, "h720")
    (row,) = table(feed.store)
    assert (row["wanted_height"], row["height"], row["codec"]) == (700, 720, "avc1.4d")


def test_the_table_of_downloads_in_the_store_the_catalogue_and_a_file(feed: Feed, tmp_path: Path) -> None:
    feed.server.routes |= {"/good.mp4": GOOD, "/busy.mp4": Answer(status=503)}
    ids = feed.list("/good.mp4", "/gone.mp4", "/busy.mp4", "/new.mp4", "/denied.mp4")
    feed.server.routes["/new.mp4"] = GOOD
    deny.add(feed.store, ids["denied.mp4"], "asked to")
    publish(feed.store)
    assert {row["state"] for row in published_rows(feed.store)} == {"waiting"}
    deny.add(feed.store, ids["new.mp4"], "not yet")
    feed.run()
    feed.store.remove(layout.deny(ids["new.mp4"]))
    expected = {"good.mp4": "downloaded", "gone.mp4": "failed", "busy.mp4": "waiting", "new.mp4": "waiting"}
    rows = list(table(feed.store))
    assert {row["title"]: row["state"] for row in rows} == expected
    assert {row["title"]: (row["reason"], row["attempts"]) for row in rows if row["attempts"]} == {
        "good.mp4": ("", 1),
        "gone.mp4": ("gone", 1),
        "busy.mp4": ("network", 1),
    }
    publish(feed.store)
    before = published_rows(feed.store)
    assert {row["video_id"]: row["state"] for row in before} == {ids[t]: state for t, state in expected.items()}
    rebuild(feed.store)
    assert published_rows(feed.store) == before
    (entry,) = quarantine.active(feed.store)
    quarantine.release(feed.store, entry, by="anna")
    publish(feed.store)
    assert {row["state"] for row in published_rows(feed.store)} == {"downloaded", "waiting"}
    write_csv(rows, tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert list(read[0]) == list(COLUMNS) and [r["downloaded"] for r in read] == [str(r["downloaded"]) for r in rows]
    assert [row["title"] for row in table(feed.store, "downloaded")] == ["good.mp4"]
    with pytest.raises(SettingsError, match="downloaded, waiting, failed, filtered"):
        list(table(feed.store, "lost"))


def published_rows(store: Store) -> list[dict[str, Any]]:
    with Catalog(store) as catalog:
        return catalog.rows("SELECT * FROM downloads ORDER BY video_id")


def test_a_log_of_an_earlier_version_is_read(feed: Feed) -> None:
    (video_id,) = feed.list("/a.mp4").values()
    feed.store.put(layout.attempt(video_id, now()), b'{"message":"m","reason":"network"}')
    (tried,) = download_log.attempts(feed.store, video_id)
    assert (tried.state, tried.reason, tried.message, tried.counts) == ("failed", "network", "m", True)
    assert feed.run().postponed == 1
