"""Watches Airflow at work: a line for each task that ended, and a status of what goes on."""

import json
import textwrap
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.status import Status
from rich.text import Text

from facelib.demo.airflow import Airflow
from facelib.demo.airflow_rest import AirflowError
from facelib.demo.report import counted

ENDED = ("success", "failed")
POLL_SECONDS = 0.5
QUIET_SECONDS = 4.0
"""Events of a run set off others a moment later, so all must be quiet for so long."""
STATUS_WIDTH = 76
_TASK_FAILED = ("failed", "upstream_failed")
_TASK_ENDED = ("success", "skipped", *_TASK_FAILED)
_LINE = "  [{colour}]{state:15}[/{colour}]  {dag:14}  {day:10}  {task:19} {seconds:>9}"

RunKey = tuple[str, str]


def key_of(run: dict[str, Any]) -> RunKey:
    """What tells a run from all others: its DAG and its run id."""
    return run["dag_id"], run["dag_run_id"]


class Follower:
    """Watches the runs of an Airflow that are not in ``known``.

    Args:
        airflow: which one.
        known: runs that were over before.
        console: where lines go.
        status: shows what goes on.
    """

    def __init__(self, airflow: Airflow, known: set[RunKey], console: Console, status: Status) -> None:
        self._airflow = airflow
        self._known = known
        self._console = console
        self._status = status
        self._told: set[tuple[str, ...]] = set()

    def follow(self, dag_id: str, run_id: str, limit: float) -> None:
        """Return when a run is over, and all that it set off.

        Raises:
            AirflowError: it takes more than ``limit`` seconds.
        """
        begun = quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            states = self._look()
            over = states.get((dag_id, run_id)) in ENDED
            if not over or any(state not in ENDED for state in states.values()):
                quiet_since = time.monotonic()
            if time.monotonic() - begun > limit:
                raise AirflowError(f"not done after {limit:.0f} s", hint="set FACELIB_DEMO_LIMIT_S higher")
            time.sleep(POLL_SECONDS)

    def new_runs(self) -> list[dict[str, Any]]:
        """The runs that are watched, oldest first."""
        return [run for run in self._airflow.runs() if key_of(run) not in self._known]

    def _look(self) -> dict[RunKey, str]:
        runs = self.new_runs()
        tasks = [(run, t) for run in runs for t in self._airflow.task_instances(*key_of(run))]
        for run, task in tasks:
            self._tell(run, task)
        running = {task["task_display_name"] for _, task in tasks if task["state"] == "running"}
        again = {task["task_display_name"] for _, task in tasks if task["state"] == "up_for_retry"}
        now = [*sorted(running), *(f"{name} failed and is tried again" for name in sorted(again))]
        done = sum(task["state"] in _TASK_ENDED for _, task in tasks)
        told = f"{done} of {counted(len(tasks), 'task')} done; now: {', '.join(now) or 'waiting for the next'}"
        self._status.update(textwrap.shorten(told, STATUS_WIDTH, placeholder=" ..."))
        return {key_of(run): run["state"] for run in runs}

    def _tell(self, run: dict[str, Any], task: dict[str, Any]) -> None:
        key = (*key_of(run), task["task_id"], str(task["map_index"]))
        if task["state"] not in _TASK_ENDED or task["state"] == "skipped" or key in self._told:
            return
        if not self._told:
            self._line("white", "state", "DAG", "day", "task", "time")
        self._told.add(key)
        colour = "red" if task["state"] in _TASK_FAILED else "green"
        day = (run.get("partition_key") or "").replace("all", "all days")
        self._line(colour, task["state"], run["dag_id"], day, shown_name(task), f"{task.get('duration') or 0.0:.1f} s")

    def _line(self, colour: str, state: str, dag: str, day: str, task: str, seconds: str) -> None:
        line = _LINE.format(colour=colour, state=state, dag=dag, day=day, task=task, seconds=seconds)
        self._console.print(line, highlight=False, soft_wrap=True)

    def tell_failures(self) -> bool:
        """Name the tasks that failed, with their last words and the folder of their logs. Returns whether none did."""
        failed = [run for run in self.new_runs() if run["state"] == "failed"]
        for run in failed:
            for task in self._airflow.task_instances(*key_of(run)):
                if task["state"] == "failed":
                    self._tell_failure(run, task)
        return not failed

    def _tell_failure(self, run: dict[str, Any], task: dict[str, Any]) -> None:
        logs = self._airflow.home / "logs" / f"dag_id={run['dag_id']}" / f"run_id={run['dag_run_id']}"
        logs /= f"task_id={task['task_id']}"
        logs /= f"map_index={task['map_index']}" if task["map_index"] >= 0 else ""
        self._console.print(f"[red]failed:[/red] {run['dag_id']} {shown_name(task)}", highlight=False)
        if words := last_words(logs):
            self._console.print(Padding(Text(words), (0, 0, 0, 2)))
        self._console.print(Text(f"  log: {logs}"), soft_wrap=True)


def last_words(logs: Path) -> str:
    """The last line that a task's command printed before its result; empty where it printed none.

    Args:
        logs: folder of the task's logs: a file of JSON lines for each attempt.
    """
    words = ""
    for path in sorted(logs.glob("attempt=*.log"))[-1:]:
        for line in path.read_text(errors="replace").splitlines():
            with suppress(ValueError, AttributeError, KeyError):
                entry = json.loads(line)
                if "operators.operators." in entry.get("logger", "") and not entry["event"].startswith(("$", "{")):
                    words = entry["event"]
    return words


def shown_name(task: dict[str, Any]) -> str:
    """A task's name, with its number where it is mapped: ``shard.detect[0]``."""
    return str(task["task_display_name"]) + (f"[{task['map_index']}]" if task["map_index"] >= 0 else "")
