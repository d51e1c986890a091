"""Streams in pieces: joined, refused where pieces lack, and never handed to a program that asks hosts on its own."""

import io
from pathlib import Path

import av
import numpy as np
import pytest

from facelib.ids import video_id
from facelib.sources.base import Downloaded, DownloadError, Upload
from facelib.sources.channel import ChannelSource
from facelib.sources.ytdlp import DownloadSettings
from tests.sources.conftest import make_clip
from tests.support.http_server import Answer, HttpServer

M3U8 = "application/vnd.apple.mpegurl"


def playlist(*pieces: str, head: str = "") -> Answer:
    lines = "".join(f"#EXTINF:1.0,\n{piece}\n" for piece in pieces)
    text = f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n{head}{lines}#EXT-X-ENDLIST\n"
    return Answer(text.encode(), M3U8)


def sound() -> bytes:
    """One second of AAC in an MPEG-TS container."""
    held = io.BytesIO()
    with av.open(held, "w", format="mpegts") as output:
        stream = output.add_stream("aac", rate=16000, layout="mono")
        samples = (np.sin(np.arange(16000) / 10) * 0.3).astype(np.float32)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
        frame.sample_rate = 16000
        output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return held.getvalue()


def fetch(server: HttpServer, settings: DownloadSettings, folder: Path, path: str) -> Downloaded:
    url = server.url(path)
    upload = Upload(video_id=video_id("generic", url), extractor="generic", key=url, url=url)
    return ChannelSource(server.url("/feed"), settings).download(upload, folder)


def test_pieces_and_a_separate_sound_track_become_one_file(
    server: HttpServer, settings: DownloadSettings, tmp_path: Path
) -> None:
    master = (
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",LANGUAGE="en",DEFAULT=YES,URI="sound.m3u8"\n'
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="en",LANGUAGE="en",URI="words.m3u8"\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=128x128,"
        'CODECS="avc1.4d401e,mp4a.40.2",AUDIO="a",SUBTITLES="s"\nv.m3u8\n'
    )
    server.routes |= {
        "/master.m3u8": Answer(master.encode(), M3U8),
        "/v.m3u8": playlist("v.ts"),
        "/sound.m3u8": playlist("a.ts"),
        "/words.m3u8": playlist("w.vtt"),
        "/v.ts": Answer(make_clip(container="mpegts"), "video/mp2t"),
        "/a.ts": Answer(sound(), "video/mp2t"),
        "/w.vtt": Answer(b"WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n", "text/vtt"),
    }
    spoken = settings.model_copy(update={"caption_languages": ("en",)})
    got = fetch(server, spoken, tmp_path, "/master.m3u8")
    assert got.path.stem == got.upload.video_id and got.path.suffix in (".mp4", ".mkv") and got.info["height"] == 128
    with av.open(got.path) as opened:
        assert {stream.type for stream in opened.streams} == {"video", "audio"}
        assert sum(1 for _ in opened.decode(video=0)) == 25
    (caption,) = got.captions
    assert caption.name == f"{got.upload.video_id}.en.vtt" and "hello" in caption.read_text()
    assert set(tmp_path.iterdir()) == {got.path, caption}


def test_a_stream_without_one_of_its_pieces_is_no_file(
    server: HttpServer, settings: DownloadSettings, tmp_path: Path
) -> None:
    server.routes |= {"/v.m3u8": playlist("1.ts", "2.ts"), "/1.ts": Answer(make_clip(container="mpegts"))}
    with pytest.raises(DownloadError) as caught:
        fetch(server, settings.model_copy(update={"fragment_retries": 0}), tmp_path, "/v.m3u8")
    assert caught.value.reason in ("gone", "network") and {p.suffix for p in tmp_path.iterdir()} <= {".partial"}


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="key"\n', "unsupported"),
        ('#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://key",KEYFORMAT="com.apple.streamingkeydelivery"\n', "unsupported"),
    ],
)
def test_a_stream_for_other_programs_is_refused(
    server: HttpServer, settings: DownloadSettings, tmp_path: Path, head: str, reason: str
) -> None:
    server.routes |= {"/v.m3u8": playlist("1.ts", head=head), "/1.ts": Answer(make_clip(container="mpegts"))}
    with pytest.raises(DownloadError) as caught:
        fetch(server, settings, tmp_path, "/v.m3u8")
    assert caught.value.reason == reason and not server.asked("/1.ts")


def test_a_piece_on_another_host_is_refused(server: HttpServer, settings: DownloadSettings, tmp_path: Path) -> None:
    server.routes |= {"/v.m3u8": playlist(server.url("/1.ts", host="localhost")), "/1.ts": Answer(make_clip())}
    with pytest.raises(DownloadError) as caught:
        fetch(server, settings, tmp_path, "/v.m3u8")
    assert caught.value.reason == "host_not_allowed" and not server.asked("/1.ts")
