"""Asking the YouTube Data API v3: one request, and all pages of a listing."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from facelib.clock import now as utc_now
from facelib.errors import SourceError
from facelib.sources.checked import open_ytdlp
from facelib.sources.failures import classify
from facelib.sources.hosts import HostPolicy
from facelib.sources.youtube_api_errors import Refusal, refusal_of
from facelib.sources.youtube_api_quota import UNITS, ApiKey, KeyRing
from facelib.sources.ytdlp import DownloadSettings, options

PAGE = 50
"""Most items on one page, and most ids in one request."""

LONGEST_WAIT_S = 120.0
"""A host that asks to wait longer ends the listing instead of holding it."""

Json = dict[str, Any]


class YouTubeApi:
    """A connection to the API, to be used in a `with` block.

    Requests go through yt-dlp's network layer: its proxy, time-out and certificate checks, and no host but the
    endpoint's, redirects included. A key travels in the query, as the API wants it, and is in no message: what is
    said of a request names what was asked for, never its address.

    Args:
        settings: time-out, proxy, tries, and the API's own settings in `youtube`.
        now: the time in UTC.
        sleep: how to wait, seconds.

    Attributes:
        pages: pages that listings have got so far.
        keys: the keys and what they have spent.
    """

    def __init__(
        self,
        settings: DownloadSettings,
        now: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings, self._now, self._sleep = settings, now, sleep
        self._endpoint = settings.youtube.endpoint
        self._stack = ExitStack()
        self._network: Any = None
        self.keys = KeyRing(settings.youtube, now)
        self.pages = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._network = None
        self._stack.close()

    def get(self, method: str, what: str, **parameters: str | int) -> Json:
        """The answer of `<method>.list`.

        A key whose quota is used up, or that is not accepted, gives way to the next with the same parameters, so a
        listing goes on where it was. Time-outs, broken connections, 429 and 5xx are tried again, `retries` times in
        all, after the settings' growing pause or what `Retry-After` asks for, whichever is longer.

        Args:
            method: `videos`, `search`, `playlistItems` ...
            what: what is asked for, for messages, such as `the playlist PL1`.
            parameters: those of the API, without the key.

        Raises:
            SourceError: `no_api_key`, `api_key_invalid`, `quota_exhausted`, `channel_not_found`, `private`, `gone`,
                `rate_limited`, `feed_unreachable`, `api_refused`.
        """
        units, attempt = UNITS.get(method, 1), 0
        while True:
            key = self.keys.current(units, self.pages)
            answer = self._ask(method, what, key, parameters, attempt)
            if isinstance(answer, dict):
                self.keys.spend(key, units)
                return answer
            if answer is None:  # no answer, or none that can be read
                self._sleep(self._settings.backoff(attempt))
                attempt += 1
            elif answer.used_up:
                self.keys.use_up(key)
            elif answer.key_refused:
                self.keys.refuse(key, answer.reason)
            elif not answer.passing:
                self.keys.spend(key, 1)
                raise answer.error(what)
            else:
                wait = max(self._settings.backoff(attempt), answer.retry_after_s)
                if attempt == self._settings.retries or wait > LONGEST_WAIT_S:
                    raise answer.error(what)
                self._sleep(wait)
                attempt += 1

    def listing(self, method: str, what: str, limit: int | None = None, **parameters: str | int) -> Iterator[Json]:
        """The items of all pages of `<method>.list`, at most `limit`; see `get` for errors.

        A page token that was there before ends the listing: a server that turns in circles would never end it.
        """
        left = limit
        seen: set[str] = set()
        token = ""
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            page = self.get(method, what, **parameters, maxResults=size, **({"pageToken": token} if token else {}))
            self.pages += 1
            items = [item for item in page.get("items") or () if isinstance(item, dict)][:left]
            yield from items
            left = None if left is None else left - len(items)
            token = str(page.get("nextPageToken") or "")
            if not token or token in seen:
                return
            seen.add(token)

    def _ask(
        self, method: str, what: str, key: ApiKey, parameters: dict[str, str | int], attempt: int
    ) -> Json | Refusal | None:
        """One request: the answer, a refusal, or None where the network failed and a further try is left."""
        from yt_dlp.networking import Request
        from yt_dlp.networking.exceptions import HTTPError

        url = f"{self._endpoint}/{method}?{urlencode({**parameters, 'key': key.text})}"
        try:
            with self._opened().urlopen(Request(url, headers={"Accept": "application/json"})) as response:
                answer = json.loads(response.read())
            if isinstance(answer, dict):
                return answer
            why = "its answer is no JSON object"
        except HTTPError as error:
            body, header = error.response.read(), error.response.headers.get("Retry-After")
            return refusal_of(int(error.status), body, header, key.text, self._now())
        except ValueError:
            why = "its answer is no JSON"
        except Exception as error:
            failure = classify(error, self._endpoint)
            if failure.reason != "network":
                message = f"cannot ask the YouTube API for {what}: {failure.message.replace(key.text, '***')}"
                raise SourceError(message, hint=failure.hint, reason=failure.reason) from None
            why = failure.message.partition(": ")[2].replace(key.text, "***")
        if attempt < self._settings.retries:
            return None
        message = f"the YouTube API at {urlsplit(self._endpoint).netloc} did not answer for {what}: {why}"
        raise SourceError(message, hint="check the network and list it again", reason="feed_unreachable")

    def _opened(self) -> Any:
        if self._network is None:
            parameters = options(self._settings, cookiefile=None)
            self._network = self._stack.enter_context(open_ytdlp(parameters, HostPolicy(self._endpoint, ())))
        return self._network
