"""Past days are ingested by a real Airflow: once through its API, once through the form on its page in a browser.

The same Airflow shows that each run tells a webhook what became of it, and that Airflow's own counters reach StatsD.
"""

import contextlib
import importlib.util
import socket
import time
from collections.abc import Iterator
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

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

TODAY = datetime.now(UTC).date()
FIRST, LAST, EARLIER = TODAY - timedelta(days=5), TODAY - timedelta(days=3), TODAY - timedelta(days=6)
DAYS = {"early": EARLIER, "one": FIRST, "two": FIRST + timedelta(days=1), "three": LAST}
IDLE_SECONDS = 900.0


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
    statsd: socket.socket | None
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
    hook, statsd = Webhook(200), _statsd()
    with feed_of(DAYS, folder) as server:
        list_uploads(server, {name: day for name, day in DAYS.items() if name != "early"})
        env = environment(folder, server.url("/feed.xml"))
        command(env, "crawl")
        env |= {"FACELIB_TASK_WEBHOOK": hook.url}
        if statsd is not None:
            host, port = statsd.getsockname()
            settings = {"STATSD_ON": "True", "STATSD_HOST": host, "STATSD_PORT": str(port), "STATSD_PREFIX": "facelib"}
            env |= {f"AIRFLOW__METRICS__{name}": value for name, value in settings.items()}
        with airflow_for(folder, env) as airflow:
            told = Story(airflow, server, folder / "store", hook, statsd)
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
    if statsd is not None:
        statsd.close()


def _statsd() -> socket.socket | None:
    """A socket that StatsD clients send to; None without the package that Airflow sends with."""
    if importlib.util.find_spec("statsd") is None:
        return None
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024**2)
    found.bind(("127.0.0.1", 0))
    found.settimeout(1.0)
    return found


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
    told = {(body["dag"], body["run"]): body for body in story.hook.bodies}
    runs = [run for step in story.steps.values() for run in step.runs]
    assert {("channel_ingest", r["dag_run_id"]) for r in runs if r["dag_id"] == "channel_ingest"} <= set(told)
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
    if story.statsd is None:
        pytest.skip("needs the package statsd")

    def of_a_task(name: str) -> bool:
        return name.startswith("facelib.ti") or "task_instance" in name

    found: set[str] = set()
    until = time.monotonic() + 120
    # Airflow never stops telling, so the first counter of a task ends it.
    with contextlib.suppress(TimeoutError):
        while time.monotonic() < until and not any(map(of_a_task, found)):
            for line in story.statsd.recv(65535).decode().splitlines():
                name, _, rest = line.partition(":")
                found |= {name} if rest.endswith("|c") else set()
    assert any(map(of_a_task, found)), sorted(found)
