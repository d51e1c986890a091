"""The commands that reproduce annotated datasets."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facelib import settings
from facelib.cli.reproduce import app
from facelib.errors import FacelibError, SettingsError
from facelib.store.objects import Store
from tests.reproduce.stores import downloaded
from tests.support.hdtf_files import WATCH, faulty_hdtf, vox_rows, vox_text, write_hdtf, write_vox
from tests.support.pipelines import write_film

KEY = "film_______"


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """No test sees the settings of another."""
    settings.load.cache_clear()
    yield
    settings.load.cache_clear()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store that holds a film of 128 x 128 px and 2 s, and lists that name it."""
    monkeypatch.setenv("FACELIB_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    downloaded(Store(tmp_path / "store"), KEY, write_film(tmp_path / "film.mp4", 50))
    write_hdtf(
        tmp_path / "lists",
        RD={
            "video_url": [f"Radio1 {WATCH}{KEY}", f"Radio2 {WATCH}{'other':_<11}"],
            "resolution": ["Radio1.mp4 256", "Radio2.mp4 720"],
            "annotion_time": ["Radio1.mp4 00:00-00:01 00:01-00:02", "Radio2.mp4 00:10-00:20"],
            "crop_wh": ["Radio1_1.mp4 64 128 64 128", "Radio2_0.mp4 0 100 0 100"],
            "crop_ratio": ["Radio1_0.mp4 1.2"],
        },
        WDA={"video_url": []},
        WRA={"video_url": []},
    )
    write_vox(
        tmp_path / "txt",
        f"id1/{KEY}/00001.txt",
        vox_text(vox_rows(5, 20, (0.4, 0.4, 0.2, 0.2), fractions=True), reference=KEY),
    )
    write_vox(tmp_path / "txt", "notes.txt", "x")
    return tmp_path


def call(*arguments: str) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, FacelibError):
        raise result.exception
    return result


def by_what(result: Result) -> dict[str, int]:
    told = json.loads(result.stdout)
    return {f"{row['what']} {row['reason']}".strip(): row["clips"] for row in told["clips"]}


def test_hdtf_writes_clips_and_a_report(place: Path) -> None:
    result = call("hdtf", "lists", "out", "--size", "64", "--json")
    assert result.exit_code == 0, result.output
    counts = {"all": 3, "written": 1, "not_downloaded not_listed": 1, "no_rectangle": 1, "with note other_height": 1}
    assert by_what(result) == counts
    assert json.loads(result.stdout)["faults"]["no_rectangle"] == 1
    with (place / "out" / "availability.csv").open(encoding="utf-8") as file:
        rows = {row["clip"]: row for row in csv.DictReader(file)}
    written = rows["RD_Radio1_001"]
    assert (written["x1"], written["x2"], written["frames"], written["annotated_height"]) == ("32", "96", "25", "256")
    assert (place / "out" / "RD_Radio1_001.mp4").is_file() and (place / "out" / "faults.csv").is_file()
    assert "facelib crawl --channel hdtf:" in rows["RD_Radio2_000"]["message"]
    again = by_what(call("hdtf", "lists", "out", "--size", "64", "--json"))
    assert again["exists"] == 1 and "written" not in again


def test_hdtf_by_landmarks_says_what_is_missing(place: Path) -> None:
    counts = by_what(call("hdtf", "lists", "out", "--crop", "landmarks", "--subset", "RD", "--json"))
    assert counts == {"all": 3, "no_ratio": 2, "landmarks_missing": 1}


def test_voxceleb_writes_clips_and_a_report(place: Path) -> None:
    result = call("voxceleb", "txt", "out", "--size", "0", "--json")
    assert by_what(result) == {"all": 1, "written": 1} and json.loads(result.stdout)["faults"] == {"not_voxceleb": 1}
    assert (place / "out" / "id10001" / KEY / "00001.mp4").is_file()
    assert "written" in call("voxceleb", "txt", "out", "--follow").stdout


def test_check_needs_neither_store_nor_videos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_STORE", str(tmp_path / "nowhere"))
    faulty_hdtf(tmp_path / "lists")
    told = json.loads(call("check", "hdtf", str(tmp_path / "lists"), "--out", str(tmp_path / "r"), "--json").stdout)
    assert told["clips"][0]["clips"] == 10 and told["faults"]["byte_order_mark"] == 1
    with (tmp_path / "r" / "faults.csv").open(encoding="utf-8") as file:
        assert sum(1 for _ in csv.DictReader(file)) == sum(told["faults"].values())
    assert not (tmp_path / "nowhere").exists()
    result = CliRunner().invoke(app, ["check", "hdtf", str(tmp_path / "lists")])
    assert "WDA_video_url.txt, line 1: the file begins with" in result.output and "and 1 more faults" in result.output
    landmarks = json.loads(call("check", "hdtf", str(tmp_path / "lists"), "--crop", "landmarks", "--json").stdout)
    assert {row["what"] for row in landmarks["clips"]} == {"all", "listed", "no_ratio"}
    one = json.loads(call("check", "hdtf", str(tmp_path / "lists"), "--subset", "RD", "--json").stdout)
    assert one["clips"][0]["clips"] < 10 and "byte_order_mark" not in one["faults"] and one["faults"]["repeated_key"]


def test_check_of_voxceleb(place: Path) -> None:
    told = json.loads(call("check", "voxceleb", "txt", "--json").stdout)
    assert told["clips"][1] == {"what": "listed", "reason": "", "clips": 1, "hours": 0.0}
    told = json.loads(call("check", "voxceleb", "txt", "--units", "pixels", "--json").stdout)
    assert told["faults"] == {"not_voxceleb": 1}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["hdtf", "txt", "out"], "not_hdtf"),
        (["voxceleb", "lists", "store/clips"], "in_store"),
        (["hdtf", "lists", "store/clips"], "in_store"),
        (["hdtf", "lists", "out", "--subset", "XX"], "bad_option"),
        (["hdtf", "lists", "out", "--size", "13"], "bad_option"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(arguments: list[str], reason: str, place: Path) -> None:
    with pytest.raises(FacelibError) as caught:
        call(*arguments)
    assert caught.value.reason == reason and caught.value.hint


def test_a_clip_that_failed_ends_the_command_with_one(place: Path) -> None:
    (place / "film.mp4").write_bytes(b"no film")
    result = call("hdtf", "lists", "out", "--size", "64")
    assert result.exit_code == 1 and "RD_Radio1_001: failed not_media" in result.output


def test_an_argument_that_is_no_folder_is_refused(place: Path) -> None:
    assert call("hdtf", "absent", "out").exit_code == 2
    with pytest.raises(SettingsError):
        call("hdtf", "lists", "film.mp4/out")
