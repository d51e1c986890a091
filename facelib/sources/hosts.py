"""Which hosts may be asked, and how often."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import urlsplit, urlunsplit

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

_SECRET = re.compile(
    r"([?&](?:[\w.-]*(?:token|key|sig|signature|auth|password|passwd|secret|session))=)[^&#\s\"']+", re.I
)
_USER = re.compile(r"(\w+://)[^/@\s\"']+@")


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


class HostPacer:
    """Keeps a least time between two starts at one host, over all threads of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def wait(self, url: str, interval_s: float) -> float:
        """Sleep until it is this caller's turn at the host of `url`; returns the seconds slept."""
        host = host_of(url)
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next.get(host, now))
            self._next[host] = turn + interval_s
        time.sleep(turn - now)
        return turn - now
