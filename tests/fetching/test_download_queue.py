"""When a failed download is tried again, and which are under way at a time."""

import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

import facelib.fetching.download
import facelib.fetching.fetcher
from facelib.store import quarantine
from tests.support.feeds import CLIP, GOOD, Feed
from tests.support.http_server import Answer


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
    feed.change(host_pause_s=0.6)
    feed.server.routes |= {"/a.mp4": [Answer(status=429), GOOD], "/b.mp4": [Answer(status=429), GOOD]}
    ids = feed.list("/a.mp4", "/b.mp4")
    assert feed.run().reasons == {"rate_limited": 2}
    assert max(feed.last(video_id).wait_s for video_id in ids.values()) > 0.05
    forget()
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
    both_hosts = threading.Event()

    def slow(headers: dict[str, str]) -> Answer:
        host = headers["host"]
        with lock:
            under_way[host] += 1
            most[host] = max(most[host], under_way[host])
            most["all"] = max(most["all"], under_way.total())
            if most["all"] > 1:
                both_hosts.set()
        both_hosts.wait(60)
        time.sleep(0.05)
        with lock:
            under_way[host] -= 1
        return GOOD

    names = [f"/{n}.mp4" for n in range(3)]
    feed.server.routes |= dict.fromkeys(names, slow)
    feed.list(*(feed.server.url(name, host=host) for name in names for host in ("127.0.0.1", "localhost")))
    one = feed.run().to_dict()
    assert (one["downloaded"], sorted(most.values())) == (6, [1, 1, 2])
    assert one["days"] == ["2024-03-01"] and one["size_bytes"] == 6 * len(CLIP)
