"""How yt-dlp is used: what a user may set, the parameters made from it, and what becomes of its messages."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from facelib.file_setting import FilePath
from facelib.sources.base import DownloadError
from facelib.sources.folder import MEDIA_EXTENSIONS
from facelib.sources.hosts import SITE_HOSTS, redacted
from facelib.sources.youtube_api_settings import YouTubeApiSettings

MAX_BACKOFF_S = 60.0
_NO_AV1 = "[vcodec!^=?av0][vcodec!^=?av1]"
FORMATS = f"bv*{_NO_AV1}+ba/b{_NO_AV1}/bv*+ba/b"


class DownloadSettings(BaseModel):
    """How uploads are listed and fetched. Set by `FACELIB_DOWNLOAD__<NAME>`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str = Field(
        default=FORMATS,
        description="yt-dlp format choice, first that exists; AV1 only where there is nothing else. Of several, the "
        "best by height comes first, then H.264 with AAC, because every decoder reads it",
    )
    max_height: int = Field(
        default=1080,
        ge=144,
        description="the largest height up to this is fetched, else the smallest above, pixels of the smaller side; an "
        "upload whose list names a height gets the nearest to that",
    )
    max_bytes: int = Field(default=8 * 2**30, gt=0, description="largest file that is fetched, bytes")
    max_seconds: float = Field(
        default=6 * 3600, gt=0, description="longest upload that is fetched, seconds, where known before"
    )
    rate_limit_bytes: int | None = Field(
        default=None, gt=0, description="most bytes a second of one download; none: no limit"
    )
    retries: int = Field(default=5, ge=0, description="further tries after a network error, per listing and per upload")
    fragment_retries: int = Field(default=5, ge=0, description="further tries for each fragment of a stream")
    backoff_s: float = Field(
        default=1.0, ge=0, description="seconds before the first further try; doubles, at most 60 s"
    )
    socket_timeout_s: float = Field(
        default=30.0, gt=0, description="seconds without an answer after which a host is given up"
    )
    request_interval_s: float = Field(default=0.0, ge=0, description="seconds between two requests of page data")
    upload_interval_s: float = Field(default=2.0, ge=0, description="least seconds between two downloads from one host")
    upload_jitter: float = Field(
        default=0.5, ge=0, le=1, description="share of upload_interval_s of which a random part is added to it"
    )
    workers: int = Field(default=4, ge=1, description="uploads that are fetched at a time")
    per_host: int = Field(default=1, ge=1, description="uploads that are fetched at a time from one host")
    host_pause_s: float = Field(
        default=60.0,
        ge=0,
        description="first pause of a host that says too many requests or asks for a person, seconds; doubles each "
        "time, at most an hour; a longer one that the host asks for counts",
    )
    max_host_wait_s: float = Field(
        default=300.0,
        ge=0,
        description="longest pause of a host that a run waits for, seconds; with a longer one, what is left of that "
        "host waits for a later run",
    )
    retry_hours: float = Field(
        default=1.0,
        ge=0,
        description="time before a later run tries an upload again that failed in a way that may pass, h; doubles with "
        "each failure, at most a week",
    )
    cookiefile: FilePath = Field(
        default=None, description="cookies in Netscape format, for uploads that need an account"
    )
    proxy: SecretStr | None = Field(default=None, description="proxy URL (http, https, socks5)")
    allowed_hosts: tuple[str, ...] = Field(
        default=SITE_HOSTS,
        description="globs of hosts that may be asked; *.name covers name too; a channel's own host is always allowed",
    )
    caption_languages: tuple[str, ...] = Field(
        default=(),
        description="globs of languages whose captions are fetched too, e.g. en*; after a - those that are not",
    )
    automatic_captions: bool = Field(
        default=False, description="captions that the site made by itself are fetched where nobody wrote any"
    )
    extensions: tuple[str, ...] = Field(
        default=MEDIA_EXTENSIONS, description="extensions of media files in a folder channel"
    )
    youtube: YouTubeApiSettings = Field(
        default_factory=YouTubeApiSettings, description="how channels that start with api: are listed"
    )

    def backoff(self, attempt: int) -> float:
        """Seconds to wait after failed attempt number `attempt`, counted from 0."""
        return min(MAX_BACKOFF_S, self.backoff_s * 2.0 ** min(attempt, 16))


class MessageLog:
    """Keeps yt-dlp's last messages, without secrets, instead of printing them."""

    def __init__(self, length: int = 50) -> None:
        self.messages: deque[str] = deque(maxlen=length)

    def debug(self, message: str) -> None:
        """Progress and debug lines are not kept: they may hold request headers."""

    def info(self, message: str) -> None:
        """Not kept, as for `debug`."""

    def warning(self, message: str) -> None:
        """Kept. Handing a stream over to an external program is refused: it would ask hosts that nobody checks."""
        self.messages.append(redacted(message))
        if "extraction will be delegated to" in message:
            raise DownloadError(f"cannot fetch this stream natively: {redacted(message)}", reason="unsupported")

    def error(self, message: str) -> None:
        """Kept."""
        self.messages.append(redacted(message))


def format_order(settings: DownloadSettings, wanted_height: int | None = None) -> list[str]:
    """By what yt-dlp sorts formats, the most important first.

    The spoken language comes first: the sound of another one does not fit the lips. Then the height: the largest up to
    `max_height` (of the smaller side, as in the name "1080p"), else the smallest above; or the nearest to
    `wanted_height`, pixels, of two equally near ones the smaller.

    Example:
        >>> format_order(DownloadSettings(), 720)
        ['lang', 'height~720', 'vcodec:h264', 'acodec:mp4a']
    """
    height = f"height~{wanted_height}" if wanted_height else f"res:{settings.max_height}"
    return ["lang", height, "vcodec:h264", "acodec:mp4a"]


def language_patterns(globs: Iterable[str]) -> list[str]:
    """Globs of languages as the regular expressions that yt-dlp takes; one after a `-` leaves its languages out.

    Chat logs, which yt-dlp lists as a language, stay out.

    Example:
        >>> language_patterns(["*", "-en-?"])
        ['.*', '-en\\-.', '-live_chat']
    """
    patterns = []
    for glob in globs:
        name = glob.removeprefix("-")
        escaped = re.escape(name).replace(r"\*", ".*").replace(r"\?", ".")
        patterns.append(("-" if name != glob else "") + escaped)
    return [*patterns, "-live_chat"] if patterns else []


def options(settings: DownloadSettings, **further: Any) -> dict[str, Any]:
    """yt-dlp's parameters for these settings; `further` ones win. No configuration file or netrc is read."""
    import imageio_ffmpeg
    from deno import find_deno_bin  # type: ignore[import-untyped]

    return {
        "quiet": True,
        "noprogress": True,
        "color": "no_color",
        "logger": MessageLog(),
        "ignoreerrors": False,
        "noplaylist": True,
        "cachedir": False,
        "usenetrc": False,
        "nocheckcertificate": False,
        "external_downloader": {"default": "native"},
        "ffmpeg_location": imageio_ffmpeg.get_ffmpeg_exe(),
        "js_runtimes": {"deno": {"path": find_deno_bin()}},
        "format": settings.format.replace("{h}", str(settings.max_height)),
        "format_sort": format_order(settings),
        "merge_output_format": "mp4/mkv",
        "restrictfilenames": True,
        "updatetime": False,
        "continuedl": True,
        "skip_unavailable_fragments": False,
        # A failed transfer is tried again from the page on, since media addresses expire; see download.py.
        "retries": 0,
        "fragment_retries": settings.fragment_retries,
        "retry_sleep_functions": {"fragment": lambda n: settings.backoff(int(n))},
        "socket_timeout": settings.socket_timeout_s,
        "sleep_interval_requests": settings.request_interval_s,
        "ratelimit": settings.rate_limit_bytes,
        "cookiefile": str(settings.cookiefile) if settings.cookiefile else None,
        "proxy": settings.proxy.get_secret_value() if settings.proxy else None,
        **further,
    }
