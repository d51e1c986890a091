import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from operators.command import CommandOperator
from operators.stage import LocalStageOperator, stage_operator
from tests.operators.test_process import gone

Make = Callable[[str], Path]


class Instance:
    """Takes what a task pushes."""

    def __init__(self) -> None:
        self.pushed: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


def context(ti: Instance | None = None) -> Any:
    return {"ti": ti or Instance()}


def test_returns_the_result_and_leaves_out_empty_arguments(command: Make) -> None:
    command("import json; print(json.dumps({'argv': sys.argv[1:]}))")
    task = CommandOperator(task_id="crawl", argv=["crawl", "", "--stored"])
    assert task.execute(context()) == {"argv": ["crawl", "--stored", "--json"]}


def test_one_member_becomes_the_return_value_and_is_cut_to_the_limit(command: Make) -> None:
    command('print(\'{"shards": [1, 2, 3], "plan_id": "p"}\')')
    ti = Instance()
    assert CommandOperator(task_id="plan", argv=["plan"], returns="shards", limit=2).execute(context(ti)) == [1, 2]
    assert ti.pushed == {"result": {"shards": [1, 2, 3], "plan_id": "p"}}
    with pytest.raises(AirflowException, match="gave no 'days'"):
        CommandOperator(task_id="download", argv=["download"], returns="days").execute(context(ti))


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        ("sys.exit(1)", AirflowException, "facelib run embed --shard s failed with exit code 1: no output"),
        ("print('error: no disk'); print('free some'); sys.exit(1)", AirflowException, "1: error: no disk"),
        ("print('fetch it'); sys.exit(78)", AirflowSkipException, "fetch it"),
        ("sys.exit(2)", AirflowFailException, "called wrongly"),
        ("os.kill(os.getpid(), signal.SIGKILL)", AirflowException, "killed by SIGKILL"),
    ],
)
def test_exit_codes(command: Make, body: str, error: type[Exception], message: str) -> None:
    command(body)
    with pytest.raises(error, match=message) as caught:
        stage_operator("embed", "s").execute(context())
    assert type(caught.value) is error


def test_a_missing_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_TASK_COMMAND", "/nowhere/facelib")
    with pytest.raises(FileNotFoundError, match="/nowhere/facelib; set FACELIB_TASK_COMMAND"):
        CommandOperator(task_id="crawl", argv=["crawl"]).execute(context())


def test_stopping_the_task_stops_the_command_and_its_children(command: Make, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    command(
        f"p = subprocess.Popen(['sleep', '60'])\nopen({str(note)!r}, 'w').write(f'{{os.getpid()}} {{p.pid}}')\n"
        "time.sleep(60)"
    )
    task = stage_operator("detect", "s")

    def stop() -> None:
        while not (note.exists() and len(note.read_text().split()) == 2):
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGUSR1)

    # Airflow calls on_kill from a signal handler, while the main thread waits for the command.
    before = signal.signal(signal.SIGUSR1, lambda number, frame: task.on_kill())
    try:
        threading.Thread(target=stop).start()
        with pytest.raises(AirflowException, match="killed by SIGTERM"):
            task.execute(context())
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert all(gone(int(pid)) for pid in note.read_text().split())


@pytest.mark.parametrize(("stage", "pool"), [("probe", "default_pool"), ("detect", "gpu"), ("embed", "gpu")])
def test_stages_with_a_model_take_a_gpu_slot(stage: str, pool: str) -> None:
    task = stage_operator(stage, "s")
    assert isinstance(task, LocalStageOperator)
    assert (task.task_id, task.pool, list(task.argv)) == (stage, pool, ["run", stage, "--shard", "s"])
