"""How often hosts are asked: intervals, jitter, pauses, and who comes next."""

import threading
import time
from datetime import UTC, datetime

import pytest

from facelib.errors import SettingsError
from facelib.sources.base import DownloadError
from facelib.sources.hosts import MAX_PAUSE_S, HostPacer, server_of
from facelib.sources.retries import MAX_WAIT_S, RETRIES, seconds_until, wait_after
from facelib.sources.turns import HostTurns, Turn, in_threads
from facelib.sources.ytdlp import DownloadSettings

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def settings(**changes: float) -> DownloadSettings:
    return DownloadSettings.model_validate({"upload_interval_s": 0.0, "upload_jitter": 0.0} | changes)


@pytest.mark.parametrize(("jitter", "drawn", "seconds"), [(0, 0.9, 10), (0.5, 0, 10), (0.5, 1, 15), (1, 0.5, 15)])
def test_jitter_only_adds(jitter: float, drawn: float, seconds: float) -> None:
    pacer = HostPacer(lambda: drawn)
    before = time.monotonic()
    pacer.start("a", 10.0, jitter)
    assert before + seconds <= pacer.ready_at("a") <= time.monotonic() + seconds and pacer.ready_at("b") == 0


def test_jitter_is_random_within_its_bounds() -> None:
    waits = []
    for number in range(200):
        pacer, before = HostPacer(), time.monotonic()
        pacer.start(str(number), 100.0, 0.5)
        waits.append(pacer.ready_at(str(number)) - before)
    assert 100 <= min(waits) < 110 and 140 < max(waits) <= 150.01


def test_pauses_grow_until_something_comes() -> None:
    pacer = HostPacer()
    assert [pacer.pause("a", 60.0) for _ in range(3)] == [60.0, 120.0, 240.0]
    assert pacer.pause("a", 60.0, at_least=1000.0) == 1000.0 and pacer.pause("b", 60.0) == 60.0
    assert max(pacer.pause("a", 60.0) for _ in range(9)) == MAX_PAUSE_S
    pacer.succeeded("a")
    assert pacer.pause("a", 60.0) == 60.0
    assert pacer.ready_at("a") > time.monotonic() + 3000, "a later, shorter pause does not end a longer one"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://A.org:443/x", "a.org:443"),
        ("http://a.org/x", "a.org"),
        ("http://[::1]:80/x", "::1:80"),
        ("file:///x", ""),
        ("http://a:bad/", "a"),
    ],
)
def test_server_of(url: str, server: str) -> None:
    assert server_of(url) == server


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Mon, 05 Jan 2026 12:01:00 GMT", 60),
        ("Mon, 05 Jan 2026 11:00:00 GMT", 0),
        ("soon", 0),
        ("-5", 0),
        ("9" * 30, MAX_WAIT_S),
    ],
)
def test_retry_after(header: str, seconds: float) -> None:
    assert seconds_until(header, NOON) == seconds


@pytest.mark.parametrize(
    ("reason", "failures", "retry_after", "hours"),
    [
        ("network", 1, 0, 1),
        ("network", 4, 0, 8),
        ("network", 40, 0, MAX_WAIT_S / 3600),
        ("bot_check", 1, 0, 4),
        ("rate_limited", 1, 7200, 2),
        ("rate_limited", 3, 7200, 4),
        ("local_io", 3, 0, 0),
        ("live", 1, 0, 6),
    ],
)
def test_the_wait_before_a_later_try(reason: str, failures: int, retry_after: float, hours: float) -> None:
    assert wait_after(reason, failures, 1.0, retry_after) == hours * 3600


def test_every_reason_that_is_tried_again_has_its_rule() -> None:
    assert set(RETRIES) == DownloadError.RETRYABLE
    assert {reason for reason, rule in RETRIES.items() if rule.pauses_host} == {"rate_limited", "bot_check"}
    assert {reason for reason, rule in RETRIES.items() if rule.at_once} == {"network"}


def test_few_at_a_time_from_one_host_and_many_in_all() -> None:
    lock, under_way, most = threading.Lock(), dict.fromkeys("abc", 0), {"all": 0, "a": 0, "b": 0, "c": 0}
    all_servers = threading.Barrier(3)

    def work(turn: Turn) -> str:
        with lock:
            under_way[turn.server] += 1
            most[turn.server] = max(most[turn.server], under_way[turn.server])
            most["all"] = max(most["all"], sum(under_way.values()))
        if turn.video_id.endswith("0"):
            all_servers.wait(60)
        time.sleep(0.03)
        with lock:
            under_way[turn.server] -= 1
        return turn.video_id

    uploads = [(f"{server}{n}", server) for server in "abc" for n in range(4)]
    done = list(in_threads(HostTurns(uploads, HostPacer(), settings(per_host=1)), work, workers=8))
    assert sorted(done) == sorted(video_id for video_id, _ in uploads)
    assert most == {"a": 1, "b": 1, "c": 1, "all": 3}


def test_a_host_that_waits_does_not_hold_up_another() -> None:
    pacer = HostPacer()
    pacer.pause("slow", 0.5)
    turns = HostTurns([("s1", "slow"), ("f1", "fast"), ("f2", "fast")], pacer, settings())
    got = list(in_threads(turns, lambda turn: (turn.video_id, turn.wait_s), workers=1))
    assert [video_id for video_id, _ in got] == ["f1", "f2", "s1"]
    assert got[0][1] == got[1][1] == 0 and 0.05 < got[2][1] <= 0.5


def test_a_host_that_pauses_too_long_is_put_off() -> None:
    pacer = HostPacer()
    pacer.pause("busy", 3600.0)
    turns = HostTurns([("a", "busy"), ("b", "free"), ("c", "busy"), ("d", "")], pacer, settings(max_host_wait_s=60))
    assert sorted(in_threads(turns, lambda turn: turn.video_id, workers=2)) == ["b", "d"]
    assert turns.postponed == ["a", "c"]


def test_an_error_in_one_thread_stops_all() -> None:
    def work(turn: Turn) -> None:
        raise SettingsError("no such cookie file")

    turns = HostTurns([(str(n), str(n)) for n in range(50)], HostPacer(), settings())
    with pytest.raises(SettingsError):
        list(in_threads(turns, work, workers=3))
    assert turns.stopped and turns.take() is None
