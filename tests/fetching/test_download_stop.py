"""Downloads that are told to stop keep what is complete and what is half."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from facelib.sources.base import Upload
from facelib.stopping import Stopped
from facelib.store import download_log, uploads
from tests.sources.conftest import make_clip
from tests.support.feeds import Feed
from tests.support.http_server import Answer


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
                began.append(time.monotonic())
                raise stop

        return progress

    began: list[float] = []
    with pytest.raises(type(stop)):
        feed.run(watch=watch)
    assert time.monotonic() - began[-1] < 10 and uploads.revision(feed.store, ids["b.mp4"]) is None
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
    deadline = time.monotonic() + 120
    while not list(partial.glob("*.partial/*.part")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    assert process.wait(timeout=60) == 130 and time.monotonic() - began < 15
    feed.server.requests.clear()
    feed.server.routes["/a.mp4"] = whole
    assert feed.run().downloaded == 1
    assert any("range" in headers for headers in feed.server.asked("/a.mp4"))
