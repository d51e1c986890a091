"""Numbers and times as a page says them, each with its unit."""

from datetime import UTC, datetime


def counted(number: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "clip"), counted(1200, "clip"), counted(2, "person")
    ('1 clip', '1,200 clips', '2 persons')
    """
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def person(person_id: str, name: str) -> str:
    """What a person is called: the name, else the part of the id that tells it from others.

    >>> person("person-0123456789ab", "Ada"), person("person-0123456789ab", "")
    ('Ada', 'Unnamed 012345')
    """
    return name or f"Unnamed {person_id.removeprefix('person-')[:6]}"


def percent(share: float | None) -> str:
    """A share 0..1 in percent; a dash where there is none.

    >>> percent(0.953), percent(None)
    ('95%', '–')
    """
    return "–" if share is None else f"{share * 100:.0f}%"


def length(seconds: float) -> str:
    """A length of time in the unit that fits it.

    >>> length(0.4), length(31.8), length(600), length(4.5 * 3600), length(90 * 3600)
    ('0.4 s', '32 s', '10 min', '4.5 h', '90 h')
    """
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 1.5 * size:
            value = seconds / size
            return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def ago(moment: str, now: datetime) -> str:
    """How long before ``now`` a time was, ISO 8601; ``never`` where it is empty.

    >>> ago("2026-01-05T10:00:00+00:00", datetime(2026, 1, 5, 13, tzinfo=UTC)), ago("", datetime.now(UTC))
    ('3.0 h ago', 'never')
    >>> ago("2026-01-05", datetime(2026, 1, 9, tzinfo=UTC))
    '4 days ago'
    """
    if not moment:
        return "never"
    then = datetime.fromisoformat(moment)
    seconds = (now - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds()
    if seconds >= 3 * 86_400:
        return f"{seconds / 86_400:,.0f} days ago"
    return f"{length(max(seconds, 0))} ago"


def minute(moment: str) -> str:
    """A time to the minute, UTC.

    >>> minute("2026-01-05T10:00:09.5+00:00"), minute("")
    ('2026-01-05 10:00 UTC', '–')
    """
    return f"{moment[:16].replace('T', ' ')} UTC" if moment else "–"
