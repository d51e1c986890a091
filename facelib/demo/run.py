"""``make demo``: the main job from a feed to a searchable face, run by a real Airflow."""

import os
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.status import Status

from facelib.demo.airflow import Airflow
from facelib.demo.airflow_rest import AirflowError
from facelib.demo.channel import build_channel
from facelib.demo.feed import DEFAULT_PORT, base_url, serve
from facelib.demo.place import DATA, Place
from facelib.demo.report import RunNumbers, new_manifests, print_report
from facelib.errors import FacelibError
from facelib.models import registry
from facelib.planning import release_all
from facelib.settings import Settings
from facelib.store import plans

DAGS = Path(__file__).resolve().parents[2] / "dags"
INGEST = "channel_ingest"
DAG_IDS = (INGEST, "clip_pipeline", "index_publish")
AIRFLOW_PORT = int(os.environ.get("FACELIB_AIRFLOW_PORT", "8080"))
FEED_PORT = int(os.environ.get("FACELIB_FEED_PORT", str(DEFAULT_PORT)))
LIMIT_SECONDS = float(os.environ.get("FACELIB_DEMO_LIMIT_S", str(24 * 3600)))
POLL_SECONDS = 0.5
QUIET_SECONDS = 4.0
"""Events of a run set off others a moment later, so all must be quiet for so long."""
ENDED = ("success", "failed")
TASK_FAILED = ("failed", "upstream_failed")
TASK_ENDED = ("success", "skipped", *TASK_FAILED)


def feed_url() -> str:
    """Where the sample channel's feed is served."""
    return f"{base_url(FEED_PORT)}/feed.xml"


def run(source: str | None, console: Console) -> bool:
    """Run the demo on the sample channel, or on a source of the user's own.

    Returns:
        Whether every task of Airflow succeeded. An upload in quarantine is no failure.
    """
    started = time.monotonic()
    place = Place.of(source, feed_url())
    settings = place.settings()
    place.remember()
    with console.status("models") as status:
        fetch_models(settings, status)
        if place.sample:
            build_channel(place.channel, DATA / "cache" / "portraits", status.update, url=base_url(FEED_PORT))
    store = settings.open_store()
    if not place.airflow.exists():
        release_all(store)
    before = len(plans.manifests(store))
    numbers = RunNumbers()
    with ExitStack() as stack:
        if place.sample:
            require_free(FEED_PORT, "FACELIB_FEED_PORT", "the sample channel's feed")
            stack.enter_context(serve(place.channel, FEED_PORT, place.root / "feed.log"))
            console.print(f"serving the sample channel at {feed_url()}")
        succeeded = _run_dags(place, console, numbers)
    numbers.wall_seconds = time.monotonic() - started
    numbers.manifests = new_manifests(store, before)
    print_report(console, settings, numbers)
    console.print(
        f"{numbers.new} new uploads in {place.source}.\n"
        "Look at it:    make up    (Airflow and the dashboard, on 127.0.0.1; make down stops them)\n"
        + (
            "One more:      make demo-add demo    (adds an upload to the feed, and processes only that)\n"
            * place.sample
        )
        + "Your own:      make demo SOURCE=<folder, channel or feed URL>",
        highlight=False,
    )
    return succeeded


def fetch_models(settings: Settings, status: Status) -> None:
    """Fetch the weights that are not here yet."""
    status.update(f"fetching models: {', '.join(registry.ENTRIES)}")
    registry.fetch(list(registry.ENTRIES), settings.models_dir)


def require_free(port: int, variable: str, what: str) -> None:
    """Raise FacelibError when something else listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise FacelibError(
                f"port {port} on 127.0.0.1, for {what}, is in use",
                hint=f"run 'make down', or set {variable} to another port",
                reason="port_in_use",
            )


def _run_dags(place: Place, console: Console, numbers: RunNumbers) -> bool:
    require_free(AIRFLOW_PORT, "FACELIB_AIRFLOW_PORT", "Airflow")
    with console.status("starting Airflow"):
        airflow = Airflow(place.airflow, DAGS, place.environment(), port=AIRFLOW_PORT)
        airflow.start()
    try:
        console.print(f"Airflow runs at http://127.0.0.1:{AIRFLOW_PORT}")
        known = {(run["dag_id"], run["dag_run_id"]) for run in airflow.runs() if run["state"] in ENDED}
        airflow.unpause(*DAG_IDS)
        run_id = airflow.trigger(INGEST)
        with console.status("") as status:
            _Follower(airflow, known, console, status).follow(run_id)
        runs = [run for run in airflow.runs() if (run["dag_id"], run["dag_run_id"]) not in known]
        numbers.seen, numbers.new, numbers.downloaded = _ingested(airflow, run_id)
        return _tell_runs(airflow, runs, console)
    finally:
        with console.status("stopping Airflow"):
            airflow.stop()


class _Follower:
    """Watches the runs that are not in ``known``: a line for each task that ended, and a status of what goes on."""

    def __init__(self, airflow: Airflow, known: set[tuple[str, str]], console: Console, status: Status) -> None:
        self._airflow = airflow
        self._known = known
        self._console = console
        self._status = status
        self._told: set[tuple[str, ...]] = set()

    def follow(self, run_id: str) -> None:
        """Return when the run is over, and all that it set off."""
        deadline = time.monotonic() + LIMIT_SECONDS
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            states = self._look()
            over = states.get((INGEST, run_id)) in ENDED
            if not over or any(state not in ENDED for state in states.values()):
                quiet_since = time.monotonic()
            if time.monotonic() > deadline:
                raise AirflowError(f"not done after {LIMIT_SECONDS:.0f} s", hint="set FACELIB_DEMO_LIMIT_S higher")
            time.sleep(POLL_SECONDS)

    def _look(self) -> dict[tuple[str, str], str]:
        runs = [run for run in self._airflow.runs() if (run["dag_id"], run["dag_run_id"]) not in self._known]
        tasks = [(run, t) for run in runs for t in self._airflow.task_instances(run["dag_id"], run["dag_run_id"])]
        for run, task in tasks:
            self._tell(run, task)
        running = sorted({task["task_display_name"] for _, task in tasks if task["state"] == "running"})
        done = sum(task["state"] in TASK_ENDED for _, task in tasks)
        now = ", ".join(running) or "scheduling"
        self._status.update(f"{len(runs)} runs, {done} of {len(tasks)} tasks done; now: {now}")
        return {(run["dag_id"], run["dag_run_id"]): run["state"] for run in runs}

    def _tell(self, run: dict[str, Any], task: dict[str, Any]) -> None:
        key = (run["dag_id"], run["dag_run_id"], task["task_id"], str(task["map_index"]))
        if task["state"] not in TASK_ENDED or task["state"] == "skipped" or key in self._told:
            return
        self._told.add(key)
        name = task["task_display_name"] + (f"[{task['map_index']}]" if task["map_index"] >= 0 else "")
        day = run.get("partition_key") or ""
        seconds = task.get("duration") or 0.0
        colour = "red" if task["state"] in TASK_FAILED else "green"
        self._console.print(
            f"  [{colour}]{task['state']:>8}[/{colour}]  {run['dag_id']:14}  {day:10}  {name:16} {seconds:6.1f} s",
            highlight=False,
        )


def _ingested(airflow: Airflow, run_id: str) -> tuple[int, int, int]:
    crawled = airflow.result(INGEST, run_id, "crawl") or {}
    got = airflow.result(INGEST, run_id, "download", key="result") or {}
    return crawled.get("seen", 0), crawled.get("new", 0), got.get("downloaded", 0)


def _tell_runs(airflow: Airflow, runs: list[dict[str, Any]], console: Console) -> bool:
    failed = [run for run in runs if run["state"] == "failed"]
    for run in failed:
        for task in airflow.task_instances(run["dag_id"], run["dag_run_id"]):
            if task["state"] == "failed":
                console.print(
                    f"[red]failed:[/red] {run['dag_id']} {task['task_display_name']}; its log is below "
                    f"{airflow.home / 'logs' / ('dag_id=' + run['dag_id'])}",
                    highlight=False,
                )
    return not failed
