"""Posts the summary of a run to a webhook. Its address is a secret: it is in no log and no message."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from operators.settings import TaskSettings

TRIES = 3
TIMEOUT_SECONDS = 5.0
#: Wait before the second try; doubles. Airflow grants the processing of one DAG file 50 s in all.
WAIT_SECONDS = 1.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An address that was checked must not lead to one that was not."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def post(summary: Mapping[str, Any]) -> str:
    """Post a summary as JSON, if ``FACELIB_TASK_WEBHOOK`` or a connection says where to.

    Returns:
        What went wrong, without the address; empty when it was posted, or none is set.
    """
    try:
        url = address()
    except Exception as error:  # a summary never fails a run
        return f"no address: {type(error).__name__}"
    if not url:
        return ""
    if not allowed(url):
        return "its address is neither https nor on this machine"
    data = json.dumps(summary, default=str).encode()
    problem = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(WAIT_SECONDS * 2 ** (attempt - 1))
        problem, again = _send(url, data)
        if not again:
            break
    return problem


def allowed(url: str) -> bool:
    """Whether a summary may go there.

    >>> [allowed(url) for url in ("https://example.org/x", "http://127.0.0.1:9/x", "http://example.org/x")]
    [True, True, False]
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def address() -> str:
    """The address from the settings, else the password of the Airflow connection that they name; empty without."""
    settings = TaskSettings()
    if settings.webhook:
        return settings.webhook.get_secret_value()
    if not settings.webhook_connection:
        return ""
    from airflow.sdk import Connection

    return str(Connection.get(settings.webhook_connection).password or "")


def _send(url: str, data: bytes) -> tuple[str, bool]:
    """What went wrong in one try, and whether another one may help."""
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method="POST")  # noqa: S310
    handlers = [_NoRedirect()]
    if urlsplit(url).hostname in _LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))  # type: ignore[arg-type]
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT_SECONDS):
            return "", False
    except urllib.error.HTTPError as error:
        error.close()
        return f"HTTP status {error.code}", error.code >= 500 or error.code == 429
    except (OSError, ValueError) as error:
        return type(error).__name__, isinstance(error, OSError)
