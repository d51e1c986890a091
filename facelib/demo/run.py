"""``make demo``: the main job from a feed to a searchable face, run by a real Airflow."""

import os
import socket
import time
from contextlib import ExitStack
from pathlib import Path

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
POLL_SECONDS = 1.0
FAILED = ("failed", "upstream_failed")


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
        known = {(run["dag_id"], run["dag_run_id"]) for run in airflow.runs() if run["state"] in ("success", "failed")}
        airflow.unpause(*DAG_IDS)
        run_id = airflow.trigger(INGEST)
        with console.status("") as status:
            _follow(airflow, run_id, known, status)
        runs = [run for run in airflow.runs() if (run["dag_id"], run["dag_run_id"]) not in known]
        numbers.seen, numbers.new, numbers.downloaded = _ingested(airflow, run_id)
        return _tell_runs(airflow, runs, console)
    finally:
        with console.status("stopping Airflow"):
            airflow.stop()


def _follow(airflow: Airflow, run_id: str, known: set[tuple[str, str]], status: Status) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS

    def update() -> bool:
        runs = [run for run in airflow.runs() if (run["dag_id"], run["dag_run_id"]) not in known]
        tasks = [task for run in runs for task in airflow.task_instances(run["dag_id"], run["dag_run_id"])]
        ended = sum(task["state"] in ("success", "skipped", *FAILED) for task in tasks)
        now = sorted({task["task_display_name"] for task in tasks if task["state"] == "running"})
        status.update(f"{len(runs)} runs, {ended} of {len(tasks)} tasks done; now: {', '.join(now) or 'scheduling'}")
        return any(run["dag_run_id"] == run_id and run["state"] in ("success", "failed") for run in runs)

    airflow.until(update, deadline - time.monotonic(), f"done with {run_id}")
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < 4 * POLL_SECONDS:
        update()
        if any(run["state"] in ("running", "queued") for run in airflow.runs()):
            quiet_since = time.monotonic()
        if time.monotonic() > deadline:
            raise AirflowError(f"not done after {LIMIT_SECONDS:.0f} s", hint="set FACELIB_DEMO_LIMIT_S higher")
        time.sleep(POLL_SECONDS)


def _ingested(airflow: Airflow, run_id: str) -> tuple[int, int, int]:
    crawled = airflow.result(INGEST, run_id, "crawl") or {}
    got = airflow.result(INGEST, run_id, "download", key="result") or {}
    return crawled.get("seen", 0), crawled.get("new", 0), got.get("downloaded", 0)


def _tell_runs(airflow: Airflow, runs: list[dict[str, str]], console: Console) -> bool:
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
