"""Captions: read from the formats that sites serve, fetched beside the video, never in its way."""

import json
from pathlib import Path
from typing import Any

import pytest

from facelib.ids import video_id
from facelib.sources.base import Downloaded, Upload
from facelib.sources.captions import parse
from facelib.sources.channel import ChannelSource
from facelib.sources.transfer import Transfer
from facelib.sources.ytdlp import DownloadSettings
from tests.support.http_server import Answer, HttpServer

VTT = """WEBVTT - made by hand
X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0

NOTE a remark
00:00:00.000 is no cue

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.500 align:start position:0%
<v Ann><i>Hello</i> &amp; welcome</v>
to <00:00:02.000><c.loud>this</c>

01:00:00.250 --> 01:00:01.000
No.

01:00:01.000 --> 01:00:02.000
No.
"""
SRT = "\ufeff1\r\n00:00:01,5 --> 00:00:02,250\r\n{\\an8}<b>One</b>\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nTwo\r\n"
ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:00.000 --> 00:00:02.000 align:start position:0%
 
so<00:00:00.500><c> today</c><00:00:01.000><c> we</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
so today we
 

00:00:02.010 --> 00:00:04.000 align:start position:0%
so today we
talk<00:00:02.500><c> about</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
talk about
 

00:00:04.010 --> 00:00:06.000 align:start position:0%
talk about
faces
"""  # noqa: W293 - the blanks are part of the format
JSON3 = json.dumps(
    {
        "events": [
            {"tStartMs": 0, "dDurationMs": 9000, "id": 1},
            {"tStartMs": 0, "dDurationMs": 4000, "segs": [{"utf8": "so"}, {"utf8": " today", "tOffsetMs": 400}]},
            {"tStartMs": 2000, "dDurationMs": 2000, "aAppend": 1, "segs": [{"utf8": "\n"}]},
            {"tStartMs": 2010, "dDurationMs": 3990, "segs": [{"utf8": "we talk"}]},
        ]
    }
)


@pytest.mark.parametrize(
    ("text", "extension", "automatic", "lines"),
    [
        pytest.param(
            VTT,
            "vtt",
            False,
            [(1, 2.5, "Hello & welcome to this"), (3600.25, 3601, "No."), (3601, 3602, "No.")],
            id="WebVTT",
        ),
        pytest.param(SRT, "srt", False, [(1.5, 2.25, "One"), (3, 4, "Two")], id="SubRip"),
        pytest.param(
            ROLLING,
            "vtt",
            True,
            [(0, 2.01, "so today we"), (2.01, 4.01, "talk about"), (4.01, 6, "faces")],
            id="rolling",
        ),
        pytest.param(
            ROLLING,
            "vtt",
            False,
            [(0, 2.01, "so today we"), (2.01, 4.01, "talk about"), (4.01, 6, "faces")],
            id="rolling, not said to be automatic",
        ),
        pytest.param(JSON3, "json3", True, [(0, 2.01, "so today"), (2.01, 6, "we talk")], id="json3"),
        pytest.param(JSON3, "json3", False, [(0, 4, "so today"), (2.01, 6, "we talk")], id="json3 by hand"),
        pytest.param("{", "json3", False, [], id="broken json3"),
        pytest.param('{"events": [{"segs": [{"utf8": "x"}]}]}', "json3", False, [], id="json3 without times"),
        pytest.param("WEBVTT\n\n99:99 --> 1\nx\n", "vtt", False, [], id="no times"),
        pytest.param("", "vtt", False, [], id="empty"),
        pytest.param("<tt/>", "ttml", False, [], id="a format that is only kept"),
        pytest.param("2\n00:05.000 --> 00:01.000\nback\n", "srt", False, [(5, 5, "back")], id="ends before it starts"),
    ],
)
def test_parse(text: str, extension: str, automatic: bool, lines: list[tuple[float, float, str]]) -> None:
    got = parse(text, extension, automatic=automatic)
    assert [line.text for line in got] == [said for _, _, said in lines]
    times = [time for start, end, _ in lines for time in (start, end)]
    assert [time for line in got for time in (line.start_s, line.end_s)] == pytest.approx(times)


def fetch(server: HttpServer, settings: DownloadSettings, folder: Path) -> tuple[Downloaded, Transfer]:
    url = server.url("/page")
    upload = Upload(video_id=video_id("generic", url), extractor="generic", key=url, url=url)
    transfer = Transfer(upload)
    return ChannelSource(server.url("/feed"), settings).download(upload, folder, transfer), transfer


PAGE = (
    "<!doctype html><html><head><title>A talk</title></head><body><video src='/clip.mp4'>"
    "<track kind='captions' src='/en.vtt' srclang='en-GB'><track kind='subtitles' src='/de.vtt' srclang='de'>"
    "<track kind='subtitles' src='/fr.vtt' srclang='fr'></video></body></html>"
)


def words(text: str) -> Answer:
    return Answer(f"WEBVTT\n\n00:00.000 --> 00:01.000\n{text}\n".encode(), "text/vtt")


@pytest.mark.parametrize(
    ("languages", "kept"),
    [((), []), (("en*",), ["en-GB.vtt"]), (("*",), ["de.vtt", "en-GB.vtt"]), (("*", "-de"), ["en-GB.vtt"])],
)
def test_captions_of_a_page(
    server: HttpServer,
    settings: DownloadSettings,
    clips: list[bytes],
    tmp_path: Path,
    languages: tuple[str, ...],
    kept: list[str],
) -> None:
    """French is listed and cannot be had, which the video survives."""
    server.routes |= {"/page": Answer(PAGE.encode(), "text/html"), "/clip.mp4": Answer(clips[0], "video/mp4")}
    server.routes |= {"/en.vtt": words("hello"), "/de.vtt": words("hallo")}
    got, transfer = fetch(server, settings.model_copy(update={"caption_languages": languages}), tmp_path)
    assert got.path.read_bytes() == clips[0]
    assert [path.name.partition(".")[2] for path in got.captions] == kept
    assert set(tmp_path.iterdir()) == {got.path, *got.captions}
    assert len(transfer.notes) == ("*" in languages) and all("fr" in note and "404" in note for note in transfer.notes)
    assert transfer.received == len(clips[0])


@pytest.mark.parametrize(("automatic", "kept"), [(False, ["en.vtt"]), (True, ["en.vtt", "pt.auto.vtt"])])
def test_automatic_captions_fill_in(
    server: HttpServer,
    settings: DownloadSettings,
    clips: list[bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    automatic: bool,
    kept: list[str],
) -> None:
    """A site that lists both kinds, and its chat as one of them; written captions come before automatic ones."""
    from yt_dlp.extractor.generic import GenericIE

    def listed(self: GenericIE, url: str) -> dict[str, Any]:
        def one(path: str) -> list[dict[str, str]]:
            return [{"url": server.url(f"/{path}.json3"), "ext": "json3"}, {"url": server.url(path), "ext": "vtt"}]

        automatic = {"en": one("/none.vtt"), "pt": one("/pt.vtt")}
        subtitles = {"en": one("/en.vtt"), "live_chat": one("/chat.vtt")}
        return {
            **{"id": "v", "title": "A talk", "url": server.url("/clip.mp4?sig=secret"), "ext": "mp4"},
            **{"subtitles": subtitles, "automatic_captions": automatic, "http_headers": {"Cookie": "secret"}},
        }

    monkeypatch.setattr(GenericIE, "_real_extract", listed)
    server.routes |= {"/clip.mp4": Answer(clips[0], "video/mp4"), "/en.vtt": words("hello"), "/pt.vtt": words("olá")}
    changes = {"caption_languages": ("*",), "automatic_captions": automatic}
    got, transfer = fetch(server, settings.model_copy(update=changes), tmp_path)
    assert [path.name.partition(".")[2] for path in got.captions] == kept and not transfer.notes
    assert not server.asked("/chat.vtt") and not server.asked("/none.vtt")
    said = json.dumps(transfer.information)
    assert "secret" not in said and str(tmp_path) not in said and "pt" in transfer.information["automatic_captions"]
