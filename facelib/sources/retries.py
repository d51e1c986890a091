"""Which failures of a download are tried again, when, and after which wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Retry:
    """What is done about a failure that may pass by itself.

    Args:
        at_once: tried again in the same run, after a short pause that doubles (`download.retries`, `backoff_s`).
        wait: a later run tries again after this many times `download.retry_hours`, doubled with each failure; 0: at the
            next run.
        pauses_host: everything else from the same server waits too, see `HostPacer.pause`.
        counts: whether it brings the upload nearer to quarantine.
    """

    at_once: bool = False
    wait: float = 1.0
    pauses_host: bool = False
    counts: bool = True


RETRIES = {
    "network": Retry(at_once=True),
    "rate_limited": Retry(pauses_host=True),
    "bot_check": Retry(wait=4.0, pauses_host=True),
    "forbidden": Retry(),
    "live": Retry(wait=6.0, counts=False),
    "local_io": Retry(wait=0.0),
}
"""The failures that are tried again. Every other reason stays as it is until somebody changes something, so it is
never tried again by itself: gone, private, geo_blocked, age_restricted, bad_certificate, not_media, too_large,
too_long, unsupported, extraction_failed, host_not_allowed, private_address."""

MAX_WAIT_S = 7 * 24 * 3600.0
"""A later run tries a failure that may pass again after this time at the latest, seconds."""


def wait_after(reason: str, failures: int, retry_hours: float, retry_after_s: float = 0.0) -> float:
    """Seconds after its last failure during which an upload is left alone.

    Args:
        reason: of the last failure.
        failures: how often it failed by now, at least 1.
        retry_hours: the setting `download.retry_hours`.
        retry_after_s: what the host asked for.

    Example:
        >>> [wait_after("network", n, 1.0) / 3600 for n in (1, 2, 3)], wait_after("rate_limited", 1, 1.0, 9000.0)
        ([1.0, 2.0, 4.0], 9000.0)
    """
    rule = RETRIES.get(reason, Retry())
    grown = rule.wait * retry_hours * 3600.0 * 2.0 ** min(failures - 1, 16)
    return min(MAX_WAIT_S, max(grown, retry_after_s))


def seconds_until(retry_after: str, moment: datetime) -> float:
    """Seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3): a number or a date; 0 where it is neither.

    Example:
        >>> seconds_until("120", datetime.now(UTC))
        120.0
    """
    text = retry_after.strip()
    if text.isdigit():
        return min(float(text), MAX_WAIT_S)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return min(max(0.0, (date - moment).total_seconds()), MAX_WAIT_S)
