"""Why an upload could not be fetched, told from what yt-dlp raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from facelib.errors import FacelibError
from facelib.sources.base import DownloadError, whole_text
from facelib.sources.hosts import redacted
from facelib.sources.retries import RETRIES, seconds_until

HINTS = {
    "gone": "it was removed, or its address has changed",
    "private": "only accounts that may see it can fetch it: set FACELIB_DOWNLOAD__COOKIEFILE",
    "forbidden": "the host refuses access; it may need cookies (FACELIB_DOWNLOAD__COOKIEFILE) or a pause",
    "geo_blocked": "it is not shown in this country; FACELIB_DOWNLOAD__PROXY can name a proxy in another",
    "age_restricted": "it asks for an adult's account: set FACELIB_DOWNLOAD__COOKIEFILE",
    "bot_check": "the site asks whether this is a person: pause, or set FACELIB_DOWNLOAD__COOKIEFILE",
    "rate_limited": "too many requests: raise FACELIB_DOWNLOAD__UPLOAD_INTERVAL_S and try later",
    "network": "the host did not answer as it should; a later try may succeed",
    "bad_certificate": "the host's certificate does not verify",
    "not_media": "what came is not a media file",
    "too_large": "raise FACELIB_DOWNLOAD__MAX_BYTES if it is wanted",
    "too_long": "raise FACELIB_DOWNLOAD__MAX_SECONDS if it is wanted",
    "live": "it is still live or not yet shown; it is taken once it is a recording",
    "unsupported": "no part of yt-dlp can read this page or its formats",
    "local_io": "the folder cannot be written: check space and permissions",
    "extraction_failed": "the site may have changed: update yt-dlp",
}
"""Every reason that a download can fail for, besides `host_not_allowed` and `private_address`, with the way on."""


class HostBusy(DownloadError):
    """A host that wants a pause.

    Attributes:
        retry_after_s: seconds that it asked for, 0 where it did not say.
    """

    retry_after_s: float = 0.0


_BY_STATUS = {401: "private", 402: "private", 403: "forbidden", 404: "gone", 410: "gone", 429: "rate_limited"}
_BY_STATUS |= {408: "network", 451: "geo_blocked"}

# The first that matches counts, so the more special wordings come first. Sites word these in many ways.
_BY_WORDING = tuple(
    (reason, re.compile(pattern, re.I))
    for reason, pattern in (
        ("bot_check", r"not a bot|captcha|verify you are (a )?human|anti-bot"),
        ("rate_limited", r"rate.?limit|too many requests|http error 429"),
        ("age_restricted", r"confirm your age|age.?restricted|inappropriate for some users|age.?verification"),
        ("geo_blocked", r"(in|from|for) your (country|location|region)|geo.?(restrict|block)|not made this video av"),
        (
            "private",
            r"private video|is private|members.?only|join this channel|log ?in|sign in|subscri|premium|purchas",
        ),
        ("live", r"live event (will|has)|premieres? in|is (currently )?live|not (yet )?started|upcoming"),
        ("local_io", r"unable to (open for writing|write data)|no space left|read-only file system"),
        ("unsupported", r"unsupported url|drm|no (video|media) formats|format is not available|not a valid url"),
        ("unsupported", r"file:// urls are disabled|unable to handle request|unsupported url scheme"),
        (
            "gone",
            r"has been (removed|deleted|terminated)|no longer (available|exists?)|does(n't| not) exist|unavailable",
        ),
        ("gone", r"not available|not found|http error (404|410)"),
        ("not_media", r"did not get any data|invalid data found"),
        ("network", r"timed? ?out|connection|content too short|more expected|http error 5\d\d|temporar|fragment"),
    )
)


def classify(error: BaseException, url: str) -> FacelibError:
    """The error that says what went wrong with `url`, told by type and status first, by wording last.

    An error that facelib raised itself on the way, such as a refused host, comes back as it is.
    """
    chain = list(_chain(error))
    for link in chain:
        if isinstance(link, FacelibError):
            return link
    said = message_of(error)
    reason = next((found for link in chain if (found := _by_type(link))), None) or _by_status_in(said)
    if reason in (None, "forbidden", "private"):
        # A page served with 403 may say more than its status does.
        reason = next((name for name, pattern in _BY_WORDING if pattern.search(said)), reason)
    reason = reason or "extraction_failed"
    message = f"cannot fetch {redacted(url)}: {said}"
    if reason in RETRIES and RETRIES[reason].pauses_host:
        busy = HostBusy(message, hint=HINTS[reason], reason=reason)
        busy.retry_after_s = max((_retry_after(link) for link in chain), default=0.0)
        return busy
    return DownloadError(message, hint=HINTS[reason], reason=reason)


def _retry_after(error: BaseException) -> float:
    headers = getattr(getattr(error, "response", None), "headers", None)
    value = headers.get("Retry-After") if headers else None
    return seconds_until(str(value), datetime.now(UTC)) if value else 0.0


def too_large(url: str, size: int, limit: int) -> DownloadError:
    """The error for an upload of `size` bytes where `limit` bytes are allowed."""
    message = f"{redacted(url)} has {size} bytes, more than {limit}"
    return DownloadError(message, hint=HINTS["too_large"], reason="too_large")


def _by_status_in(said: str) -> str | None:
    """The reason in a message of yt-dlp's file transfer, which passes on what it says but not the exception."""
    status = re.search(r"HTTP Error (\d{3})", said)
    if status:
        return _of_status(int(status[1]))
    return "network" if "Got error:" in said else None


def _of_status(status: int) -> str:
    return _BY_STATUS.get(status) or ("gone" if 400 <= status < 500 else "network")


def message_of(error: BaseException) -> str:
    """One line of at most 300 characters, without secrets, colours or advice meant for yt-dlp's own command line."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error) or type(error).__name__)
    text = re.split(r";? ?please report this issue|\.? +Use --|\.? +See +https?://|\(caused by", text, maxsplit=1)[0]
    text = re.sub(r"^(ERROR:\s*)?(\[[\w:+.-]+\]\s+)?", "", " ".join(text.split()))
    return redacted(whole_text(text))[:300].strip(" ;.")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, the nearest first; yt-dlp keeps causes in attributes of its own."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        information = getattr(link, "exc_info", None)
        waiting += [information[1]] if isinstance(information, tuple) and len(information) == 3 else []
        waiting += [getattr(link, "cause", None), link.__cause__, link.__context__]


def _by_type(error: BaseException) -> str | None:
    from yt_dlp.networking.exceptions import CertificateVerifyError, HTTPError, TransportError
    from yt_dlp.utils import ContentTooShortError, GeoRestrictedError, UnsupportedError, UserNotLive

    if isinstance(error, HTTPError):
        return _of_status(int(error.status))
    if isinstance(error, CertificateVerifyError):
        return "bad_certificate"
    if isinstance(error, TransportError | ContentTooShortError | TimeoutError | ConnectionError):
        return "network"
    if isinstance(error, GeoRestrictedError):
        return "geo_blocked"
    if isinstance(error, UserNotLive):
        return "live"
    if isinstance(error, UnsupportedError):
        return "unsupported"
    return "local_io" if isinstance(error, OSError) else None
