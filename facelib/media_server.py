"""Serves clips by URL: read-only, on the loopback interface, with byte ranges so that a player can seek.

`python -m facelib.media_server --port 8502` serves the store of the settings in force until it is interrupted. Only
clips, their sound and their pictures below the store's ``media/`` folder can be asked for, and by the id of a video its
source file, where that is kept.
"""

import argparse
import re
import signal
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import IO, ClassVar
from urllib.parse import quote, unquote, urlsplit

from facelib import source_media
from facelib.errors import FacelibError, StoreError
from facelib.store import layout
from facelib.store.objects import Store

TYPES = {".mp4": "video/mp4", ".jpg": "image/jpeg", ".wav": "audio/wav"}
HOST = "127.0.0.1"
LOCAL_NAMES = (HOST, "localhost", "[::1]")
# Files never change under their key, but a takedown removes them: a copy may be kept for a short time only.
CACHE_SECONDS = 600
CHUNK = 1 << 16
# How long ``stop`` may have to wait.
POLL_SECONDS = 0.05

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class FileServer(ThreadingHTTPServer, ABC):
    """Answers GET and HEAD, whole files or one byte range, for whatever files a subclass finds.

    A subclass overrides ``find`` and, where it wants, ``types`` (content type by suffix), ``cache_seconds``, ``note``.

    Args:
        port: on 127.0.0.1; 0 takes any free one, see ``url``.

    Raises:
        FacelibError: ``port_taken``.
    """

    daemon_threads = True
    types: ClassVar[dict[str, str]] = TYPES
    cache_seconds: ClassVar[int] = CACHE_SECONDS

    def __init__(self, port: int = 0) -> None:
        try:
            super().__init__((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            hint = "end what uses it, or choose another port"
            raise FacelibError(f"cannot listen on port {port}: {error}", hint=hint, reason="port_taken") from error

    @property
    def url(self) -> str:
        """The base address, without a slash at the end."""
        return f"http://{HOST}:{self.server_port}"

    @abstractmethod
    def find(self, name: str) -> Path | None:
        """The file of a decoded URL path without its first slash; None where there is none to be served."""

    def note(self, line: str) -> None:
        """Take note of a request; nobody does by default: which clips a person looks at is nobody's business."""

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, as one does that has read enough, is no error of the server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def start(self) -> None:
        """Serve from a thread of its own that ends with the process, or with ``stop``."""
        threading.Thread(target=self.serve_forever, args=(POLL_SECONDS,), name="file-server", daemon=True).start()

    def stop(self) -> None:
        """End a server that was started, and free its port."""
        self.shutdown()
        self.server_close()


class MediaServer(FileServer):
    """Serves the ``media/`` folder of a store, and the source files of its videos.

    Args:
        store: whose media.
        port: on 127.0.0.1; 0 takes any free one.

    Example:
        >>> import tempfile, urllib.request
        >>> store = Store(tempfile.mkdtemp())
        >>> _ = store.put("media/v/f/a.jpg", b"picture")
        >>> server = MediaServer(store)
        >>> server.start()
        >>> urllib.request.urlopen(media_url(server.url, "media/v/f/a.jpg")).read()
        b'picture'
        >>> server.stop()
    """

    types: ClassVar[dict[str, str]] = source_media.TYPES | TYPES

    def __init__(self, store: Store, port: int = 0) -> None:
        self._store = store
        super().__init__(port)

    def find(self, name: str) -> Path | None:
        """The file of a media key, or of ``source/VIDEO_ID``.

        Below ``media/`` no other kind of file and no link that leads outside; a source file may lie anywhere, as the
        folder does that it was read from.
        """
        if name.startswith(f"{source_media.FOLDER}/"):
            return source_media.playable(self._store, name.removeprefix(f"{source_media.FOLDER}/"))
        if "\\" in name or "\0" in name or not name.startswith(f"{layout.MEDIA}/"):
            return None
        try:
            if PurePosixPath(name).suffix not in TYPES or ".." in PurePosixPath(name).parts:
                return None
            path = self._store.local(name).resolve()
            served = path.suffix in TYPES and self._serves(path)
        except (StoreError, OSError, RuntimeError, ValueError):
            return None
        return path if served else None

    def _serves(self, path: Path) -> bool:
        """Whether a path lies in the folder of media; a copy of a bucket's file is where the store has put it."""
        place = self._store.location(layout.MEDIA)
        return self._store.holds(path) and (place.startswith("s3://") or path.is_relative_to(Path(place).resolve()))


def player_url(store: Store, key: str, server: Callable[[], str]) -> str:
    """The address at which a page gets a media file.

    Args:
        store: that has it. One in a bucket gives a signed address, which works for a limited time for whoever has it.
        key: of the media file.
        server: gives the base address of a media server, for a store in a folder.
    """
    signed = store.signed_url(key, TYPES.get(PurePosixPath(key).suffix, "application/octet-stream"))
    return signed or media_url(server(), key)


def media_url(base: str, key: str) -> str:
    """The address of a media key at a server.

    >>> media_url("http://127.0.0.1:8502", "media/v/f/a b.mp4")
    'http://127.0.0.1:8502/media/v/f/a%20b.mp4'
    """
    return f"{base.rstrip('/')}/{quote(key)}"


class _Handler(BaseHTTPRequestHandler):
    server: FileServer
    protocol_version = "HTTP/1.1"
    timeout = 30
    server_version = "facelib"
    sys_version = ""

    def do_GET(self) -> None:
        self._answer(send=True)

    def do_HEAD(self) -> None:
        self._answer(send=False)

    def _answer(self, *, send: bool) -> None:
        if not self._asked_by_local_name():
            self._refuse(HTTPStatus.FORBIDDEN)
            return
        path = self.server.find(unquote(urlsplit(self.path).path).removeprefix("/"))
        if path is None:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        try:
            with path.open("rb") as file:
                self._send_file(file, path, send=send)
        except (BrokenPipeError, ConnectionResetError):
            # The player has what it wanted; the connection cannot be used again.
            self.close_connection = True
        except FileNotFoundError:
            self._refuse(HTTPStatus.NOT_FOUND)

    def _asked_by_local_name(self) -> bool:
        """Another site's name that resolves to this machine would let that site's pages read the media."""
        host = self.headers.get("Host", "")
        return re.sub(r":\d+$", "", host).lower() in LOCAL_NAMES

    def _send_file(self, file: IO[bytes], path: Path, *, send: bool) -> None:
        stat = path.stat()
        first, last, ranged = self._asked_range(stat.st_size)
        if first > last and ranged:
            self._refuse(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, content_range=f"bytes */{stat.st_size}")
            return
        self.send_response(HTTPStatus.PARTIAL_CONTENT if ranged else HTTPStatus.OK)
        if ranged:
            self.send_header("Content-Range", f"bytes {first}-{last}/{stat.st_size}")
        self.send_header("Content-Type", self.server.types.get(path.suffix.lower(), "application/octet-stream"))
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Last-Modified", self.date_time_string(stat.st_mtime))
        self.send_header("Cache-Control", f"private, max-age={self.server.cache_seconds}")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if send:
            file.seek(first)
            left = last - first + 1
            while left > 0 and (block := file.read(min(left, CHUNK))):
                self.wfile.write(block)
                left -= len(block)

    def _asked_range(self, size: int) -> tuple[int, int, bool]:
        """First and last byte, and whether a range was asked for; several ranges or other units get the whole file."""
        match = _RANGE.fullmatch(self.headers.get("Range", "").strip())
        if not match or match.groups() == ("", ""):
            return 0, size - 1, False
        first, last = match.groups()
        if not first:
            return (max(0, size - int(last)), size - 1, True) if int(last) else (size, size - 1, True)
        if last and int(last) < int(first):
            return 0, size - 1, False
        return int(first), min(int(last), size - 1) if last else size - 1, True

    def _refuse(self, status: HTTPStatus, content_range: str = "") -> None:
        self.send_response(status)
        if content_range:
            self.send_header("Content-Range", content_range)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """A line of the request log."""
        self.server.note(format % args)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM."""
    from facelib import settings

    parser = argparse.ArgumentParser(prog="python -m facelib.media_server", description="Serve the store's clips.")
    parser.add_argument("--port", type=int, default=8502, help="port on 127.0.0.1; 0 takes any free one")
    asked = parser.parse_args(argv)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = MediaServer(settings.load().open_store(), asked.port)
    except FacelibError as error:
        parser.exit(error.exit_code, f"{error}\n")
    server.start()
    print(server.url, flush=True)
    stop.wait()
    server.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
