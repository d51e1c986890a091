"""A real HTTP server on the loopback address, whose answers a test chooses path by path."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

STALL_S = 20.0
"""How long a stalled answer keeps its connection; it ends with the server at the latest."""


@dataclass(frozen=True)
class Answer:
    """What one request gets.

    Args:
        drop_after: the connection is closed after so many bytes of the body.
        length: a Content-Length other than the body's.
        ranges: whether byte ranges are served, under `If-Range` where the request has one.
        delay_s: seconds before anything is sent.
        stall_after: after so many bytes of the body nothing more is sent, and the connection stays open for a while.
    """

    body: bytes = b""
    type: str = "application/octet-stream"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop_after: int | None = None
    length: int | None = None
    ranges: bool = True
    delay_s: float = 0.0
    stall_after: int | None = None


Route = Answer | list[Answer] | Callable[[dict[str, str]], Answer]


@dataclass
class HttpServer:
    """Routes by path; a list of answers is used up one by one, its last one stays."""

    port: int = 0
    routes: dict[str, Route] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def asked(self, path: str) -> list[dict[str, str]]:
        """The headers, names in lower case, of each request for a path."""
        return [headers for _, seen, headers in self.requests if seen == path]

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        route = self.routes.get(path, Answer(status=404))
        if isinstance(route, list):
            return route.pop(0) if len(route) > 1 else route[0]
        return route if isinstance(route, Answer) else route(headers)


@contextmanager
def serve() -> Iterator[HttpServer]:
    """Start a server on a free port; it is stopped at the end of the block."""
    state = HttpServer()

    class Handler(_Handler):
        server_state = state

    with running(_Server(("127.0.0.1", 0), Handler)) as port:
        state.port = port
        try:
            yield state
        finally:
            state.released.set()


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[int]:
    """Have a server answer, in a thread, until the end of the block; gives its port."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Silent where the client hung up, which clients may."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server_state: HttpServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = urlsplit(self.path).path
        self.server_state.requests.append((self.command, self.path, headers))
        answer = self.server_state.answer(path, headers)
        start, status = self._start(answer, headers)
        body = answer.body[start:]
        time.sleep(answer.delay_s)
        try:
            self.send_response(status)
            self.send_header("Content-Type", answer.type)
            self.send_header("Content-Length", str(len(body) if answer.length is None else answer.length))
            if status == 206:
                self.send_header("Content-Range", f"bytes {start}-{len(answer.body) - 1}/{len(answer.body)}")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD" and answer.stall_after is not None:
                self.wfile.write(body[: answer.stall_after])
                self.server_state.released.wait(STALL_S)
            elif self.command != "HEAD":
                self.wfile.write(body if answer.drop_after is None else body[: max(0, answer.drop_after - start)])
            self.close_connection = answer.drop_after is not None or answer.length is not None
        except (BrokenPipeError, ConnectionResetError):  # the client had enough
            self.close_connection = True

    do_HEAD = do_GET

    @staticmethod
    def _start(answer: Answer, headers: dict[str, str]) -> tuple[int, int]:
        wanted = headers.get("range", "")
        same = headers.get("if-range") in (None, answer.headers.get("ETag"), answer.headers.get("Last-Modified"))
        if not (answer.status == 200 and answer.ranges and same and wanted.startswith("bytes=")):
            return 0, answer.status
        return int(wanted[6:].split("-")[0]), 206

    def log_message(self, format: str, *args: object) -> None:
        pass
