"""The commands on list files."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facelib import settings
from facelib.cli.lists import app
from facelib.errors import SourceError

A, B = "dQw4w9WgXcQ", "-aBc_123456"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    settings.load.cache_clear()
    path = tmp_path / "videos.csv"
    path.write_text(f"video_id,title\n{A},one\n{A},again\nnothing,x\n{B},two\n")
    return path


def run(*arguments: str, error: type[Exception] | None = None) -> Result:
    result = CliRunner().invoke(app, list(arguments))
    if error is None:
        assert result.exit_code == 0, result.output
    else:
        assert isinstance(result.exception, error)
    return result


def test_check_shows_what_is_taken_and_what_is_not(path: Path) -> None:
    found = json.loads(run("check", str(path), "--json").stdout)
    assert (found["taken"], found["left_out"]) == (2, {"duplicate": 1, "not_an_item": 1})
    assert [(each["line"], each["title"]) for each in found["uploads"]] == [(2, "one"), (5, "two")]
    assert [(each["line"], each["text"]) for each in found["bad_lines"]] == [(3, f"{A},again"), (4, "nothing,x")]


def test_check_shows_each_line_where_none_is_good(path: Path) -> None:
    path.write_text("video_id\nnothing\nmore\n")
    result = run("check", str(path), "--json", error=SourceError)
    assert [each["line"] for each in json.loads(result.stdout)["bad_lines"]] == [2, 3]
    path.write_text("")
    assert run("check", str(path), "--json", error=SourceError).stdout == ""


def test_prepare_writes_lists(path: Path, tmp_path: Path) -> None:
    (tmp_path / "done.txt").write_text(f"{A}\n?\n")
    options = ("--exclude", str(tmp_path / "done.txt"), "--shuffle", "1", "--split", "1", "--sample", "5", "--json")
    made = json.loads(run("prepare", str(path), str(tmp_path / "ready"), *options).stdout)
    assert (made["listed"], made["excluded"], made["kept"]) == (2, 1, 1)
    assert made["files"] == [str(tmp_path / "ready" / "videos-00001.csv")]
    assert made["bad_exclusions"] == {
        str(tmp_path / "done.txt"): [
            {
                "line": 2,
                "text": "?",
                "reason": "not_an_item",
                "why": "it is neither a YouTube id, an address, nor a file",
            }
        ]
    }
    again = run("prepare", str(path), str(tmp_path / "ready"), error=SourceError)
    assert "is there already" in str(again.exception)


def test_tables_for_people(path: Path, tmp_path: Path) -> None:
    path.write_text(path.read_text() + "".join(f"video{n:06d},talk {n}\n" for n in range(30)))
    told = run("check", str(path)).stdout
    assert "what would be taken" in told and "talk 17" in told and "talk 18" not in told and "and 12 more" in told
    assert "lines that are left out" in told and "the same upload as line 2" in told
    told = run("prepare", str(path), str(tmp_path / "ready")).stdout
    assert "that are left out" in " ".join(told.split()) and "videos-00001.csv" in told
