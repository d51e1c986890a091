"""Where a demo lies, and what stops one before it begins."""

import socket
from pathlib import Path

import pytest
from rich.console import Console

from facelib.demo.place import Place
from facelib.demo.run import from_environment, port_from_environment, require_free, run
from facelib.errors import FacelibError, SettingsError, SourceError
from facelib.settings import load

FEED = "http://127.0.0.1:8765/feed.xml"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "Videos").mkdir()
    return tmp_path


def test_the_sample_channel_lies_in_the_current_folder(here: Path) -> None:
    place = Place.of(None, FEED)
    assert place == Place(here / "data" / "demo", FEED, sample=True)
    assert place.channel == here / "data" / "demo" / "channel"
    assert place.environment()["FACELIB_DOWNLOAD__UPLOAD_INTERVAL_S"] == "0"


@pytest.mark.parametrize("source", ["Videos", "./Videos/", "~/Videos", "../{name}/Videos"])
def test_every_spelling_of_a_folder_is_one_place(source: str, here: Path) -> None:
    place = Place.of(source.format(name=here.name), FEED)
    assert (place.source, place.sample) == (str(here / "Videos"), False)
    assert place == Place.of(str(here / "Videos"), FEED)
    assert place.root.parent == here / "data"
    assert place.root.name.startswith("demo_")


@pytest.mark.parametrize(
    "source", ["https://example.org/feed.xml", "https://example.org/?q=" + "a" * 5000, "~nobody-here/x", "no\0name"]
)
def test_what_is_no_folder_stays_as_it_is(source: str, here: Path) -> None:
    place = Place.of(source, FEED)
    assert (place.source, place.sample) == (source, False)
    assert place.root.parent == here / "data"
    assert "FACELIB_DOWNLOAD__UPLOAD_INTERVAL_S" not in place.environment()


def test_different_sources_have_different_places(here: Path) -> None:
    sources = [None, "Videos", "https://example.org/a", "https://example.org/b"]
    assert len({Place.of(source, FEED).root for source in sources}) == len(sources)


@pytest.mark.parametrize("source", [None, "Videos", "https://example.org/feed.xml"])
def test_the_last_place_is_remembered(source: str | None, here: Path) -> None:
    assert Place.current(FEED) == Place.of(None, FEED)
    Place.of(source, FEED).remember()
    assert Place.current(FEED) == Place.of(source, FEED)


def test_a_port_in_use_is_named_with_the_way_on() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(FacelibError, match=f"port {port} on 127.0.0.1, for Airflow, is in use") as caught:
            require_free(port, "FACELIB_AIRFLOW_PORT", "Airflow")
    assert caught.value.reason == "port_in_use"
    assert "make down" in caught.value.hint
    assert "FACELIB_AIRFLOW_PORT" in caught.value.hint
    require_free(port, "FACELIB_AIRFLOW_PORT", "Airflow")


@pytest.mark.parametrize(("text", "number"), [(None, 7), ("", 7), ("12", 12), ("1.5", 1.5)])
def test_a_number_from_the_environment(text: str | None, number: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FACELIB_X", raising=False)
    if text is not None:
        monkeypatch.setenv("FACELIB_X", text)
    assert from_environment("FACELIB_X", 7) == number


@pytest.mark.parametrize("text", ["abc", "0", "-1", "nan", "inf", "70000"])
def test_what_is_no_number_is_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_X", text)
    with pytest.raises(SettingsError, match="FACELIB_X"):
        port_from_environment("FACELIB_X", 7)


@pytest.mark.parametrize("source", ["nowhere", "ftp://example.org/x"])
def test_a_source_that_is_none_ends_the_demo_before_it_begins(
    source: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STORE", "WORK_DIR", "MODELS_DIR", "CHANNELS", "CRAWL__MIN_HOURS"):
        monkeypatch.setenv(f"FACELIB_{name}", "")  # what the demo sets is undone after the test
    try:
        with pytest.raises(SourceError, match=source):
            run(source, Console(quiet=True))
    finally:
        load.cache_clear()
    assert not (here / "data").exists()
