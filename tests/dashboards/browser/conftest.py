"""A dashboard of two real people in a real process, and a real Chromium to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from facelib.models.registry import Weights
from tests.support import chromium, talkers
from tests.support.dashboard_process import Dashboard, serving
from tests.support.export_items import Collection

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium, which ends with the module: while it runs, its thread can run no other event loop."""
    chromium.require()
    with chromium.launched() as opened:
        yield opened


@pytest.fixture(scope="session")
def talking(tmp_path_factory: pytest.TempPathFactory, media_dir: Path, weights: Weights) -> Collection:
    """Twelve clips of two people and an upload in quarantine."""
    return talkers.published(tmp_path_factory.mktemp("talkers"), media_dir, weights)


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where exports of the dashboard go."""
    return tmp_path_factory.mktemp("exports")


@pytest.fixture(scope="session")
def dashboard(
    talking: Collection, tmp_path_factory: pytest.TempPathFactory, weights: Weights, exports: Path
) -> Iterator[Dashboard]:
    """The dashboard of that collection."""
    chromium.require()
    folder = tmp_path_factory.mktemp("dashboard")
    with serving(Path(talking.store.address), folder, {"FACELIB_EXPORTS_DIR": str(exports)}) as running:
        yield running
