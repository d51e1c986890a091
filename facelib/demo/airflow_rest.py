"""The few calls of Airflow's REST API that the sample channel, the command line and the tests need."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

from facelib.errors import FacelibError

_API = "/api/v2"
_TIMEOUT_SECONDS = 60
_DONE = ("success", "failed")
_MOST = 1000


class AirflowError(FacelibError):
    """Airflow does not start, does not answer, or refuses a call."""


class AirflowClient:
    """A client of one Airflow.

    Args:
        url: address of its API server, without a path.
        login: gives the name of a user and its password; called once for a token. Neither is ever logged.
    """

    def __init__(self, url: str, login: Callable[[], tuple[str, str]]) -> None:
        self.url = url.rstrip("/")
        self._login = login
        self._token = ""

    def health(self) -> dict[str, str]:
        """State of each component, such as ``{"scheduler": "healthy"}``. Needs no login."""
        found = self._send("GET", f"{_API}/monitor/health", None, {})
        return {name: str(part.get("status")) for name, part in found.items()}

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One call below ``/api/v2``, such as ``call("GET", "/dags")``.

        Raises:
            AirflowError: no answer, or a status of 400 or more; the message has Airflow's own words.
        """
        if not self._token:
            user, password = self._login()
            self._token = self._send("POST", "/auth/token", {"username": user, "password": password}, {})[
                "access_token"
            ]
        return self._send(method, _API + path, body, {"Authorization": f"Bearer {self._token}"})

    def unpause(self, *dag_ids: str) -> None:
        """Let DAGs run: all are paused at first."""
        for dag_id in dag_ids:
            self.call("PATCH", f"/dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, partition: str | None = None, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run by hand, with values of its params in ``conf``. Returns its run id."""
        body = {"logical_date": None, "partition_key": partition, "conf": dict(conf or {})}
        return str(self.call("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"])

    def backfill(self, dag_id: str, first: date, last: date, reprocess: str = "none", active: int = 1) -> int:
        """Run a range of days, both included. Returns the backfill's id.

        Args:
            dag_id: a DAG with a time schedule.
            first: first day.
            last: last day.
            reprocess: ``none`` (only days without a run), ``failed`` or ``completed``.
            active: runs at a time.

        Raises:
            AirflowError: among others, while an earlier backfill of this DAG is not marked complete, which Airflow does
                every 30 s.
        """
        body = {
            "dag_id": dag_id, "from_date": f"{first}T00:00:00Z", "to_date": f"{last}T00:00:00Z",
            "reprocess_behavior": reprocess, "max_active_runs": active,
        }  # fmt: skip
        return int(self.call("POST", "/backfills", body)["id"])

    def runs(self, dag_id: str = "~") -> list[dict[str, Any]]:
        """The first thousand runs of a DAG, or of all, oldest first, as in the REST API."""
        return list(self.call("GET", f"/dags/{dag_id}/dagRuns?order_by=id&limit={_MOST}")["dag_runs"])

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """One run, as in the REST API: ``state``, ``partition_key``, ``run_type`` and more."""
        return dict(self.call("GET", f"/dags/{dag_id}/dagRuns/{_quoted(run_id)}"))

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Tasks of one run, mapped ones once for each index, as in the REST API."""
        path = f"/dags/{dag_id}/dagRuns/{_quoted(run_id)}/taskInstances?limit={_MOST}"
        return list(self.call("GET", path)["task_instances"])

    def result(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1, *, key: str = "return_value") -> Any:
        """What a task returned, or kept under another key."""
        path = f"/dags/{dag_id}/dagRuns/{_quoted(run_id)}/taskInstances/{task_id}/xcomEntries/{key}"
        return self.call("GET", f"{path}?map_index={map_index}&deserialize=true")["value"]

    def set_pools(self, file: Path) -> None:
        """Make or change the pools of a file as ``airflow pools import`` reads it."""
        for name, pool in json.loads(file.read_text()).items():
            try:
                self.call("PATCH", f"/pools/{name}", {"pool": name, **pool})
            except AirflowError as error:
                if error.reason != "airflow_http_404":
                    raise
                self.call("POST", "/pools", {"name": name, **pool})

    def wait(self, dag_id: str, run_id: str, timeout: float = 300) -> str:
        """Wait until one run is over. Returns ``success`` or ``failed``.

        Raises:
            AirflowError: it takes longer than ``timeout`` seconds.
        """
        self.until(lambda: self.run(dag_id, run_id)["state"] in _DONE, timeout, f"done with {dag_id} {run_id}")
        return str(self.run(dag_id, run_id)["state"])

    def wait_idle(self, timeout: float = 300, quiet: float = 3.0) -> list[dict[str, Any]]:
        """Wait until no run is queued or running for ``quiet`` seconds: events of a run start others a moment later.

        Returns:
            All runs, oldest first.

        Raises:
            AirflowError: it takes longer than ``timeout`` seconds.
        """
        since = time.monotonic()

        def idle() -> bool:
            nonlocal since
            if any(run["state"] not in _DONE for run in self.runs()):
                since = time.monotonic()
            return time.monotonic() - since >= quiet

        self.until(idle, timeout, "done with all runs")
        return self.runs()

    def until(self, done: Callable[[], bool], timeout: float, what: str) -> None:
        """Ask again and again until something is done."""
        deadline = time.monotonic() + timeout
        while not done():
            if time.monotonic() > deadline:
                raise AirflowError(f"Airflow is not {what} after {timeout:.0f} s", reason="airflow_timeout")
            time.sleep(0.3)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None, headers: dict[str, str]) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - an address that the caller configured
            self.url + path, data, {"Content-Type": "application/json", **headers}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
                text = answer.read()
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")[:500]
            raise AirflowError(f"{method} {path}: {error.code} {detail}", reason=f"airflow_http_{error.code}") from None
        except OSError as error:
            raise AirflowError(f"no answer from Airflow at {self.url}: {error}", reason="airflow_unreachable") from None
        return json.loads(text) if text else None


def tasks_ready(url: str) -> bool:
    """Whether the API that tasks talk to answers; its first answer takes seconds, so the first task need not wait."""
    try:
        with urllib.request.urlopen(f"{url}/execution/health", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def _quoted(run_id: str) -> str:
    return urllib.parse.quote(run_id, safe="")
