"""A real S3 service over HTTP in a process of its own: moto's server, with writes one after the other.

moto looks whether a key is taken and writes it in two steps, so two requests at the same time may both win; real
services do not have that gap, and a lock closes it here. Buckets whose name begins with ``forgetful-`` are as of a
service that does not know the condition. `python -m tests.support.s3_server` serves
until it is interrupted, and prints its port.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facelib.store.objects import Store
from facelib.store.options import StoreOptions

ACCESS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
START_S = 60.0


@dataclass
class S3Server:
    """A running service.

    Args:
        process: the server.
        port: on 127.0.0.1.
    """

    process: subprocess.Popen[bytes]
    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> Any:
        """A plain client, as a person with the same rights has it."""
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3", endpoint_url=self.endpoint, region_name="us-east-1", config=Config(retries={"total_max_attempts": 1})
        )

    @contextlib.contextmanager
    def looking_at_signatures(self) -> Iterator[None]:
        """For a block of work only who is known is let in, and nobody is."""
        self._ask("reset-auth", b"0")
        try:
            yield
        finally:
            self._ask("reset-auth", b"inf")

    def _ask(self, path: str, body: bytes) -> None:
        kind = {"Content-Type": "text/plain"}
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.endpoint}/moto-api/{path}", body, kind), timeout=60
        ):  # fmt: skip
            pass

    def bucket(self, kind: str = "bucket") -> str:
        """A new bucket."""
        name = f"{kind}-{uuid.uuid4().hex[:12]}"
        self.client().create_bucket(Bucket=name)
        return name

    def store(self, cache: Path, prefix: str = "some/prefix", **options: Any) -> Store:
        """A store in a new bucket."""
        return Store(f"s3://{self.bucket()}/{prefix}", self.options(cache, **options))

    def options(self, cache: Path, **options: Any) -> StoreOptions:
        return StoreOptions(**{"endpoint": self.endpoint, "cache": cache, "attempts": 4} | options)


@contextlib.contextmanager
def serving() -> Iterator[S3Server]:
    """Start a service on a free port; it is stopped at the end of the block."""
    command = [sys.executable, "-m", "tests.support.s3_server"]
    environment = {**os.environ, **ACCESS}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    try:
        assert process.stdout is not None
        yield S3Server(process, int(json.loads(process.stdout.readline())["port"]))
    finally:
        process.kill()
        process.wait()


class OneWriter:
    """Lets requests that change something pass one by one, each read whole before."""

    def __init__(self, app: Any) -> None:
        self._app, self._lock = app, threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        if environ["REQUEST_METHOD"] not in ("PUT", "POST", "DELETE"):
            return self._app(environ, start)
        if "/forgetful-" in environ["PATH_INFO"]:
            environ.pop("HTTP_IF_NONE_MATCH", None)
        length = environ.get("CONTENT_LENGTH")
        if length:
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(length)))
        with self._lock:
            return list(self._app(environ, start))


def main() -> None:
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    app = OneWriter(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=_report, args=(server.server_port,), daemon=True).start()
    server.serve_forever()


def _report(port: int) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/data.json", timeout=60):
                break
        except OSError:
            time.sleep(0.05)
    print(json.dumps({"port": port}), flush=True)


if __name__ == "__main__":
    main()
