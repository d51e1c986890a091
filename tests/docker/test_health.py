"""The check of every container."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from facelib import settings
from tests.docker.files import script
from tests.support.http_server import running

health: Any = script("health")
PARTS = {"scheduler": {"status": "healthy"}, "triggerer": {"status": "unhealthy"}, "dag_processor": {"status": None}}


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/health" else 503)
        self.end_headers()
        self.wfile.write(json.dumps(PARTS).encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(ThreadingHTTPServer(("127.0.0.1", 0), _Answer)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["/health"], 0),
        (["/health", "scheduler"], 0),
        (["/health", "triggerer"], 1),
        (["/health", "dag_processor"], 1),
        (["/health", "flower"], 1),
        (["/broken"], 1),
    ],
)
def test_a_server(url: str, arguments: list[str], code: int) -> None:
    assert health.main([url + arguments[0], *arguments[1:]]) == code


def test_no_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert health.main(["http://127.0.0.1:1/health"]) == 1
    assert "127.0.0.1:1" in capsys.readouterr().err


@pytest.mark.parametrize(("variable", "code"), [("FACELIB_THREADS", 0), ("FACELIB_TREADS", 1)])
def test_the_settings_of_a_worker(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, code: int
) -> None:
    monkeypatch.setenv("FACELIB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv(variable, "1")
    settings.load.cache_clear()
    try:
        assert health.main([]) == code
    finally:
        settings.load.cache_clear()
    assert ("did you mean FACELIB_THREADS?" in capsys.readouterr().err) == bool(code)
