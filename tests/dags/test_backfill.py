"""Past days are ingested by a real Airflow: once through its API, once through the form on its page in a browser.

The same Airflow shows that each run tells a webhook what became of it, and that Airflow's own counters reach StatsD.
"""

import contextlib
import importlib.util
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from facelib.demo.airflow import Airflow
from tests.support.airflow_browser import page_of, run_backfill
from tests.support.http_server import HttpServer
from tests.support.past_feed import airflow_for, command, environment, feed_of, list_uploads
from tests.support.webhook import SECRET, Webhook

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

TODAY = datetime.now(UTC).date()
FIRST, LAST, EARLIER = TODAY - timedelta(days=5), TODAY - timedelta(days=3), TODAY - timedelta(days=6)
DAYS = {"early": EARLIER, "one": FIRST, "two": FIRST + timedelta(days=1), "three": LAST}
IDLE_SECONDS = 900.0
TOLD_SECONDS = 120.0
"""Airflow's DAG processor tells of a run a while after it is over, its scheduler sends figures all the time."""


@dataclass
class Step:
    """What one step left: its runs, the files asked for, and every file of results with the time of its last change."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    fetched: set[str] = field(default_factory=set)
    results: dict[str, int] = field(default_factory=dict)

    def states(self, dag_id: str, kind: str) -> dict[str, str]:
        """Partition key to state of the runs of one DAG of one kind."""
        found = [run for run in self.runs if run["dag_id"] == dag_id and run["run_type"] == kind]
        return {run["partition_key"]: run["state"] for run in found}


@dataclass
class Story:
    """What happened, step by step."""

    airflow: Airflow
    server: HttpServer
    store: Path
    hook: Webhook
    counters: set[str] | None
    steps: dict[str, Step] = field(default_factory=dict)
    downloads: list[tuple[str, str, str]] = field(default_factory=list)

    def note(self, name: str) -> None:
        """Wait until nothing runs, and write down what is new."""
        known = {run["dag_run_id"] for step in self.steps.values() for run in step.runs}
        runs = [run for run in self.airflow.wait_idle(IDLE_SECONDS) if run["dag_run_id"] not in known]
        for run in runs:
            if run["dag_id"] == "channel_ingest":
                tasks = self.airflow.task_instances("channel_ingest", run["dag_run_id"])
                (task,) = (task for task in tasks if task["task_id"] == "download")
                self.downloads.append((task["start_date"], task["end_date"], run["dag_run_id"]))
        fetched = {path.strip("/").removesuffix(".mp4") for _, path, _ in self.server.requests if path.endswith(".mp4")}
        files = (self.store / "results").rglob("*.parquet")
        results = {str(path.relative_to(self.store)): path.stat().st_mtime_ns for path in files}
        self.steps[name] = Step(runs, fetched, results)
        self.server.requests.clear()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, lite_models: Path) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("backfill")
    hook, counters = Webhook(200), set[str]()
    with feed_of(DAYS, folder) as server, _statsd(counters) as port:
        list_uploads(server, {name: day for name, day in DAYS.items() if name != "early"})
        env = environment(folder, server.url("/feed.xml"))
        command(env, "crawl")
        env |= {"FACELIB_TASK_WEBHOOK": hook.url}
        if port:
            metrics = {"ON": "True", "HOST": "127.0.0.1", "PORT": port, "PREFIX": "facelib"}
            env |= {f"AIRFLOW__METRICS__STATSD_{name}": value for name, value in metrics.items()}
        with airflow_for(folder, env) as airflow:
            told = Story(airflow, server, folder / "store", hook, counters if port else None)
            airflow.unpause("channel_ingest", "clip_pipeline", "index_publish")
            airflow.backfill("channel_ingest", FIRST, LAST, active=2)
            told.note("api")
            list_uploads(server, DAYS)
            command(env, "crawl", "--force")
            with page_of(airflow, "/dags/channel_ingest") as page:
                run_backfill(page, EARLIER, LAST, reprocess="All Runs")
                airflow.trigger("channel_ingest")
            told.note("page")
            yield told
    hook.close()


@contextlib.contextmanager
def _statsd(counters: set[str]) -> Iterator[str]:
    """Gather the names of counters that StatsD clients send to a port; empty without the package that Airflow needs."""
    if importlib.util.find_spec("statsd") is None:
        yield ""
        return
    over = threading.Event()

    # Read all the time: how much a socket holds unread is up to the machine.
    def gather() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                lines = (line.partition(":") for line in server.recv(65535).decode().splitlines())
                counters.update(name for name, _, rest in lines if rest.endswith("|c"))

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.5)
        thread = threading.Thread(target=gather, daemon=True)
        thread.start()
        yield str(server.getsockname()[1])
        over.set()
        thread.join()


def until(done: Callable[[], bool]) -> bool:
    """Whether something is so, within some time."""
    deadline = time.monotonic() + TOLD_SECONDS
    while not done() and time.monotonic() < deadline:
        time.sleep(0.5)
    return done()


def day(name: str) -> str:
    return str(DAYS[name])


def test_each_past_day_is_ingested_from_the_feed_by_its_upload_day(story: Story) -> None:
    step = story.steps["api"]
    assert step.states("channel_ingest", "backfill") == {day(name): "success" for name in ("one", "two", "three")}
    assert step.fetched == {"one", "two", "three"}
    probed = {name.split("/")[2] for name in step.results if name.startswith("results/probe/")}
    assert len(probed) == 3
    ran = {run["partition_key"] for run in step.runs if run["dag_id"] == "clip_pipeline"}
    assert ran == {day(name) for name in ("one", "two", "three")}


def test_the_form_takes_in_the_day_that_was_missing(story: Story) -> None:
    step = story.steps["page"]
    assert step.states("channel_ingest", "backfill") == {day(name): "success" for name in DAYS}
    assert step.fetched == {"early"}
    assert len({name.split("/")[2] for name in step.results if name.startswith("results/probe/")}) == 4


def test_days_that_are_done_compute_nothing(story: Story) -> None:
    before, after = story.steps["api"].results, story.steps["page"].results
    assert before and {name: after.get(name) for name in before} == before


def test_daily_runs_and_backfills_keep_one_pace(story: Story) -> None:
    """One download task at a time, whatever run it belongs to: each keeps the pace of hosts for itself."""
    kinds = {run_id.split("__")[0] for _, _, run_id in story.downloads}
    assert {"backfill", "manual"} <= kinds
    ordered = sorted((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b, _ in story.downloads)
    assert all(first[1] <= second[0] for first, second in pairwise(ordered))


def test_every_run_tells_the_webhook_what_became_of_it(story: Story) -> None:
    runs = {(run["dag_id"], run["dag_run_id"]) for step in story.steps.values() for run in step.runs}
    until(lambda: runs <= {(body["dag"], body["run"]) for body in list(story.hook.bodies)})
    told = {(body["dag"], body["run"]): body for body in list(story.hook.bodies)}
    assert runs <= set(told)
    (one,) = (
        body for body in told.values() if body.get("partition") == day("one") and body["dag"] == "channel_ingest"
        and body.get("downloaded")
    )  # fmt: skip
    assert (one["state"], one["downloaded"], one["tasks"]) == ("success", 1, {"success": 5})
    assert any(body.get("committed") for body in told.values() if body["dag"] == "clip_pipeline")


def test_the_address_of_the_webhook_is_in_no_log(story: Story) -> None:
    logs = [path for path in story.airflow.home.rglob("*.log") if path.is_file()]
    assert logs
    assert [path for path in logs if SECRET.encode() in path.read_bytes()] == []


def test_counters_of_airflow_reach_statsd(story: Story) -> None:
    counters = story.counters
    if counters is None:
        pytest.skip("needs the package statsd")

    def of_a_task(name: str) -> bool:
        return name.startswith("facelib.ti") or "task_instance" in name

    assert until(lambda: any(map(of_a_task, list(counters)))), sorted(counters)
