"""The media server over real sockets: what it serves, what it refuses, ranges."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from facelib import source_media
from facelib.errors import FacelibError
from facelib.media_server import HOST, MediaServer, media_url
from facelib.store import deny, documents, layout, uploads
from facelib.store.objects import Store

BODY = bytes(range(256)) * 4
CLIP = "media/v-0123456789/fp/a.000025.0.12345678.mp4"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    store.put(CLIP, BODY)
    store.put(CLIP.replace(".mp4", ".jpg"), b"jpg")
    store.put(CLIP.replace(".mp4", ".wav"), b"")
    store.put("media/v-0123456789/fp/faces.npy", b"array")
    store.put("raw/v-0123456789/source.mp4", b"raw")
    outside = tmp_path / "outside.mp4"
    outside.write_bytes(b"outside")
    (tmp_path / "outside.txt").write_bytes(b"text")
    kept = {"stored": ("raw/v-0123456789/source.mp4", ""), "folder": ("", str(outside))}
    kept |= {"text": ("", str(tmp_path / "outside.txt")), "gone": ("", str(tmp_path / "gone.mp4"))}
    (tmp_path / "link.mp4").symlink_to(tmp_path / "outside.txt")
    (tmp_path / "IMG_1.MOV").write_bytes(b"capital")
    kept |= {name: ("", str(tmp_path / file)) for name, file in {"link": "link.mp4", "camera": "IMG_1.MOV"}.items()}
    kept |= dict.fromkeys(("denied", "changed"), ("", str(outside)))
    sizes = {"stored": 3, "changed": 6, "text": 4, "link": 4}
    for video_id, (key, path) in kept.items():
        revision = uploads.Revision(1, "d" * 64, sizes.get(video_id, 7), key, path, "")
        uploads.add_revision(store, revision, video_id)
    store.put(layout.revision("later", 1), documents.encode({"number": 1, "of a later version": True}))
    deny.add(store, "denied", "asked to")
    (store.root / "media" / "link.mp4").symlink_to(outside)
    return store


@pytest.fixture
def server(store: Store) -> Iterator[MediaServer]:
    server = MediaServer(store)
    server.start()
    yield server
    server.stop()


def ask(server: MediaServer, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(HOST, server.server_port, timeout=60)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def test_a_clip_comes_whole_with_its_type(server: MediaServer) -> None:
    status, headers, body = ask(server, f"/{CLIP}")
    assert (status, body) == (200, BODY)
    assert headers["content-type"] == "video/mp4"
    assert headers["accept-ranges"] == "bytes"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"].startswith("private")


@pytest.mark.parametrize(
    ("key", "kind", "body"), [(".jpg", "image/jpeg", b"jpg"), (".wav", "audio/wav", b"")], ids=["picture", "sound"]
)
def test_what_lies_beside_a_clip_comes_too(server: MediaServer, key: str, kind: str, body: bytes) -> None:
    status, headers, got = ask(server, "/" + CLIP.replace(".mp4", key))
    assert (status, headers["content-type"], got) == (200, kind, body)


@pytest.mark.parametrize(("video_id", "content"), [("stored", b"raw"), ("folder", b"outside"), ("camera", b"capital")])
def test_a_source_that_is_kept_comes_by_the_id_of_its_video(
    server: MediaServer, store: Store, video_id: str, content: bytes
) -> None:
    address = source_media.address(store, video_id, lambda: server.url)
    status, headers, body = ask(server, address.removeprefix(server.url))
    assert (status, headers["content-type"], body) == (200, "video/mp4", content)


@pytest.mark.parametrize("video_id", ["text", "gone", "unknown", "denied", "changed", "link"])
def test_other_sources_have_no_address(server: MediaServer, store: Store, video_id: str) -> None:
    assert source_media.address(store, video_id, lambda: server.url) == ""
    assert ask(server, f"/source/{video_id}")[0] == 404


def test_a_record_of_a_later_version_is_no_source(server: MediaServer) -> None:
    assert ask(server, "/source/later")[0] == 404


def test_a_bucket_has_no_address_for_a_file_beside_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "address", "s3://bucket/prefix")
    assert source_media.address(store, "folder", lambda: pytest.fail("no server is needed")) == ""


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-99", 206, 0, 99),
        ("bytes=100-", 206, 100, 1023),
        ("bytes=-24", 206, 1000, 1023),
        ("bytes=-5000", 206, 0, 1023),
        ("bytes=1000-5000", 206, 1000, 1023),
        ("bytes=0-", 206, 0, 1023),
        ("bytes=0-1,5-9", 200, 0, 1023),
        ("bytes=9-1", 200, 0, 1023),
        ("bytes=-", 200, 0, 1023),
        ("lines=1-2", 200, 0, 1023),
        ("bytes=" + "9" * 5000 + "-", 200, 0, 1023),
    ],
)
def test_ranges(server: MediaServer, asked: str, status: int, first: int, last: int) -> None:
    got, headers, body = ask(server, f"/{CLIP}", Range=asked)
    assert (got, body) == (status, BODY[first : last + 1])
    assert headers.get("content-range") == (f"bytes {first}-{last}/1024" if status == 206 else None)


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=-0", "bytes=5000-6000"])
def test_a_range_beyond_the_end_is_refused(server: MediaServer, asked: str) -> None:
    status, headers, body = ask(server, f"/{CLIP}", Range=asked)
    assert (status, headers["content-range"], body) == (416, "bytes */1024", b"")


def test_head_sends_no_body(server: MediaServer) -> None:
    status, headers, body = ask(server, f"/{CLIP}", method="HEAD")
    assert (status, headers["content-length"], body) == (200, "1024", b"")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/media",
        "/media/",
        "/media/v-0123456789/fp/",
        "/media/v-0123456789/fp/faces.npy",
        "/media/v-0123456789/fp/none.mp4",
        "/media/link.mp4",
        "/raw/v-0123456789/source.mp4",
        "/media/../raw/v-0123456789/source.mp4",
        "/media/%2e%2e/raw/v-0123456789/source.mp4",
        "/media/..%2fraw%2fv-0123456789%2fsource.mp4",
        "/media/..%5craw%5cv-0123456789%5csource.mp4",
        "/%2Fetc/hosts.mp4",
        "/media/a%00.mp4",
        "/source/",
        "/source/..",
        "/source/stored/../stored",
        "/source/%2e%2e%2fraw",
        "/source/a%00",
        "/media/" + "a" * 3000 + ".mp4",
    ],
)
def test_nothing_else_is_served(server: MediaServer, path: str) -> None:
    status, _, body = ask(server, path)
    assert (status, body) == (404, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_it_is_read_only(server: MediaServer, store: Store, method: str) -> None:
    assert ask(server, f"/{CLIP}", method=method)[0] == 501
    assert store.read(CLIP) == BODY


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8080", 200),
        ("[::1]:80", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
    ],
)
def test_only_local_names_are_answered(server: MediaServer, host: str, status: int) -> None:
    assert ask(server, f"/{CLIP}", Host=host)[0] == status


def test_one_connection_carries_several_requests(server: MediaServer) -> None:
    connection = http.client.HTTPConnection(HOST, server.server_port, timeout=60)
    for path, status in [(f"/{CLIP}", 200), ("/media/none.mp4", 404), (f"/{CLIP}", 200)]:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()


def test_a_taken_port_is_named(server: MediaServer, store: Store) -> None:
    with pytest.raises(FacelibError, match=str(server.server_port)) as error:
        MediaServer(store, server.server_port)
    assert error.value.reason == "port_taken"


def test_the_url_of_a_key_is_quoted_and_found(server: MediaServer, store: Store) -> None:
    store.put("media/v/f/ä b#?.jpg", b"odd")
    path = media_url(server.url + "/", "media/v/f/ä b#?.jpg").removeprefix(server.url)
    assert ask(server, path)[2] == b"odd"


def test_the_command_serves_until_it_is_told_to_stop(store: Store, tmp_path: Path) -> None:
    environment = {**os.environ, "FACELIB_STORE": str(store.root)}
    command = [sys.executable, "-m", "facelib.media_server", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
        connection.request("GET", f"/{CLIP}")
        assert connection.getresponse().status == 200
        connection.close()
        process.terminate()
        assert process.wait(60) == 0
