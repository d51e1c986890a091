"""How yt-dlp is used: what a user may set, the parameters made from it, and what becomes of its messages."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from facelib.sources.base import DownloadError
from facelib.sources.folder import MEDIA_EXTENSIONS
from facelib.sources.hosts import SITE_HOSTS, redacted

MAX_BACKOFF_S = 60.0


class DownloadSettings(BaseModel):
    """How uploads are listed and fetched. Set by `FACELIB_DOWNLOAD__<NAME>`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str = Field(
        default="bv*[vcodec^=avc1][height<={h}]+ba[acodec^=mp4a]/b[vcodec^=avc1][height<={h}]"
        "/bv*[vcodec!^=av01][height<={h}]+ba/b[height<={h}]/bv*+ba/b",
        description="yt-dlp format choice, first that exists; {h} stands for max_height. H.264 with AAC comes first "
        "because every decoder reads it",
    )
    max_height: int = Field(default=1080, ge=144, description="largest frame height that is preferred, pixels")
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
    cookiefile: Path | None = Field(
        default=None, description="cookies in Netscape format, for uploads that need an account"
    )
    proxy: SecretStr | None = Field(default=None, description="proxy URL (http, https, socks5)")
    allowed_hosts: tuple[str, ...] = Field(
        default=SITE_HOSTS,
        description="globs of hosts that may be asked; *.name covers name too; a channel's own host is always allowed",
    )
    caption_languages: tuple[str, ...] = Field(
        default=(), description="languages whose captions are fetched too, e.g. en"
    )
    extensions: tuple[str, ...] = Field(
        default=MEDIA_EXTENSIONS, description="extensions of media files in a folder channel"
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
