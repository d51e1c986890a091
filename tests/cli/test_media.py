import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from facelib import settings
from facelib.cli.media import app
from facelib.errors import MediaError, SettingsError
from tests.media.flashes import STEADY, decoded, write_flashes


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_flashes(tmp_path_factory.mktemp("cli") / "talk.mkv", STEADY[:100])


def call(*words: object) -> tuple[int, dict[str, Any], str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(result.exception, MediaError):
        raise result.exception
    return result.exit_code, json.loads(result.stdout or "{}"), result.stderr


def test_split(film: Path, tmp_path: Path) -> None:
    code, found, _ = call("split", film, tmp_path, "--seconds", 1.5, "--json")
    assert code == 0 and found == {"parts": 3, "made": 3, "frames": 100, "folder": str(tmp_path)}
    assert [len(decoded(tmp_path / f"talk_part_{n}.mp4")[0]) for n in (1, 2, 3)] == [38, 38, 24]
    assert call("split", film, tmp_path, "--seconds", 1.5, "--json")[1]["made"] == 0


def test_cut_goes_on_behind_what_cannot_be_cut(film: Path, tmp_path: Path) -> None:
    ranges = ("--at", "0:01-0:02", "--at", "0:30-0:31", "--minutes", "0.05-")
    code, found, told = call("cut", film, tmp_path, *ranges, "--area", 8, 8, 40, 40, "--size", "20x16", "--json")
    assert code == 1 and "talk.mkv ends before second 30" in told
    assert (found["clips"], found["made"], found["failed"], found["frames"]) == (2, 2, 1, 50)
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["talk_000.mp4", "talk_002.mp4"]


def test_convert(film: Path, tmp_path: Path) -> None:
    code, found, _ = call("convert", film, tmp_path, "--frames", "jpg", "--step", 1, "--json")
    assert code == 0 and (found["frames"], found["pictures"]) == (100, 4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["talk", "talk.mp4", "talk.wav"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--at", "0:10"), "bad_time"),
        ((), "bad_time"),
        (("--at", "0-1", "--size", "axb"), "bad_size"),
        (("--at", "0-1", "--size", "5x"), "bad_size"),
        (("--at", "0-1", "--size", "2x3x4"), "bad_size"),
        (("--at", "0-1", "--area", 9, 9, 9, 20), "bad_rectangle"),
    ],
)
def test_cut_says_what_is_wrong(film: Path, tmp_path: Path, words: tuple[object, ...], reason: str) -> None:
    with pytest.raises(MediaError) as error:
        call("cut", film, tmp_path, *words)
    assert error.value.reason == reason and not list(tmp_path.iterdir())


def test_nothing_is_written_into_the_store(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_STORE", str(tmp_path / "store"))
    settings.load.cache_clear()
    try:
        result = CliRunner().invoke(app, ["convert", str(film), str(tmp_path / "store" / "parts")])
        assert isinstance(result.exception, SettingsError) and result.exception.reason == "in_store"
    finally:
        settings.load.cache_clear()
    assert not (tmp_path / "store").exists()
