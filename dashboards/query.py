"""What is searched for, as it stands in the page's URL, so that a search can be shared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast, get_args

from dashboards.ranges import Range
from facelib.catalog.reader import ClipFilter, Condition
from facelib.find import conditions
from facelib.find.conditions import VERDICTS, Verdict
from facelib.find.measured import Measure

COUNTS = (12, 24, 48)
"""Numbers of results on a page that can be chosen; the first is the default."""
_FILTERS = {
    "channel": "channel",
    "person": "person",
    "licence": "licence",
    "verdict": "verdict",
    "m": "measure",
}
"""Parameters that narrow the results, with a word for each."""
MAX_PAGE = 50
MAX_TEXT = 300

Like = Literal["face", "voice", "look"]
"""What of a clip others are to be like."""
In = Literal["both", "words", "picture"]
"""Where words are looked for: in texts and pictures, in texts alone, in pictures alone."""
Days = tuple[date, date]


@dataclass(frozen=True)
class Query:
    """What is searched for and the filters. A picture or a sound never stands in the URL.

    Args:
        clip: id of the clip that is searched for; empty without one.
        like: what of it others are to be like.
        text: words; empty without.
        where: where these are looked for.
        channels: ids of channels; none means all. So with what follows.
        people: ids of persons.
        licences: of uploads; the empty text is no licence.
        verdicts: of the rules in force.
        ranges: of measures.
        days: first and last upload day; None means all.
        sound: only clips with sound.
        count: results on a page.
        page: from 1.
    """

    clip: str = ""
    like: Like = "face"
    text: str = ""
    where: In = "both"
    channels: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    ranges: tuple[Range, ...] = ()
    days: Days | None = None
    sound: bool = False
    count: int = COUNTS[0]
    page: int = 1

    @classmethod
    def from_url(
        cls,
        parameters: Mapping[str, list[str]],
        *,
        channels: Collection[str],
        days: Days | None,
        measures: Mapping[str, Measure],
    ) -> "Query":
        """Read URL parameters; what cannot be used is left out.

        Args:
            parameters: all values of each parameter.
            channels: ids of the channels that there are.
            days: first and last upload day that there is.
            measures: what was measured.

        >>> Query.from_url({"clip": ["a"], "count": ["24"]}, channels=[], days=None, measures={}).count
        24
        """
        count, page = _last(parameters, "count"), _last(parameters, "page")
        like, where = _last(parameters, "like"), _last(parameters, "in")
        ranges = {r.name: r for text in parameters.get("m", []) if (r := Range.from_url(text, measures))}
        return cls(
            clip=_last(parameters, "clip"),
            like=cast(Like, like) if like in get_args(Like) else "face",
            text=_last(parameters, "q")[:MAX_TEXT],
            where=cast(In, where) if where in get_args(In) else "both",
            channels=tuple(dict.fromkeys(c for c in parameters.get("channel", []) if c in channels)),
            people=tuple(dict.fromkeys(p for p in parameters.get("person", []) if p)),
            licences=tuple(dict.fromkeys(parameters.get("licence", []))),
            verdicts=tuple(v for v in VERDICTS if v in parameters.get("verdict", [])),
            ranges=tuple(ranges.values()),
            days=_days(_last(parameters, "since"), _last(parameters, "until"), days),
            sound=_last(parameters, "sound") == "yes",
            count=int(count) if count in map(str, COUNTS) else COUNTS[0],
            page=min(int(page), MAX_PAGE) if page.isascii() and page.isdigit() and int(page[:9]) else 1,
        )

    def to_url(self) -> dict[str, list[str]]:
        """URL parameters; what is as by default is left out.

        >>> Query(clip="a.000025.0.12345678", sound=True).to_url()
        {'clip': ['a.000025.0.12345678'], 'sound': ['yes']}
        """
        since, until = (day.isoformat() for day in self.days) if self.days else ("", "")
        values: dict[str, list[str]] = {
            "clip": [self.clip] if self.clip else [],
            "like": [self.like] if self.clip and self.like != "face" else [],
            "q": [self.text] if self.text else [],
            "in": [self.where] if self.text and self.where != "both" else [],
            "channel": list(self.channels),
            "person": list(self.people),
            "licence": list(self.licences),
            "verdict": list(self.verdicts),
            "m": [chosen.to_url() for chosen in self.ranges],
            "since": [since] if since else [],
            "until": [until] if until else [],
            "sound": ["yes"] if self.sound else [],
            "count": [str(self.count)] if self.count != COUNTS[0] else [],
            "page": [str(self.page)] if self.page > 1 else [],
        }
        return {name: value for name, value in values.items() if value}

    def left_out(self, parameters: Mapping[str, list[str]]) -> list[str]:
        """The filters of an address that could not be used, in words.

        >>> Query().left_out({"channel": ["gone"], "m": ["clips.gone:1:2"], "count": ["7"]})
        ['channel gone', 'measure clips.gone:1:2']
        """
        used = self.to_url()
        return [
            f"{word} {value}"
            for name, word in _FILTERS.items()
            for value in parameters.get(name, [])
            if value and value not in used.get(name, [])
        ]

    def wanted(self, measures: Mapping[str, Measure]) -> ClipFilter:
        """The filters as the catalogue takes them.

        Args:
            measures: what was measured, those of the ranges among them.
        """
        since, until = (day.isoformat() for day in self.days) if self.days else (None, None)
        further: list[Condition] = []
        if self.people:
            further.append(conditions.showing(self.people))
        if self.licences:
            further.append(conditions.licensed(self.licences))
        if self.verdicts and len(self.verdicts) < len(VERDICTS):
            further.append(conditions.judged(self.verdicts))
        further += [chosen.condition(measures[chosen.name]) for chosen in self.ranges if not chosen.is_open]
        return ClipFilter(self.channels, since, until, True if self.sound else None, tuple(further))


def _last(parameters: Mapping[str, list[str]], name: str) -> str:
    return (parameters.get(name) or [""])[-1]


def _days(since: str, until: str, known: Days | None) -> Days | None:
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
