"""What a selection holds: size, hours, people, licences and how measures are spread, counted by the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass

from facelib.catalog.reader import Catalog
from facelib.export.choice import LENGTH, columns
from facelib.export.selection import ask

BINS = 24
"""Bars of a distribution."""


@dataclass(frozen=True)
class Licence:
    """A licence in a selection; ``name`` is empty where the source told none, ``seconds`` the length of its clips."""

    name: str
    clips: int
    seconds: float


@dataclass(frozen=True)
class Spread:
    """How a column is spread.

    Args:
        column: name, as of :func:`facelib.export.choice.columns`.
        low: least value.
        high: greatest value.
        counts: clips in each of :data:`BINS` steps of equal width.
        missing: clips that have no value.
    """

    column: str
    low: float
    high: float
    counts: tuple[int, ...]
    missing: int


@dataclass(frozen=True)
class Overview:
    """A selection. ``persons`` counts those that are told apart; ``seconds`` is the length of all clips."""

    clips: int
    seconds: float
    videos: int
    channels: int
    persons: int
    licences: tuple[Licence, ...]


def overview(catalog: Catalog, where: str) -> Overview:
    """Count a selection.

    Raises:
        SettingsError: the condition cannot be read; reason ``bad_where``.
    """
    total = ask(
        catalog,
        f"count(*) AS clips, coalesce(sum({LENGTH}), 0.0) AS seconds, count(DISTINCT clips.video_id) AS videos, "
        "count(DISTINCT uploads.channel_id) AS channels, count(DISTINCT nullif(clip_people.person_id, '')) AS persons",
        where,
    )[0]
    names = f"coalesce(uploads.licence, '') AS name, count(*) AS clips, sum({LENGTH}) AS seconds"
    licences = ask(catalog, names, where, "GROUP BY 1 ORDER BY seconds DESC, 1")
    return Overview(**total, licences=tuple(Licence(**row) for row in licences))


def spreads(catalog: Catalog, where: str, names: Sequence[str]) -> list[Spread]:
    """How some columns are spread over a selection; a column without any value is left out.

    Raises:
        SettingsError: the condition cannot be read; reason ``bad_where``.
    """
    known = columns()
    if not names:
        return []
    finite = {name: f"if(isfinite({known[name][0]}::DOUBLE), {known[name][0]}::DOUBLE, NULL)" for name in names}
    ends = ", ".join(
        f"min({sql}) AS low{n}, max({sql}) AS high{n}, count(*) - count({sql}) AS missing{n}"
        for n, sql in enumerate(finite.values())
    )
    found = ask(catalog, ends, where)[0]
    spread = []
    for n, (name, sql) in enumerate(finite.items()):
        low, high = found[f"low{n}"], found[f"high{n}"]
        if low is not None:
            counts = _counts(catalog, where, sql, float(low), float(high))
            spread.append(Spread(name, float(low), float(high), counts, int(found[f"missing{n}"])))
    return spread


def _counts(catalog: Catalog, where: str, sql: str, low: float, high: float) -> tuple[int, ...]:
    step = (high - low) / BINS or 1.0
    number = f"least(greatest(floor(({sql} - {low!r}) / {step!r}), 0), {BINS - 1})::INTEGER"
    rows = ask(catalog, f"{number} AS bin, count({sql}) AS n", where, "GROUP BY 1")
    by_bin = {row["bin"]: row["n"] for row in rows if row["bin"] is not None}
    return tuple(by_bin.get(bin_, 0) for bin_ in range(BINS))
