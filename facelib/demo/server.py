"""A small HTTP server for one flat folder, on the loopback interface: GET, HEAD and single byte ranges."""

import re
import sys
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from facelib.errors import FacelibError

_TYPES = {".mp4": "video/mp4", ".xml": "application/rss+xml; charset=utf-8", ".json": "application/json"}
# One plain name in the folder: no separators, nothing hidden, so no path leads outside.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CHUNK = 1 << 16
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class FolderServer(ThreadingHTTPServer):
    """Serves the files of a folder; use as a context manager around `serve_forever`.

    Args:
        folder: whose files are served, none of its folders.
        port: on 127.0.0.1; 0 takes any free one, see `server_port`.
        log: where requests are noted; None notes them nowhere.

    Raises:
        FacelibError: `port_taken`.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int, log: Path | None) -> None:
        self.folder = folder
        self.log = log
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            hint = "end what uses it, or choose another port"
            raise FacelibError(f"cannot listen on port {port}: {error}", hint=hint, reason="port_taken") from error

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, as one does that has read enough, is no error of the server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: FolderServer
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        self._answer(send=True)

    def do_HEAD(self) -> None:
        self._answer(send=False)

    def _answer(self, *, send: bool) -> None:
        name = unquote(urlsplit(self.path).path).removeprefix("/")
        path = self.server.folder / name
        if not _NAME.fullmatch(name) or not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with path.open("rb") as file:
            size = path.stat().st_size
            first, last = self._asked_range(size)
            if first > last and size > 0:
                self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
                self.send_header("Content-Range", f"bytes */{size}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            partial = (first, last) != (0, size - 1)
            self.send_response(HTTPStatus.PARTIAL_CONTENT if partial else HTTPStatus.OK)
            if partial:
                self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
            self.send_header("Content-Type", _TYPES.get(path.suffix, "application/octet-stream"))
            self.send_header("Content-Length", str(last - first + 1))
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Last-Modified", self.date_time_string(path.stat().st_mtime))
            self.end_headers()
            if send:
                self._send(file, first, last - first + 1)

    def _asked_range(self, size: int) -> tuple[int, int]:
        """First and last byte asked for; all where no range, or none that this server knows, is named."""
        match = _RANGE.fullmatch(self.headers.get("Range", ""))
        if not match or match.groups() == ("", ""):
            return 0, size - 1
        first, last = match.groups()
        if not first:
            return (max(0, size - int(last)), size - 1) if int(last) else (size, size - 1)
        return int(first), min(int(last), size - 1) if last else size - 1

    def _send(self, file: IO[bytes], first: int, count: int) -> None:
        file.seek(first)
        try:
            while count > 0 and (block := file.read(min(count, _CHUNK))):
                self.wfile.write(block)
                count -= len(block)
        except (BrokenPipeError, ConnectionResetError):
            # The client has what it wanted; the connection cannot be used again.
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        if self.server.log is not None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            with self.server.log.open("a", encoding="utf-8") as file:
                file.write(f"{now} {format % args}\n")
