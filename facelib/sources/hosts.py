"""Which hosts may be asked, and how often."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from random import random
from urllib.parse import urlsplit, urlunsplit

from facelib.sources.addresses import is_address, is_public
from facelib.sources.base import DownloadError

ALLOWED_HOSTS_SETTING = "FACELIB_DOWNLOAD__ALLOWED_HOSTS"
SITE_HOSTS = (
    *("*.youtube.com", "youtu.be", "*.youtube-nocookie.com", "*.googlevideo.com", "*.ytimg.com", "*.ggpht.com"),
    "youtubei.googleapis.com",
    *("*.vimeo.com", "*.vimeocdn.com"),
    *("*.dailymotion.com", "dai.ly", "*.dmcdn.net", "*.dm-event.net"),
    *("*.bilibili.com", "b23.tv", "*.bilivideo.com", "*.bilivideo.cn", "*.hdslb.com", "upos-*.akamaized.net"),
    *("*.ted.com", "*.tedcdn.com"),
    "*.archive.org",
    *("*.tiktok.com", "*.tiktokcdn.com", "*.tiktokcdn-us.com", "*.tiktokv.com"),
    *("*.facebook.com", "*.fbcdn.net", "*.instagram.com", "*.cdninstagram.com"),
    *("x.com", "*.twitter.com", "*.twimg.com"),
    *("*.twitch.tv", "*.ttvnw.net"),
    "*.c-span.org",
    *("media.ccc.de", "*.media.ccc.de"),
    *("commons.wikimedia.org", "upload.wikimedia.org"),
)
"""Pages, players and file servers of the big public sites. A pattern `*.name` covers `name` itself too."""

MAX_PAUSE_S = 3600.0
"""Longest pause that grows by itself, seconds."""

_SECRET = re.compile(
    r"([?&;](?:[\w.-]*(?:token|key|sig|signature|auth|pass|password|passwd|pwd?|pw|secret|session|credential))=)"
    r"[^&#\s\"']+",
    re.I,
)
_USER = re.compile(r"(\w+://)[^/?#\s\"']+@")


def redacted(text: str) -> str:
    """`text` without the secrets that URLs in it carry: user names and passwords, tokens, keys and signatures.

    Example:
        >>> redacted("GET https://me:pw@example.org/a.mp4?token=abc&v=1 failed")
        'GET https://example.org/a.mp4?token=***&v=1 failed'
    """
    return _SECRET.sub(r"\1***", _USER.sub(r"\1", text))


def host_of(url: str) -> str:
    """The host of a URL in lower case, empty where it has none."""
    try:
        return (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return ""


class HostPolicy:
    """Says which URLs may be fetched for one channel.

    Args:
        channel_url: its host is always allowed, with and without `www.`.
        patterns: globs of further hosts.

    Example:
        >>> HostPolicy("https://www.example.org/feed", ["*.cdn.net"]).allows("https://a.cdn.net/1.mp4")
        True
    """

    def __init__(self, channel_url: str, patterns: Iterable[str] = SITE_HOSTS) -> None:
        own = host_of(channel_url)
        self._hosts = {own, f"www.{own}", own.removeprefix("www.")} - {"", "www."}
        self._patterns = [pattern.strip().lower() for pattern in patterns if pattern.strip()]

    def allows(self, url: str) -> bool:
        """Whether `url` may be fetched. A `data:` URL asks nobody; schemes other than http(s) and ws(s) never may."""
        scheme = url.partition(":")[0].lower()
        if scheme == "data":
            return True
        host = host_of(url)
        if scheme not in ("http", "https", "ws", "wss") or not host:
            return False
        return host in self._hosts or any(
            fnmatchcase(host, pattern) or (pattern.startswith("*.") and host == pattern[2:])
            for pattern in self._patterns
        )

    def check(self, url: str) -> None:
        """Raises DownloadError `host_not_allowed`, naming the host and the setting, where `allows` does not hold."""
        if not self.allows(url):
            name = host_of(url) or redacted(urlunsplit(urlsplit(url)._replace(query="", fragment="")))
            raise DownloadError(
                f"the host {name!r} is not allowed, asked for {redacted(url)}",
                hint=f"add it to {ALLOWED_HOSTS_SETTING} if you trust it",
                reason="host_not_allowed",
            )

    def check_address(self, host: str, address: str) -> None:
        """Raises DownloadError `private_address` where a name leads to an address inside a private network.

        An address that the URL itself gives was chosen by whoever allowed that host, and so was one behind a name that
        stands in the allowed hosts in full.
        """
        name = host.lower().rstrip(".")
        if is_public(address) or is_address(name) or (name in self._patterns and name not in SITE_HOSTS):
            return
        raise DownloadError(
            f"the host {name!r} leads to {address}, an address inside a private network",
            hint=f"add {name} in full to {ALLOWED_HOSTS_SETTING} if it is a server of yours",
            reason="private_address",
        )


def server_of(url: str) -> str:
    """The host of a URL with its port where that is not the usual one; empty for a file.

    Example:
        >>> server_of("https://Example.org/a"), server_of("http://127.0.0.1:8080/"), server_of("file:///a.mp4")
        ('example.org', '127.0.0.1:8080', '')
    """
    try:
        port = urlsplit(url).port
    except ValueError:
        port = None
    return f"{host_of(url)}:{port}" if port and host_of(url) else host_of(url)


class HostPacer:
    """Keeps a least time between two starts at one server, and pauses a server that asks for it.

    It is shared by all threads of this process. A server that says more than once in a row that it is asked too much
    pauses twice as long each time, for everything that is fetched from it, until something comes from it again.

    Args:
        random: gives numbers from 0 to 1, for the jitter.

    Example:
        >>> pacer = HostPacer()
        >>> pacer.pause("a.org", 60.0), pacer.pause("a.org", 60.0), pacer.pause("a.org", 60.0, at_least=900.0)
        (60.0, 120.0, 900.0)
    """

    def __init__(self, random: Callable[[], float] = random) -> None:
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}
        self._pauses: dict[str, int] = {}
        self._random = random

    def ready_at(self, server: str) -> float:
        """When something may be fetched from a server, on the clock of `time.monotonic`; 0 where nothing was before."""
        with self._lock:
            return self._next.get(server, 0.0)

    def start(self, server: str, interval_s: float, jitter: float = 0.0) -> None:
        """Note that a download from a server starts now; the next one is due after the interval.

        Args:
            server: see `server_of`.
            interval_s: least seconds until the next start.
            jitter: share of the interval, 0 to 1, of which a random part is added to it.
        """
        with self._lock:
            self._defer(server, time.monotonic() + interval_s * (1.0 + jitter * self._random()))

    def pause(self, server: str, first_s: float, at_least: float = 0.0) -> float:
        """Fetch nothing from a server for a while; returns the seconds.

        Args:
            server: see `server_of`.
            first_s: the first pause; each further one in a row is twice as long, at most `MAX_PAUSE_S`.
            at_least: what the server asked for itself (`Retry-After`); counts where it is longer.
        """
        with self._lock:
            number = self._pauses.get(server, 0)
            self._pauses[server] = number + 1
            seconds = max(min(MAX_PAUSE_S, first_s * 2.0 ** min(number, 16)), at_least)
            self._defer(server, time.monotonic() + seconds)
            return seconds

    def succeeded(self, server: str) -> None:
        """Something came from a server: its next pause is a first one again."""
        with self._lock:
            self._pauses.pop(server, None)

    def wait(self, url: str, interval_s: float, jitter: float = 0.0) -> float:
        """Sleep until it is this caller's turn at the server of `url`; returns the seconds slept."""
        server = server_of(url)
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next.get(server, now))
            self._next[server] = turn + interval_s * (1.0 + jitter * self._random())
        time.sleep(turn - now)
        return turn - now

    def _defer(self, server: str, moment: float) -> None:
        self._next[server] = max(moment, self._next.get(server, moment))


PACER = HostPacer()
"""The pacer of this process."""
