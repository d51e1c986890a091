"""What is written down of each try, and what the catalogue says of it."""

import json
from typing import Any

import pytest

from facelib.catalog.reader import Catalog
from facelib.clock import now
from facelib.fetching.download_table import table
from facelib.publish import publish
from facelib.sources.base import Upload
from facelib.store import deny, download_log, layout, uploads
from tests.support.feeds import CLIP, GOOD, PAGE, WORDS, Feed
from tests.support.http_server import Answer


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
    assert tried.host == f"127.0.0.1:{feed.server.port}" and 0 < tried.seconds < 100 and tried.format_id
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


def test_a_log_of_an_earlier_version_is_read(feed: Feed) -> None:
    (video_id,) = feed.list("/a.mp4").values()
    feed.store.put(layout.attempt(video_id, now()), b'{"message":"m","reason":"network"}')
    (tried,) = download_log.attempts(feed.store, video_id)
    assert (tried.state, tried.reason, tried.message, tried.counts) == ("failed", "network", "m", True)
    assert feed.run().postponed == 1
