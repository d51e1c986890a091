"""What the YouTube Data API means where it refuses a request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from facelib.errors import SourceError
from facelib.sources.hosts import redacted
from facelib.sources.retries import seconds_until

USED_UP = frozenset({"quotaExceeded", "dailyLimitExceeded"})
KEY_REFUSED = frozenset(
    {
        *("keyInvalid", "keyExpired", "accessNotConfigured", "ipRefererBlocked", "dailyLimitExceededUnreg"),
        *("API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED"),
        *("API_KEY_HTTP_REFERRER_BLOCKED", "SERVICE_DISABLED", "CONSUMER_SUSPENDED", "CONSUMER_INVALID"),
    }
)
TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})
_PRIVATE = frozenset(
    {"playlistItemsNotAccessible", "playlistForbidden", "channelForbidden", "watchLaterNotAccessible", "forbidden"}
)
_CLOSED = frozenset({"channelClosed", "channelSuspended", "authenticatedUserAccountClosed"})
_LONGEST = 200


@dataclass(frozen=True)
class Refusal:
    """An answer of status 400 or more.

    Attributes:
        status: of HTTP.
        reasons: codes in the answer, the older (`quotaExceeded`) and the newer ones (`API_KEY_INVALID`).
        message: what the answer says, in one line without secrets.
        retry_after_s: seconds that the answer asks to wait, 0 where it does not.
    """

    status: int
    reasons: frozenset[str] = frozenset()
    message: str = ""
    retry_after_s: float = 0.0

    @property
    def reason(self) -> str:
        """The codes as text, or the status."""
        return ", ".join(sorted(self.reasons)) or f"status {self.status}"

    @property
    def used_up(self) -> bool:
        """Whether the key's daily quota is used up."""
        return bool(self.reasons & USED_UP)

    @property
    def key_refused(self) -> bool:
        """Whether the key itself is not accepted."""
        return bool(self.reasons & KEY_REFUSED)

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed in seconds."""
        return self.status in (408, 429) or self.status >= 500 or bool(self.reasons & TOO_FAST)

    def error(self, what: str) -> SourceError:
        """The error for a listing that this answer ends.

        Args:
            what: what was asked for, such as `the playlist PL1`.
        """
        said = f": {self.message}" if self.message else ""
        if self.status == 404:
            message, hint = f"YouTube knows nothing like {what}{said}", "check its id; it may have been removed"
            return SourceError(message, hint=hint, reason="channel_not_found")
        if self.reasons & _CLOSED:
            return SourceError(
                f"{what} was closed{said}", hint="it was removed by its owner or the site", reason="gone"
            )
        if self.reasons & _PRIVATE or self.status in (401, 403):
            hint = "only its owner's account may list it; an API key cannot"
            return SourceError(f"{what} is not public ({self.reason}){said}", hint=hint, reason="private")
        if self.status == 429 or self.reasons & TOO_FAST:
            wait = f" for {self.retry_after_s:.0f} s" if self.retry_after_s else ""
            message, hint = f"the YouTube API asks to wait{wait} before {what} is listed{said}", "list it again later"
            return SourceError(message, hint=hint, reason="rate_limited")
        if self.passing:
            message = f"the YouTube API did not answer for {what} (status {self.status}){said}"
            return SourceError(message, hint="list it again later", reason="feed_unreachable")
        message = f"the YouTube API refuses {what} ({self.reason}){said}"
        return SourceError(message, hint="check the category, region and ids", reason="api_refused")


def refusal_of(status: int, body: bytes, retry_after: str | None, key: str, now: datetime) -> Refusal:
    """Read an answer of status 400 or more, which need not be JSON.

    Args:
        status: of HTTP.
        body: of the answer.
        retry_after: its header of that name: seconds or a date.
        key: is cut out of the message.
        now: the time, for a date in `retry_after`.
    """
    wait = seconds_until(retry_after, now) if retry_after else 0.0
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    error = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(error, dict):
        return Refusal(status, retry_after_s=wait)
    rows = [row for name in ("errors", "details") for row in error.get(name) or () if isinstance(row, dict)]
    reasons = frozenset(str(row["reason"]) for row in rows if row.get("reason"))
    message = redacted(" ".join(str(error.get("message") or "").split()).replace(key, "***"))[:_LONGEST]
    return Refusal(status, reasons, message, wait)
