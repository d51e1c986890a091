"""A small published store that the pages are tested on: real clips, real weights, the whole path."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboards import access
from facelib import settings
from facelib.catalog.reader import Catalog
from facelib.dashboard_settings import Right
from facelib.errors import ModelError
from facelib.ingest import ingest
from facelib.media.container import open_local
from facelib.models.registry import LITE, Weights
from facelib.settings import Settings
from facelib.store.objects import Store

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "dashboards" / "app.py"
CHANNELS = {"studio": ("talker_a.mp4", "talker_b.mp4"), "archive": ("talker_a_no_audio.mp4",)}
"""Folder → files: the same person twice, once without sound, and someone else."""
RUN_SECONDS = 120
"""What one run of a page may take: it may load models, on a machine that is busy with other things."""
SECONDS = 2.96
"""Of each file, since stages take their time by the frame; here no picture needs one that comes after."""
DAYS = {"studio": datetime(2026, 1, 5, 12, tzinfo=UTC), "archive": datetime(2026, 1, 7, 12, tzinfo=UTC)}


def beginning(video: Path, path: Path) -> None:
    """Write the first ``SECONDS`` of a video, its pictures and its sound as they are."""
    import av

    with open_local(video) as source, av.open(str(path), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        first: dict[int, int] = {}
        for packet in source.demux():
            index = packet.stream.index
            if packet.dts is None or (packet.dts - first.setdefault(index, packet.dts)) * packet.time_base >= SECONDS:
                continue
            packet.stream = copies[index]
            out.mux(packet)


@dataclass(frozen=True)
class Collection:
    """A published store and its clips by the name of their upload."""

    store: Path
    models: Path
    clips: dict[str, dict[str, Any]]
    channels: dict[str, str]


@pytest.fixture(autouse=True)
def own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is run puts itself in the place of `__main__`, which processes that start later would then import."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The folder of fetched weights; without them the tests skip."""
    folder = Path(os.environ.get("FACELIB_MODELS_DIR", ROOT / "data" / "models"))
    try:
        weights = Weights(folder)
        for name in LITE:
            weights.file(name)
    except ModelError as error:
        pytest.skip(str(error))
    return folder


@pytest.fixture(scope="session")
def collection(tmp_path_factory: pytest.TempPathFactory, media_dir: Path, models_dir: Path) -> Collection:
    """Three uploads of two channels, ingested once a session."""
    base = tmp_path_factory.mktemp("dashboard")
    for channel, names in CHANNELS.items():
        (base / channel).mkdir()
        for name in names:
            beginning(media_dir / name, base / channel / name)
            os.utime(base / channel / name, (DAYS[channel].timestamp(),) * 2)
    conf = Settings(
        store=str(base / "store"), models_dir=models_dir, work_dir=base / "work", threads=0, backend="local"
    )
    ingest(conf, [str(base / channel) for channel in CHANNELS])
    with Catalog(Store(base / "store")) as catalog:
        rows = catalog.clips([row["clip_id"] for row in catalog.rows("SELECT clip_id FROM clips")]).values()
        channels = {row["title"]: row["channel_id"] for row in catalog.rows("SELECT * FROM channels")}
    return Collection(base / "store", models_dir, {row["title"]: row for row in rows}, channels)


@pytest.fixture(scope="session", autouse=True)
def loopback() -> None:
    """The dashboard takes itself to listen on the loopback interface, as `dashboards/.streamlit/config.toml` says."""
    st.config.set_option("server.address", "127.0.0.1")


@pytest.fixture(scope="session", autouse=True)
def packages_read_once() -> Iterator[None]:
    """A page looks through all installed packages for components when it is opened: 0.7 s each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


Open = Callable[..., AppTest]


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Open]:
    """Opens the dashboard on a store, with what stands in the URL."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FACELIB_MEDIA_URL", raising=False)

    def open_(store: Path | str, models: Path | None = None, **parameters: Any) -> AppTest:
        monkeypatch.setenv("FACELIB_STORE", str(store))
        if models:
            monkeypatch.setenv("FACELIB_MODELS_DIR", str(models))
        settings.load.cache_clear()
        page = AppTest.from_file(APP, default_timeout=RUN_SECONDS)
        page.query_params.update(parameters)
        return page.run()

    yield open_
    _forget()


def _draw(page: str) -> None:
    """What one page does, as the dashboard runs it."""
    import importlib

    from dashboards import problems

    with problems.shown():
        importlib.import_module(f"dashboards.{page}.page").draw()


@pytest.fixture
def open_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Open]:
    """Opens one page, without navigation and login, on a store, with what stands in the URL."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACELIB_MEDIA_URL", "https://media.example/")

    def open_(
        page: str, store: str, user: str = "anna", rights: tuple[Right, ...] = get_args(Right), **parameters: str
    ) -> AppTest:
        monkeypatch.setenv("FACELIB_STORE", store)
        settings.load.cache_clear()
        monkeypatch.setattr(access, "user", lambda: user)
        monkeypatch.setattr(access, "may", lambda right: right in rights)
        test = AppTest.from_function(_draw, args=(page,), default_timeout=RUN_SECONDS)
        test.query_params.update(parameters)
        return test.run()

    yield open_
    _forget()


def _forget() -> None:
    settings.load.cache_clear()
    st.cache_resource.clear()
    st.cache_data.clear()


@pytest.fixture(scope="session")
def portraits(media_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Still pictures from the clips: one face, two faces, none."""
    import cv2

    from facelib.media.grid import GridReader
    from facelib.media.picture import to_bgr

    wanted = {"one": "talker_a.mp4", "two": "two_talkers_voice_left.mp4", "none": "slides_no_face.mp4"}
    pictures = {}
    for name, file in wanted.items():
        with GridReader(media_dir / file, stop=1) as reader:
            picture = to_bgr(next(iter(reader)).frame)
        pictures[name] = cv2.imencode(".jpg", picture)[1].tobytes()
    return pictures
