"""The one clock: UTC times as the store writes them."""

from datetime import UTC, datetime

from facelib.errors import SettingsError

STAMP = "%Y%m%dT%H%M%S.%fZ"


def now() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """A UTC time as a sortable file-name part.

    >>> stamp(datetime(2026, 1, 5, 10, 11, 12, 5, tzinfo=UTC))
    '20260105T101112.000005Z'
    """
    return moment.astimezone(UTC).strftime(STAMP)


def parse_stamp(text: str) -> datetime:
    """The inverse of :func:`stamp`."""
    return datetime.fromisoformat(text)


def day_of(moment: datetime) -> str:
    """The UTC day of a time, ``YYYY-MM-DD``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d")


def check_day(day: str) -> str:
    """Return ``day`` when it is a calendar day ``YYYY-MM-DD``; raise SettingsError otherwise."""
    try:
        if datetime.strptime(day, "%Y-%m-%d").strftime("%Y-%m-%d") == day:
            return day
    except ValueError:
        pass
    raise SettingsError(f"{day!r} is not a day", hint="write YYYY-MM-DD, such as 2026-01-05", reason="bad_day")
