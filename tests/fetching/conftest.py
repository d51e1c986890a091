"""A feed that is downloaded from, and what a later process sees of it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import facelib.fetching.download
import facelib.fetching.fetcher
from facelib.clock import now
from facelib.fetching import download_queue
from facelib.sources.hosts import HostPacer
from tests.support.feeds import Feed
from tests.support.http_server import serve


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    """A feed without uploads, and an empty store."""
    with serve() as server:
        yield Feed(tmp_path, server)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let a later run begin so many hours from now."""
    return lambda hours: monkeypatch.setattr(download_queue, "now", lambda: now() + timedelta(hours=hours))


@pytest.fixture
def forget(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Begin as another process does, which knows of no pause."""

    def replace() -> None:
        pacer = HostPacer()
        for module in (facelib.fetching.download, facelib.fetching.fetcher):
            monkeypatch.setattr(module, "PACER", pacer)

    return replace
