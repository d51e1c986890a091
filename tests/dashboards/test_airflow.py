"""What the pages have to do with Airflow: an export that it is asked to run, and links to its runs."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from facelib.store import plans
from facelib.store.objects import Store
from facelib.store.plans import Shard
from tests.dashboards import published

Open = Callable[..., AppTest]
USER, PASSWORD, TOKEN = "exporter", "pass-a1b2c3", "token-d4e5f6"
RUNS = "/api/v2/dags/dataset_export/dagRuns"
RUN = "scheduled__2026-01-05"


@dataclass
class Airflow:
    """An API server of Airflow, as far as a page asks it; a status of 400 or more refuses the run."""

    url: str = ""
    status: int = 200
    logins: list[dict[str, str]] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def answer(self, path: str, token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path == "/auth/token":
            self.logins.append(body)
            return (201, {"access_token": TOKEN}) if body["password"] == PASSWORD else (401, {"detail": "wrong"})
        if token != f"Bearer {TOKEN}":
            return 401, {"detail": "who are you?"}
        self.asked.append((path, body))
        return self.status, {"dag_run_id": "manual__1"} if self.status < 400 else {"detail": "dataset_export is gone"}


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    """It listens on this machine, and the settings name it."""
    state = Airflow()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, told = state.answer(self.path, self.headers.get("Authorization", ""), body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("FACELIB_DASHBOARD__AIRFLOW_URL", state.url)
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = published.make(tmp_path_factory.mktemp("airflow") / "store")
    plan_id = "daily-20260105T000000.000000Z"
    for number, video_id in enumerate((published.VIDEO, published.BROKEN)):
        key = f"plans/{plan_id}/shard-{number:05d}.json"
        plans.write_shard(made, Shard(key, plan_id, RUN, "daily", 1, (video_id,), 2.0, 120.0))
    return made


@pytest.fixture
def open_(store: Store, open_alone: Open) -> Open:
    return partial(open_alone, store=store.address)


def links(page: AppTest) -> list[str]:
    assert not page.exception
    return [element.proto.url for element in page.get("link_button")]


def export(page: AppTest, name: str) -> AppTest:
    page.text_input(key="export_name").set_value(name)
    return next(button for button in page.button if button.label == "Start the export").click().run()


def say_who(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setenv("FACELIB_DASHBOARD__AIRFLOW_USER", USER)
    monkeypatch.setenv("FACELIB_DASHBOARD__AIRFLOW_PASSWORD", password)


def test_an_export_is_run_by_airflow(open_: Open, airflow: Airflow, monkeypatch: pytest.MonkeyPatch) -> None:
    say_who(monkeypatch, PASSWORD)
    page = export(open_("dataset", verdict="Any"), "talks-v1")
    assert "Airflow runs it: manual__1" in page.success[0].value
    assert airflow.logins == [{"username": USER, "password": PASSWORD}]
    ((path, body),) = airflow.asked
    assert path == RUNS
    assert body["conf"].items() >= {"name": "talks-v1", "format": "clips"}.items()
    assert links(page) == [f"{airflow.url}/dags/dataset_export"]


@pytest.mark.parametrize(("password", "status", "said"), [("wrong", 200, "401"), (PASSWORD, 404, "is gone")])
def test_a_refusal_is_a_sentence(
    open_: Open, airflow: Airflow, monkeypatch: pytest.MonkeyPatch, password: str, status: int, said: str
) -> None:
    say_who(monkeypatch, password)
    airflow.status = status
    page = export(open_("dataset", verdict="Any"), "talks-v1")
    assert not page.exception and not page.success
    told = " ".join(box.value for box in [*page.error, *page.warning])
    assert said in told
    assert PASSWORD not in told and TOKEN not in told


def test_without_a_user_the_parameters_are_shown(open_: Open, airflow: Airflow) -> None:
    page = export(open_("dataset", verdict="Any"), "talks-v1")
    assert any('"name": "talks-v1"' in code.value for code in page.code)
    assert links(page) == [f"{airflow.url}/dags/dataset_export"]
    assert not airflow.asked and not airflow.logins


@pytest.mark.parametrize("view", ["Runs", "Quarantine"])
def test_runs_and_failures_lead_to_the_run(open_: Open, airflow: Airflow, view: str) -> None:
    assert f"{airflow.url}/dag_runs?run_id_pattern={RUN}" in links(open_("pipeline", view=view))
