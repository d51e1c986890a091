"""What is searched for, as it stands in the page's URL, so that a search can be shared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from facelib.catalog.reader import ClipFilter

COUNTS = (12, 24, 48, 96)
"""Numbers of results that can be chosen; the first is the default."""


@dataclass(frozen=True)
class Query:
    """A clip to search by and the filters.

    Args:
        clip: id of the clip that is searched for; empty without one. A picture never stands in the URL.
        channels: ids of channels; none means all.
        days: first and last upload day; None means all.
        sound: only clips with sound.
        count: at most so many results.
    """

    clip: str = ""
    channels: tuple[str, ...] = ()
    days: tuple[date, date] | None = None
    sound: bool = False
    count: int = COUNTS[0]

    @classmethod
    def from_url(
        cls, parameters: Mapping[str, list[str]], *, channels: Collection[str], days: tuple[date, date] | None
    ) -> "Query":
        """Read URL parameters; what cannot be used is left out.

        Args:
            parameters: all values of each parameter.
            channels: ids of the channels that there are.
            days: first and last upload day that there is.

        >>> Query.from_url({"clip": ["a.000025.0.12345678"], "count": ["24"]}, channels=[], days=None).count
        24
        """
        count = _last(parameters, "count")
        return cls(
            clip=_last(parameters, "clip"),
            channels=tuple(dict.fromkeys(c for c in parameters.get("channel", []) if c in channels)),
            days=_days(_last(parameters, "since"), _last(parameters, "until"), days),
            sound=_last(parameters, "sound") == "yes",
            count=int(count) if count in map(str, COUNTS) else COUNTS[0],
        )

    def to_url(self) -> dict[str, list[str]]:
        """URL parameters; what is as by default is left out.

        >>> Query(clip="a.000025.0.12345678", sound=True).to_url()
        {'clip': ['a.000025.0.12345678'], 'sound': ['yes']}
        """
        since, until = (day.isoformat() for day in self.days) if self.days else ("", "")
        values = {
            "clip": [self.clip] if self.clip else [],
            "channel": list(self.channels),
            "since": [since] if since else [],
            "until": [until] if until else [],
            "sound": ["yes"] if self.sound else [],
            "count": [str(self.count)] if self.count != COUNTS[0] else [],
        }
        return {name: value for name, value in values.items() if value}

    def wanted(self) -> ClipFilter:
        """The filters as the catalogue takes them."""
        since, until = (day.isoformat() for day in self.days) if self.days else (None, None)
        return ClipFilter(self.channels, since, until, True if self.sound else None)


def _last(parameters: Mapping[str, list[str]], name: str) -> str:
    return (parameters.get(name) or [""])[-1]


def _days(since: str, until: str, known: tuple[date, date] | None) -> tuple[date, date] | None:
    """A range within the known days; None where that is all of them, or nothing that can be read."""
    if known is None or not (since or until):
        return None
    try:
        first = date.fromisoformat(since) if since else known[0]
        last = date.fromisoformat(until) if until else known[1]
    except ValueError:
        return None
    clamped = (min(max(first, known[0]), known[1]), max(min(last, known[1]), known[0]))
    return None if clamped == known or clamped[0] > clamped[1] else clamped
