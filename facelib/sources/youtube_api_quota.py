"""The keys of the YouTube Data API and the units that each has spent on the day that Google counts."""

from __future__ import annotations

import fcntl
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from facelib.clock import now as utc_now
from facelib.errors import SettingsError, SourceError
from facelib.sources.youtube_api_settings import KEYS_VARIABLE, YouTubeApiSettings

UNITS = {"search": 100, "captions": 50}
"""What one page of a method costs; every other listing costs 1 unit. An answer that refuses costs 1 as well."""

PACIFIC = ZoneInfo("America/Los_Angeles")
_LOCK = threading.Lock()
_SPENT: dict[str, dict[str, Any]] = {}
_REFUSED: dict[str, str] = {}


@dataclass(frozen=True)
class ApiKey:
    """One key.

    Attributes:
        number: its place in the settings, from 1: how it is named in messages.
        text: the secret.
        name: 16 hex digits of sha256(endpoint, NUL, text), under which its units are kept.
    """

    number: int
    text: str = field(repr=False)
    name: str


class KeyRing:
    """The keys in the order in which they are used: one until its quota is used up, then the next.

    Units are counted for each key and Pacific day, in this process or, with `usage_file`, for all processes that name
    that file; it holds no key, only digests. Other programs that use a key are not seen: what the API itself answers
    always wins. A key that the API calls invalid is not used again by this process.

    Args:
        settings: keys, endpoint, units a day, file.
        now: the time in UTC.
    """

    def __init__(self, settings: YouTubeApiSettings, now: Callable[[], datetime] = utc_now) -> None:
        self._settings, self._now = settings, now
        self.keys = [
            ApiKey(number, text, hashlib.sha256(f"{settings.endpoint}\0{text}".encode()).hexdigest()[:16])
            for number, text in enumerate(settings.key_texts(), 1)
        ]

    def current(self, units: int, pages: int = 0) -> ApiKey:
        """The first key that can still pay `units`.

        Args:
            units: what the next request costs.
            pages: pages that the listing has got so far, for the message.

        Raises:
            SourceError: `no_api_key`, `api_key_invalid` where the API refuses every key, or `quota_exhausted`.
        """
        if not self.keys:
            raise SourceError("no YouTube API key is set", hint=f"set {KEYS_VARIABLE}", reason="no_api_key")
        day = pacific_day(self._now())
        with self._book() as book:
            sound = [key for key in self.keys if key.name not in _REFUSED]
            for key in sound:
                spent = _today(book, key, day)
                if not spent["used_up"] and spent["units"] + units <= self._settings.units_per_day:
                    return key
        if not sound:
            why = "; ".join(f"key {key.number}: {_REFUSED[key.name]}" for key in self.keys)
            raise SourceError(
                f"the YouTube API accepts none of the keys set ({why})",
                hint=f"check {KEYS_VARIABLE} and that the YouTube Data API v3 is enabled for them",
                reason="api_key_invalid",
            )
        resets = next_reset(self._now())
        got = "1 page" if pages == 1 else f"{pages} pages"
        raise SourceError(
            f"the daily quota of {_counted(len(sound))} is used up after {got} of this listing; "
            f"it resets at {resets:%Y-%m-%d %H:%M} UTC",
            hint=f"what was listed is kept; list it again after that, or add a key to {KEYS_VARIABLE}",
            reason="quota_exhausted",
        )

    def spend(self, key: ApiKey, units: int) -> None:
        """Count units of a key for today."""
        self._note(key, units, False)

    def use_up(self, key: ApiKey) -> None:
        """The API says that the key's quota is used up: leave it until the next Pacific midnight."""
        self._note(key, 0, True)

    def refuse(self, key: ApiKey, why: str) -> None:
        """The API does not accept the key: leave it for as long as this process lives."""
        with _LOCK:
            _REFUSED[key.name] = why

    def spent(self) -> list[int]:
        """Units that each key has spent today, as far as they were counted here."""
        day = pacific_day(self._now())
        with self._book() as book:
            return [int(_today(book, key, day)["units"]) for key in self.keys]

    def _note(self, key: ApiKey, units: int, used_up: bool) -> None:
        day = pacific_day(self._now())
        with self._book() as book:
            before = _today(book, key, day)
            used_up = used_up or before["used_up"]
            book[key.name] = {"day": day, "units": before["units"] + units, "used_up": used_up}

    @contextmanager
    def _book(self) -> Iterator[dict[str, dict[str, Any]]]:
        """What was spent, by name of key; nobody else changes it meanwhile."""
        with _LOCK:
            if self._settings.usage_file is None:
                yield _SPENT
            else:
                with _shared(self._settings.usage_file) as book:
                    yield book


def pacific_day(moment: datetime) -> str:
    """The day `YYYY-MM-DD` for which Google counts quota at a time.

    Example:
        >>> pacific_day(datetime(2026, 1, 5, 7, 59, tzinfo=UTC))
        '2026-01-04'
    """
    return moment.astimezone(PACIFIC).strftime("%Y-%m-%d")


def next_reset(moment: datetime) -> datetime:
    """The next midnight in Pacific time, in UTC: 07:00 in summer, 08:00 in winter."""
    tomorrow = moment.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), PACIFIC).astimezone(UTC)


def _today(book: dict[str, dict[str, Any]], key: ApiKey, day: str) -> dict[str, Any]:
    noted = book.get(key.name, {})
    return noted if noted.get("day") == day else {"day": day, "units": 0, "used_up": False}


def _counted(keys: int) -> str:
    return "the YouTube API key" if keys == 1 else f"all {keys} YouTube API keys"


@contextmanager
def _shared(path: Path) -> Iterator[dict[str, dict[str, Any]]]:
    """The content of the file of spent units, which is written anew where it changed, under a lock beside it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_name(f".{path.name}.lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            text = path.read_text(encoding="utf-8") if path.is_file() else "{}"
            book = _parsed(text)
            yield book
            if book != _parsed(text):
                temporary = path.with_name(f".{path.name}.part")
                temporary.write_text(json.dumps(book, indent=1, sort_keys=True) + "\n", encoding="utf-8")
                temporary.replace(path)
    except OSError as error:
        raise SettingsError(
            f"cannot use the file of spent units {path}: {error.strerror}",
            hint="FACELIB_DOWNLOAD__YOUTUBE__USAGE_FILE names it",
            reason="bad_usage_file",
        ) from error


def _parsed(text: str) -> dict[str, dict[str, Any]]:
    """The rows of a file of spent units that can be read; a damaged one only costs the count."""
    try:
        rows = json.loads(text)
    except ValueError:
        return {}
    return {
        str(name): row
        for name, row in (rows.items() if isinstance(rows, dict) else ())
        if isinstance(row, dict) and isinstance(row.get("units"), int) and isinstance(row.get("used_up"), bool)
    }
