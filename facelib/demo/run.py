"""``make demo``: the main job from a feed to a searchable face, run by a real Airflow."""

import os
import socket
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path

from rich.console import Console

from facelib.demo.airflow import Airflow
from facelib.demo.airflow_rest import AirflowError
from facelib.demo.channel import build_channel
from facelib.demo.feed import DEFAULT_PORT, base_url, serve
from facelib.demo.follow import ENDED, Follower, key_of
from facelib.demo.place import DATA, Place
from facelib.demo.report import RunNumbers, counted, duration, new_manifests, print_report
from facelib.errors import FacelibError, SettingsError
from facelib.models.fetch import fetch
from facelib.planning import release_all
from facelib.settings import Settings
from facelib.sources.kinds import open_source
from facelib.store import plans

DAGS = Path(__file__).resolve().parents[2] / "dags"
INGEST = "channel_ingest"
DAG_IDS = (INGEST, "clip_pipeline", "index_publish")
LIMIT_SECONDS = 24 * 3600.0

_NEXT = """\
Look at it:  make up             Airflow and the dashboard; make down stops them
{more}Your own:    make demo SOURCE=<folder, or address of a channel or feed>"""
_ONE_MORE = """\
One more:    make demo-add demo  adds an upload; only that one is processed
"""


def from_environment(variable: str, default: float, most: float = 1e9) -> float:
    """A number above 0 and up to ``most`` from an environment variable.

    Raises:
        SettingsError: it is none.
    """
    text = os.environ.get(variable) or str(default)
    with suppress(ValueError):
        if 0 < float(text) <= most:
            return float(text)
    raise SettingsError(f"{variable} is {text!r}", hint=f"give a number from 1 to {most:.0f}", reason="bad_settings")


def port_from_environment(variable: str, default: int) -> int:
    """A port number from an environment variable.

    Raises:
        SettingsError: it is none.
    """
    return int(from_environment(variable, default, most=65535))


AIRFLOW_PORT = port_from_environment("FACELIB_AIRFLOW_PORT", 8080)
FEED_PORT = port_from_environment("FACELIB_FEED_PORT", DEFAULT_PORT)


def feed_url() -> str:
    """Where the sample channel's feed is served."""
    return f"{base_url(FEED_PORT)}/feed.xml"


def run(source: str | None, console: Console) -> bool:
    """Run the demo on the sample channel, or on a source of the user's own.

    Returns:
        Whether every task of Airflow succeeded. An upload in quarantine is no failure.

    Raises:
        FacelibError: a source that is none, a port that is in use, weights or portraits that cannot be fetched.
    """
    started = time.monotonic()
    place = Place.of(source, feed_url())
    settings = place.settings()
    open_source(place.source, settings.download)
    require_free(AIRFLOW_PORT, "FACELIB_AIRFLOW_PORT", "Airflow")
    if place.sample:
        require_free(FEED_PORT, "FACELIB_FEED_PORT", "the sample channel's feed")
    place.remember()
    _prepare(place, settings, console)
    store = settings.open_store()
    if not place.airflow.exists():
        release_all(store)
    before = plans.manifests(store)
    numbers = RunNumbers()
    with ExitStack() as stack:
        if place.sample:
            stack.enter_context(serve(place.channel, FEED_PORT, place.root / "feed.log"))
        console.print(f"{'sample channel' if place.sample else 'source'}  {place.source}", highlight=False)
        succeeded = _run_dags(place, console, numbers)
    numbers.wall_seconds = time.monotonic() - started
    numbers.manifests = new_manifests(store, before)
    print_report(console, settings, numbers)
    console.print(
        f"{counted(numbers.new, 'new upload')}, {counted(numbers.computed(), 'result')} computed, "
        f"in {duration(numbers.wall_seconds)}\n\n" + _NEXT.format(more=_ONE_MORE if place.sample else ""),
        highlight=False,
    )
    return succeeded


def require_free(port: int, variable: str, what: str) -> None:
    """Raise FacelibError when something else listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise FacelibError(
                f"port {port} on 127.0.0.1, for {what}, is in use",
                hint=f"run 'make down', or set {variable} to another port",
                reason="port_in_use",
            )


def _prepare(place: Place, settings: Settings, console: Console) -> None:
    """Fetch the weights, and make the sample channel, unless they are here."""
    weights = settings.open_weights()
    needed = settings.needed_models()
    missing = [name for name in needed if weights.state(name) != "sound"]
    if missing:
        console.print(f"fetching {counted(len(missing), 'model')}: {', '.join(missing)}")
    with console.status("looking at the models"):
        fetch(needed, weights)
    if place.sample:
        with console.status("making the sample channel"):
            portraits = DATA / "cache" / "portraits"
            build_channel(place.channel, portraits, lambda step: console.print(step), url=base_url(FEED_PORT))


def _run_dags(place: Place, console: Console, numbers: RunNumbers) -> bool:
    airflow = Airflow(place.airflow, DAGS, place.environment(), port=AIRFLOW_PORT)
    with console.status("starting Airflow"):
        airflow.start()
    try:
        console.print(f"Airflow         {airflow.url}", highlight=False)
        known = {key_of(run) for run in airflow.runs() if run["state"] in ENDED}
        airflow.unpause(*DAG_IDS)
        run_id = airflow.trigger(INGEST)
        with console.status("") as status:
            follower = Follower(airflow, known, console, status)
            follower.follow(INGEST, run_id, from_environment("FACELIB_DEMO_LIMIT_S", LIMIT_SECONDS))
        crawled = _counts(airflow, run_id, "crawl")
        got = _counts(airflow, run_id, "download", key="result")
        numbers.seen, numbers.new = crawled["seen"], crawled["new"]
        numbers.downloaded, numbers.not_fetched = got["downloaded"], got["quarantined"]
        return follower.tell_failures()
    finally:
        with console.status("stopping Airflow"):
            airflow.stop()


def _counts(airflow: Airflow, run_id: str, task_id: str, key: str = "return_value") -> Counter[str]:
    """The numbers that a task of the ingest returned, those of all its batches together; none of one that failed."""
    counts: Counter[str] = Counter()
    for task in airflow.task_instances(INGEST, run_id):
        if task["task_id"] != task_id:
            continue
        try:
            told = airflow.result(INGEST, run_id, task_id, task["map_index"], key=key) or {}
        except AirflowError as error:
            if error.reason != "airflow_http_404":
                raise
            continue
        counts.update({name: value for name, value in told.items() if isinstance(value, int)})
    return counts
