"""What is particular to object storage: writers far apart, lost connections, errors in words, local copies."""

import multiprocessing
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions

from facelib.errors import StoreError
from facelib.machine_faults import is_machine_fault
from facelib.store import s3_errors, s3_writes
from facelib.store.objects import Store
from facelib.store.options import StoreOptions
from tests.support.flaky_proxy import FlakyProxy, in_front_of
from tests.support.s3_server import ACCESS, S3Server

PART = 5 << 20
"""The smallest part that S3 takes."""


@pytest.fixture
def bucket(s3_server: S3Server, tmp_path: Path) -> Store:
    return s3_server.store(tmp_path / "cache")


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[FlakyProxy]:
    with in_front_of(s3_server.port) as running:
        yield running


@pytest.fixture
def by_proxy(bucket: Store, proxy: FlakyProxy, s3_server: S3Server, tmp_path: Path) -> Store:
    """The same bucket over a line that may break; the first requests are through."""
    store = Store(bucket.address, s3_server.options(tmp_path / "other", endpoint=proxy.endpoint))
    store.put("first", b"")
    return store


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_writes, "SINGLE_BYTES", PART)
    monkeypatch.setattr("facelib.store.s3_objects.SINGLE_BYTES", PART)


def large(path: Path, seed: int = 0) -> bytes:
    data = bytes([seed]) * (PART + 7)
    path.write_bytes(data)
    return data


def test_a_large_file_goes_in_parts(bucket: Store, small_parts: None, tmp_path: Path) -> None:
    data = large(tmp_path / "a")
    assert bucket.put_file("big.mp4", tmp_path / "a")
    assert bucket.identity("big.mp4").strip('"').endswith("-2")
    assert bucket.read("big.mp4") == data
    assert not bucket.put_file("big.mp4", tmp_path / "a", move=True)
    assert not (tmp_path / "a").exists()


def _race(root: str, options: StoreOptions, folder: str, number: int, queue: "multiprocessing.Queue[Any]") -> None:
    s3_writes.SINGLE_BYTES = PART
    store, source = Store(root, options), Path(folder, str(number))
    store.put("warm/up", b"")
    large(source, number)
    queue.put([store.put("small", str(number).encode()), store.put_file("large", source)])


def test_of_writers_in_several_processes_exactly_one_wins(bucket: Store, s3_server: S3Server, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[Any] = context.Queue()
    options = s3_server.options(tmp_path / "cache")
    arguments = [(bucket.address, options, str(tmp_path), n, queue) for n in range(3)]
    writers = [context.Process(target=_race, args=one) for one in arguments]
    for writer in writers:
        writer.start()
    won = [queue.get(timeout=120) for _ in writers]
    for writer in writers:
        writer.join()
    assert [sum(row) for row in zip(*won, strict=True)] == [1, 1]


def test_of_many_threads_exactly_one_wins(bucket: Store) -> None:
    won: list[bool] = []
    threads = [
        threading.Thread(target=lambda n=n: won.append(bucket.put("k", str(n).encode())))  # type: ignore[misc]
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_a_writer_whose_answer_got_lost_knows_that_it_was_first(by_proxy: Store, proxy: FlakyProxy) -> None:
    proxy.lose_answers = 1
    assert by_proxy.put("k", b"one")
    assert proxy.lose_answers == 0
    proxy.lose_answers = 1
    assert not by_proxy.put("k", b"one")


def test_a_large_file_whose_last_answer_got_lost(
    by_proxy: Store, proxy: FlakyProxy, small_parts: None, tmp_path: Path
) -> None:
    large(tmp_path / "a")
    large(tmp_path / "b", 1)
    assert by_proxy.put_file("other", tmp_path / "b")
    proxy.methods, proxy.lose_answers = (b"POST",), 2
    assert by_proxy.put_file("k", tmp_path / "a")
    assert proxy.lose_answers == 0
    assert by_proxy.size("k") == PART + 7


def test_a_download_that_breaks_off_goes_on(by_proxy: Store, proxy: FlakyProxy, tmp_path: Path) -> None:
    data = os.urandom(3 << 20)
    by_proxy.put("k", data)
    proxy.cut_after = 2 << 20
    assert by_proxy.read("k") == data
    proxy.cut_after = 2 << 20
    assert by_proxy.local("k").read_bytes() == data


def test_a_service_that_is_away_for_a_while(
    bucket: Store, proxy: FlakyProxy, s3_server: S3Server, tmp_path: Path
) -> None:
    store = Store(bucket.address, s3_server.options(tmp_path, endpoint=proxy.endpoint, attempts=12))
    assert store.put("first", b"")
    proxy.down = True
    threading.Timer(0.3, lambda: setattr(proxy, "down", False)).start()
    assert store.put("k", b"one")


def test_a_service_that_stays_away_is_named(by_proxy: Store, proxy: FlakyProxy) -> None:
    proxy.down = True
    with pytest.raises(StoreError, match=f"{proxy.endpoint} cannot be reached.*FACELIB_S3_ENDPOINT") as away:
        by_proxy.read("k")
    assert away.value.reason == "store_unreachable"
    assert is_machine_fault(away.value)


def test_a_bucket_that_is_not_there(s3_server: S3Server, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no bucket 'no-such'.*FACELIB_STORE") as absent:
        Store("s3://no-such/x", s3_server.options(tmp_path)).exists("k")
    assert absent.value.reason == "no_bucket"


def test_credentials_that_are_not_known(s3_server: S3Server, bucket: Store, tmp_path: Path) -> None:
    with s3_server.looking_at_signatures(), pytest.raises(StoreError, match="AWS_ACCESS_KEY_ID") as refused:
        Store(bucket.address, s3_server.options(tmp_path / "new")).exists("k")
    assert refused.value.reason == "bad_credentials"
    assert "not-a-secret" not in str(refused.value)


def test_no_credentials(s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = s3_server.store(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(StoreError, match=r"no credentials.*AWS_PROFILE") as absent:
        store.names("x")
    assert absent.value.reason == "no_credentials"
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(StoreError, match="nobody"):
        Store(store.address, s3_server.options(tmp_path / "new")).names("x")


@pytest.mark.parametrize(
    "url",
    ["s3://", "s3:///x", "s3://b", "s3://UPPER/x", "s3://bucket/../x", "s3://bucket//x", "s3://key:secret@bucket/x",
     "https://key:secret@bucket/x"],
)  # fmt: skip
def test_addresses_that_cannot_be(url: str) -> None:
    with pytest.raises(StoreError, match="s3://BUCKET/PREFIX") as refused:
        Store(url)
    assert refused.value.reason == "bad_root"
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("variables", "reason", "told"),
    [
        ({"AWS_SECRET_ACCESS_KEY": ""}, "no_credentials", "AWS_SECRET_ACCESS_KEY"),
        ({"AWS_REGION": "eu central"}, "wrong_region", "AWS_REGION"),
        ({"AWS_ENDPOINT_URL": "me:secret@minio:9000"}, "bad_endpoint", "AWS_ENDPOINT_URL"),
    ],
)
def test_variables_that_cannot_be(
    variables: dict[str, str], reason: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in {**ACCESS, **variables}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StoreError, match=told) as refused:
        Store("s3://bucket", StoreOptions(cache=tmp_path)).exists("k")
    assert refused.value.reason == reason
    assert "secret@" not in str(refused.value)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (exceptions.EndpointConnectionError(endpoint_url="http://x/b?prefix=p"), "FACELIB_S3_ENDPOINT"),
        (exceptions.ConnectTimeoutError(endpoint_url="http://x/b?prefix=p"), "FACELIB_S3_ENDPOINT"),
        (exceptions.SSLError(endpoint_url="https://x/b?prefix=p", error="self-signed"), "AWS_CA_BUNDLE"),
    ],
)
def test_a_service_that_is_gone_is_told_with_a_way_on(error: Exception, told: str) -> None:
    with (
        pytest.raises(StoreError, match=rf"http://x cannot be reached.*{told}") as gone,
        s3_errors.told("b", "http://x"),
    ):
        raise error
    assert gone.value.reason == "store_unreachable"
    assert "prefix" not in str(gone.value)


@pytest.mark.parametrize(
    "endpoint",
    ["minio:9000", "ftp://x", "http://", "http://me:secret@h", "me:secret@h:9", "http://h:port", "http://h:99999"],
)
def test_endpoints_that_cannot_be(endpoint: str) -> None:
    with pytest.raises(StoreError, match="FACELIB_S3_ENDPOINT") as refused:
        Store("s3://bucket", StoreOptions(endpoint=endpoint))
    assert refused.value.reason == "bad_endpoint"
    assert "secret" not in str(refused.value)


def test_a_service_that_writes_over_files_is_refused(s3_server: S3Server, tmp_path: Path) -> None:
    store = Store(f"s3://{s3_server.bucket('forgetful')}", s3_server.options(tmp_path))
    with pytest.raises(StoreError, match="If-None-Match") as refused:
        store.put("k", b"")
    assert refused.value.reason == "no_conditional_writes"
    assert store.names() == []
    assert ("bad", "object storage") in {look[:2] for look in store.look()}


def test_what_there_is_to_say_of_a_bucket(bucket: Store, s3_server: S3Server) -> None:
    assert {look[0] for look in bucket.look()} == {"good"}
    name = bucket.address.split("/")[2]
    client = s3_server.client()
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    client.create_multipart_upload(Bucket=name, Key="some/prefix/half")
    assert [look[0] for look in bucket.look()] == ["good", "bad", "note", "good"]
    assert bucket.remove_stale(1e12) == 0
    assert bucket.remove_stale(-1) == 1


def test_long_folders_are_listed_page_by_page(bucket: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("facelib.store.s3_bucket.PAGE", 3)
    keys = sorted(f"log/day{number % 2}/{number:02d}" for number in range(11))
    for key in keys:
        bucket.put(key, b"")
    assert list(bucket.walk("log")) == keys
    assert bucket.names("log") == ["day0", "day1"]
    assert bucket.names("log/day0") == ["00", "02", "04", "06", "08", "10"]
    bucket.remove_tree("log")
    assert list(bucket.walk("log")) == []


def test_a_file_that_a_stage_has_made_is_not_fetched_again(bucket: Store, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"clip")
    bucket.put_file("media/clip.mp4", tmp_path / "clip.mp4", move=True)
    first = bucket.local("media/clip.mp4")
    assert first.stat().st_ino == bucket.local("media/clip.mp4").stat().st_ino
    assert bucket.holds(first)
    assert not bucket.holds(tmp_path / "elsewhere")


def test_what_somebody_else_deletes_or_replaces_is_noticed(bucket: Store, s3_server: S3Server, tmp_path: Path) -> None:
    elsewhere = Store(bucket.address, s3_server.options(tmp_path / "another machine"))
    bucket.put("k", b"one")
    copy = bucket.local("k")
    elsewhere.replace("k", b"two")
    assert bucket.local("k").read_bytes() == b"two"
    assert not copy.exists()
    elsewhere.remove("k")
    with pytest.raises(StoreError):
        bucket.local("k")


def test_a_signed_address_gives_the_clip_and_no_credential(bucket: Store, s3_server: S3Server, tmp_path: Path) -> None:
    bucket.put("media/a b.mp4", b"clip")
    url = bucket.signed_url("media/a b.mp4", "video/mp4")
    assert url is not None
    assert "not-a-secret" not in url
    again = Store(bucket.address, s3_server.options(tmp_path / "cache"))
    assert url == again.signed_url("media/a b.mp4", "video/mp4")
    request = urllib.request.Request(url, headers={"Range": "bytes=1-2"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert (answer.read(), answer.headers["Content-Type"]) == (b"li", "video/mp4")
    public = Store(bucket.address, s3_server.options(tmp_path, public_endpoint="https://media.example.org"))
    assert str(public.signed_url("media/a b.mp4")).startswith("https://media.example.org/bucket-")


def test_a_signed_address_stops_working(s3_server: S3Server, tmp_path: Path) -> None:
    store = s3_server.store(tmp_path, url_minutes=1 / 60)
    store.put("k", b"clip")
    url = str(store.signed_url("k"))
    assert "X-Amz-Expires=1&" in url
    time.sleep(1.1)
    assert store.signed_url("k") != url


def test_nothing_shows_the_credentials(bucket: Store) -> None:
    folder = bucket.vectors("derived/index/x")
    assert "not-a-secret" not in repr(folder)
    assert "not-a-secret" not in repr(vars(bucket))


def test_without_boto3_the_way_on_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    with pytest.raises(StoreError, match=r"facelib\[s3\]"):
        Store("s3://bucket", StoreOptions(cache=tmp_path)).read("k")
