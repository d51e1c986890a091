"""Listing channels over a real connection."""

import socket
from collections.abc import Callable

import pytest

from facelib.errors import SourceError
from facelib.ids import video_id
from facelib.sources.channel import ChannelSource
from facelib.sources.ytdlp import DownloadSettings
from tests.support.http_server import Answer, HttpServer

Feed = Callable[[list[str]], bytes]


def test_a_feed_gives_its_enclosures_with_their_days(
    server: HttpServer, settings: DownloadSettings, feed: Feed
) -> None:
    addresses = [server.url("/1.mp4?b=1&a=2&utm_source=feed"), "/2.mp4", server.url("/3.mp4"), server.url("/3.mp4#x")]
    server.routes["/feed"] = Answer(feed(addresses), "application/rss+xml")
    source = ChannelSource(server.url("/feed"), settings)
    uploads = list(source.list_uploads())
    assert source.title == "Talks" and [u.title for u in uploads] == ["Talk 1", "Talk 2", "Talk 3"]
    assert [u.upload_day for u in uploads] == ["2024-03-01", "2024-03-02", "2024-03-03"]
    assert uploads[0].timestamp == 1709335800.0 and uploads[0].description == "About 1"
    assert uploads[0].key == server.url("/1.mp4?a=2&b=1") and uploads[0].extra == {"guid": "guid-1"}
    assert uploads[1].url == server.url("/2.mp4")
    assert {u.channel_id for u in uploads} == {source.channel_id}
    assert [u.video_id for u in uploads] == [video_id("generic", u.key) for u in uploads]
    assert len(server.requests) == 1


def test_a_link_to_a_known_site_is_that_sites_video(server: HttpServer, settings: DownloadSettings) -> None:
    item = "<item><title>T</title><link>https://www.youtube.com/watch?v=dQw4w9WgXcQ&amp;t=3</link></item>"
    server.routes["/feed"] = Answer(f"<rss><channel>{item}</channel></rss>".encode(), "text/xml")
    (upload,) = ChannelSource(server.url("/feed"), settings).list_uploads()
    assert upload.video_id == video_id("youtube", "dQw4w9WgXcQ") and upload.upload_day is None


ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<title>Talks by Atom</title>{}</feed>"""
ENTRY = "<entry><id>urn:x</id><title>T</title><published>2026-01-05T23:30:00-02:00</published>{}</entry>"


@pytest.mark.parametrize(
    ("links", "key"),
    [
        ('<link rel="alternate" href="/page"/><link rel="enclosure" type="video/mp4" href="/1.mp4"/>', "/1.mp4"),
        ('<link href="/2.mp4"/>', "/2.mp4"),
        ('<media:group><media:content url="/3.mp4" type="video/mp4"/></media:group>', "/3.mp4"),
        (
            '<link rel="alternate" href="https://www.youtube.com/watch?v=dQw4w9WgXcQ"/><media:group>'
            '<media:content url="https://www.youtube.com/v/dQw4w9WgXcQ" type="application/x-flash"/></media:group>',
            "dQw4w9WgXcQ",
        ),
        ('<link rel="self" href="/entry.xml"/>', None),
        ("", None),
    ],
)
def test_an_atom_feed_gives_the_videos_that_it_links_to(
    server: HttpServer, settings: DownloadSettings, links: str, key: str | None
) -> None:
    server.routes["/feed"] = Answer(ATOM.format(ENTRY.format(links)).encode(), "application/atom+xml")
    source = ChannelSource(server.url("/feed"), settings)
    uploads = list(source.list_uploads())
    assert source.title == "Talks by Atom" and len(server.requests) == 1
    if key is None:
        assert uploads == []
        return
    (upload,) = uploads
    assert upload.key == (server.url(key) if key.startswith("/") else key)
    assert (upload.title, upload.upload_day) == ("T", "2026-01-06")


@pytest.mark.parametrize("body", [ATOM.format("<entry>"), ATOM.format("")[:-7] + "<!-- cut off"])
def test_an_atom_feed_that_breaks_off_is_no_feed(server: HttpServer, settings: DownloadSettings, body: str) -> None:
    server.routes["/feed"] = Answer(body.encode(), "application/atom+xml")
    with pytest.raises(SourceError) as caught:
        list(ChannelSource(server.url("/feed"), settings).list_uploads())
    assert caught.value.reason == "not_a_feed"


def test_an_empty_feed_has_no_uploads(server: HttpServer, settings: DownloadSettings, feed: Feed) -> None:
    server.routes["/feed"] = Answer(feed([]), "application/rss+xml")
    assert list(ChannelSource(server.url("/feed"), settings).list_uploads()) == []


@pytest.mark.parametrize("kind", ["video/mp4", "application/octet-stream"])
def test_a_link_to_one_file_is_a_channel_of_one(
    server: HttpServer, settings: DownloadSettings, clips: list[bytes], kind: str
) -> None:
    written = {"Last-Modified": "Fri, 01 Mar 2024 10:00:00 GMT"}
    server.routes["/talk.mp4"] = Answer(clips[0], kind, headers=written)
    (upload,) = ChannelSource(server.url("/talk.mp4"), settings).list_uploads()
    assert (upload.title, upload.upload_day, upload.key) == ("talk", "2024-03-01", server.url("/talk.mp4"))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!doctype html><html><head><title>Hi</title></head><body><p>text</p></body></html>", "text/html"),
        (b'{"a": [1, 2, 3]}', "application/json"),
        (b"just some words\n" * 50, "text/plain"),
        (b"PK\x03\x04" + bytes(2000), "application/zip"),
        (b"", "text/plain"),
        (b"<?xml version='1.0'?><catalog><book/></catalog>", "text/xml"),
        (b"<rss><channel><item>", "application/rss+xml"),
        (b"<!doctype html><p>no video", "video/mp4"),
    ],
)
def test_what_is_no_feed_is_named(server: HttpServer, settings: DownloadSettings, body: bytes, kind: str) -> None:
    server.routes["/page"] = Answer(body, kind)
    with pytest.raises(SourceError) as caught:
        list(ChannelSource(server.url("/page"), settings).list_uploads())
    assert caught.value.reason == "not_a_feed" and server.url("/page") in str(caught.value)


@pytest.mark.parametrize(
    ("status", "reason", "requests"),
    [
        (404, "feed_unreachable", 1),
        (403, "feed_unreachable", 1),
        (401, "private", 1),
        (429, "rate_limited", 1),
        (500, "feed_unreachable", 3),
    ],
)
def test_a_feed_that_the_host_refuses(
    server: HttpServer, settings: DownloadSettings, status: int, reason: str, requests: int
) -> None:
    server.routes["/feed"] = Answer(status=status)
    with pytest.raises(SourceError) as caught:
        list(ChannelSource(server.url("/feed?token=hunter2"), settings).list_uploads())
    assert caught.value.reason == reason and len(server.requests) == requests
    assert server.url("/feed?token=***") in str(caught.value) and "hunter2" not in str(caught.value)


def test_a_closed_port_is_unreachable(settings: DownloadSettings) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/feed"
        with pytest.raises(SourceError) as caught:
            list(ChannelSource(url, settings).list_uploads())
    assert caught.value.reason == "feed_unreachable" and url in str(caught.value)


def test_a_feed_comes_after_a_pause(server: HttpServer, settings: DownloadSettings, feed: Feed) -> None:
    server.routes["/feed"] = [Answer(status=503), Answer(feed(["/1.mp4"]), "text/xml")]
    assert len(list(ChannelSource(server.url("/feed"), settings).list_uploads())) == 1


def test_a_redirect_to_another_host_is_not_followed(server: HttpServer, settings: DownloadSettings, feed: Feed) -> None:
    server.routes["/feed"] = Answer(status=302, headers={"Location": server.url("/real", host="localhost")})
    server.routes["/real"] = Answer(feed(["/1.mp4"]), "text/xml")
    with pytest.raises(SourceError) as caught:
        list(ChannelSource(server.url("/feed"), settings).list_uploads())
    assert caught.value.reason == "host_not_allowed" and "'localhost'" in str(caught.value)
    assert "FACELIB_DOWNLOAD__ALLOWED_HOSTS" in str(caught.value) and server.url("/feed") in str(caught.value)
    assert not server.asked("/real")
    allowed = settings.model_copy(update={"allowed_hosts": ("local*",)})
    assert len(list(ChannelSource(server.url("/feed"), allowed).list_uploads())) == 1
