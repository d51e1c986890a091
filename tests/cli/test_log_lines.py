import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from operators.process import CommandProcess

FACELIB = str(Path(sys.executable).with_name("facelib"))


def run(folder: Path, *argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    values = {"FACELIB_STORE": str(folder / "store"), "FACELIB_WORK_DIR": str(folder / "work"), **env}
    (folder / "films").mkdir(exist_ok=True)
    return subprocess.run(
        [FACELIB, *argv], env={**os.environ, **values}, cwd=folder, capture_output=True, text=True, check=False
    )


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_json_with_the_run_it_belongs_to(tmp_path: Path) -> None:
    ids = {"AIRFLOW_CTX_DAG_ID": "d", "AIRFLOW_CTX_TASK_ID": "crawl", "AIRFLOW_CTX_DAG_RUN_ID": "manual__1"}
    done = run(tmp_path, "crawl", "--channel", str(tmp_path / "films"), "--json", FACELIB_LOG_FORMAT="json", **ids)
    (said,) = lines(done.stderr)
    assert {name: said[name] for name in ("level", "dag", "task", "run")} == {
        "level": "info", "dag": "d", "task": "crawl", "run": "manual__1",
    }  # fmt: skip
    assert said["time"].endswith("+00:00")
    assert json.loads(done.stdout)["listed"] == 1


@pytest.mark.parametrize(
    ("argv", "reason", "about"),
    [
        (["crawl"], "no_channels", {}),
        (
            ["run", "probe", "--shard", "plans/x/shard-00000.json"],
            "no_shard",
            {"shard": "plans/x/shard-00000.json", "stage": "probe"},
        ),
    ],
)
def test_an_error_is_a_line_with_its_code_and_the_way_on(
    tmp_path: Path, argv: list[str], reason: str, about: dict[str, str]
) -> None:
    done = run(tmp_path, *argv, FACELIB_LOG_FORMAT="json", FACELIB_RUN="mine")
    said = lines(done.stderr)[-1]
    assert {name: said.get(name) for name in ("run", "shard", "stage") if name in said} == {"run": "mine", **about}
    assert done.returncode == 1
    assert (said["level"], said["reason"]) == ("error", reason)
    assert said["message"] and said["hint"]


def test_settings_that_cannot_be_read_are_told_in_the_form_asked_for(tmp_path: Path) -> None:
    done = run(tmp_path, "crawl", FACELIB_LOG_FORMAT="json", FACELIB_DEVICE="nothing")
    assert lines(done.stderr)[-1]["reason"] == "bad_settings"


def test_without_the_setting_people_read_it(tmp_path: Path) -> None:
    done = run(tmp_path, "crawl")
    assert done.stderr.startswith("error: no channel to crawl")


def test_a_line_of_the_log_is_not_taken_for_the_result_of_a_task() -> None:
    said = '{"time": "t", "level": "info", "message": "m"}'
    outcome = CommandProcess(["printf", '{"done": 2}\n' + said + "\n"]).run(lambda line: None)
    assert outcome.result == {"done": 2}
