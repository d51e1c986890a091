"""Takedowns that are killed, and those of videos that a stage or a download is at work on."""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from facelib.collection.takedown.takedown import takedown
from facelib.fetching.crawl import crawl
from facelib.fetching.download import download
from facelib.fetching.fetcher import Fetcher
from facelib.planning import plan
from facelib.stages.commit import commit_shard
from facelib.stages.runner import StageRun
from facelib.store import commits, deny, layout, leases, published, takedowns, uploads
from facelib.store.objects import Store
from tests.support.filled_store import GONE, KEPT, OTHER, clips_of, left
from tests.support.pipelines import settings_in, write_film

pytestmark = pytest.mark.timeout(120)


def _take_down(root: str) -> None:
    takedown(Store(root), "video", GONE, "asked to")


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["deny", "media", "commits", "index", "published"])
def test_a_killed_one_is_completed_by_the_same_command(store: Store, moment: str) -> None:
    """It is killed as soon as a first sign of that step is seen, so wherever in the step that is."""
    newest = published.newest(store)
    assert newest is not None
    signs: dict[str, Callable[[], bool]] = {
        "deny": lambda: deny.is_denied(store, GONE),
        "media": lambda: not store.names(f"media/{GONE}"),
        "commits": lambda: not any(name.video_id == GONE for name in commits.all_names(store)),
        "index": lambda: len(store.names(layout.INDEX)) > 1,
        "published": lambda: (published.newest(store) or newest).number > newest.number,
    }
    child = multiprocessing.get_context("spawn").Process(target=_take_down, args=(str(store.root),))
    child.start()
    deadline = time.monotonic() + 60
    while not signs[moment]() and child.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.0005)
    assert child.pid is not None
    if child.is_alive():
        os.kill(child.pid, signal.SIGKILL)
    child.join()
    leases.release(store, "publish")
    report = takedown(store, "video", GONE, "asked to")
    assert report.complete
    assert len(takedowns.read_all(store)) == 1
    assert left(store, report.takedown) == []
    assert clips_of(store) == ([f"{KEPT}--0", f"{KEPT}--1", f"{OTHER}--0"],) * 2
    assert clips_of(store, "before") == ([f"{KEPT}--0", f"{KEPT}--1"],) * 2


class Pod:
    """A planned film and the real stage ``probe``, during which something may happen."""

    def __init__(self, folder: Path) -> None:
        films = folder / "films"
        films.mkdir()
        write_film(films / "good.mp4", 30)
        self.settings = settings_in(folder, probe={"min_bytes": 1000})
        self.store = self.settings.open_store()
        crawl(self.store, self.settings, [str(films)])
        download(self.store, self.settings)
        made = plan(self.store, self.settings, uploads.days(self.store))
        self.shard = made.shards[0]
        (self.video_id,) = self.shard.videos

    def run(self, patch: pytest.MonkeyPatch, before: str) -> None:
        """Run the stage; the video is taken down just before it calls a function of the runner."""
        runner = StageRun(
            self.store, self.shard, "probe", weights=self.settings.open_weights(), work_dir=self.settings.work_dir
        )
        called = getattr(runner, before)

        def late(*args: Any, **options: Any) -> Any:
            takedown(self.store, "video", self.video_id, "asked to")
            return called(*args, **options)

        patch.setattr(runner, before, late)
        runner.run()
        commit_shard(self.store, self.shard)


@pytest.mark.parametrize("before", ["_open", "_compute", "_source", "_write", "_count"])
def test_a_running_pod_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    pod = Pod(tmp_path)
    pod.run(monkeypatch, before)
    (record,) = takedowns.read_all(pod.store)
    assert left(pod.store, record) == []
    assert pod.store.names(layout.COMMITS) == []


@pytest.mark.parametrize("before", ["_download", "_keep", "_attempt"])
def test_a_running_download_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    films = tmp_path / "films"
    films.mkdir()
    write_film(films / "good.mp4", 30)
    settings = settings_in(tmp_path)
    store = settings.open_store()
    crawl(store, settings, [str(films)])
    (video_id,) = uploads.videos(store)
    called = getattr(Fetcher, before)

    def late(self: Fetcher, *args: Any, **options: Any) -> Any:
        takedown(store, "video", video_id, "asked to")
        return called(self, *args, **options)

    monkeypatch.setattr(Fetcher, before, late)
    report = download(store, settings)
    (record,) = takedowns.read_all(store)
    assert left(store, record) == []
    assert (report.failed, report.quarantined) == (0, 0)
