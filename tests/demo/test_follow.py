"""What is told of Airflow's tasks; the watching itself is tested by running the demo."""

import json
from pathlib import Path
from typing import Any

import pytest

from facelib.demo.follow import last_words, shown_name

COMMAND = "airflow.task.operators.operators.command.CommandOperator"
STAGE = "airflow.task.operators.operators.stage.LocalStageOperator"
RUNNER = "task"


def write_log(folder: Path, attempt: int, lines: list[Any]) -> None:
    folder.mkdir(exist_ok=True)
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / f"attempt={attempt}.log").write_text(text)


def entry(event: str, logger: str = COMMAND) -> dict[str, str]:
    return {"logger": logger, "event": event, "level": "info"}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], ""),
        ([entry("$ facelib crawl --json"), entry("error: no channel"), entry('{"seen": 0}')], "error: no channel"),
        ([entry("one"), entry("two", STAGE), entry("Task failed", RUNNER)], "two"),
        (["not json", "[1]", "null", {"event": "nobody's"}, entry("said")], "said"),
    ],
)
def test_the_last_words_of_a_command(lines: list[Any], words: str, tmp_path: Path) -> None:
    write_log(tmp_path / "logs", 1, lines)
    assert last_words(tmp_path / "logs") == words


def test_the_last_attempt_counts_and_none_is_no_error(tmp_path: Path) -> None:
    assert last_words(tmp_path / "logs") == ""
    write_log(tmp_path / "logs", 1, [entry("first")])
    write_log(tmp_path / "logs", 2, [entry("second")])
    assert last_words(tmp_path / "logs") == "second"


@pytest.mark.parametrize(("index", "name"), [(-1, "plan"), (0, "plan[0]"), (12, "plan[12]")])
def test_a_mapped_task_is_shown_with_its_number(index: int, name: str) -> None:
    assert shown_name({"task_display_name": "plan", "map_index": index}) == name
