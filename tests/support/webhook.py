"""A webhook on this machine that keeps what is posted to it."""

import json
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.http_server import running

SECRET = "hook-a1b2c3"
"""Part of the address that must be in no log."""


class Webhook:
    """Answers with one status after another, the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        self.bodies: list[Any] = []
        left, hook = list(statuses), self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(left.pop(0) if len(left) > 1 else left[0])
                self.send_header("Location", f"{hook.url}/elsewhere")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self._running = ExitStack()
        port = self._running.enter_context(running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)))
        self.url = f"http://127.0.0.1:{port}/{SECRET}"

    def close(self) -> None:
        """Stop it."""
        self._running.close()
