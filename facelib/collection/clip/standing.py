"""Where the measures of a clip stand among those of the whole collection."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from facelib.catalog.reader import Catalog
from facelib.find.measured import Measure

_BY_VIDEO = ("uploads", "videos")


@dataclass(frozen=True)
class Standing:
    """A number that was measured of a clip, beside those of all clips.

    Args:
        name: ``table.column``.
        meaning: what it is, with its unit.
        unit: the unit alone; empty for ratios, counts and scores.
        value: of the clip.
        low, high: least and largest of all.
        below: how many are less.
        equal: how many are the same, its own among them.
        known: how many there are.
    """

    name: str
    meaning: str
    unit: str
    value: float
    low: float
    high: float
    below: int
    equal: int
    known: int

    @property
    def percentile(self) -> float:
        """Share of the values that are less, plus half of those that are the same, in percent.

        >>> Standing("a.b", "", "", 3.0, 1.0, 4.0, below=2, equal=1, known=4).percentile
        62.5
        """
        return 100 * (self.below + self.equal / 2) / self.known


def standings(catalog: Catalog, clip: Mapping[str, str], measures: Mapping[str, Measure]) -> list[Standing]:
    """Where a clip stands in each number that was measured of it, in order of name; one query looks at all clips.

    Args:
        catalog: the publication.
        clip: ``clip_id`` and ``video_id``.
        measures: what was measured of any clip, as :func:`facelib.find.measured.measures` gives it.
    """
    numbers = [measure for measure in measures.values() if measure.is_number]
    own = _values(catalog, clip, numbers)
    told = [measure for measure in numbers if own.get(measure.name) is not None]
    if not told:
        return []
    parts, values = list[str](), list[float]()
    for source, group in _by_source(told).items():
        parts.append(f"(SELECT {', '.join(map(_counts, group))} FROM {source})")  # noqa: S608 - names of ours
        values += [own[m.name] for m in group for _ in range(2)]
    found = catalog.rows(f"SELECT * FROM {', '.join(parts)}", list(values))[0]  # noqa: S608 - expressions of ours
    return [_standing(m, own[m.name], *found[m.name]) for m in sorted(told, key=lambda m: m.name)]


def _values(catalog: Catalog, clip: Mapping[str, str], numbers: Sequence[Measure]) -> dict[str, float]:
    """What was measured of the clip itself, by name."""
    own: dict[str, float] = {}
    for source, group in _by_source(numbers).items():
        first = source.split(" ", 1)[0]
        key = "video_id" if first in _BY_VIDEO else "clip_id"
        columns = ", ".join(f"({m.column.value})::DOUBLE AS {_quoted(m.name)}" for m in group)
        rows = catalog.rows(f"SELECT {columns} FROM {source} WHERE {first}.{key} = ?", [clip[key]])  # noqa: S608
        own |= {name: value for row in rows[:1] for name, value in row.items() if value is not None}
    return own


def _by_source(numbers: Iterable[Measure]) -> dict[str, list[Measure]]:
    groups: dict[str, list[Measure]] = defaultdict(list)
    for measure in numbers:
        groups[measure.source].append(measure)
    return groups


def _counts(measure: Measure) -> str:
    """One value: how many are less, how many are the same, how many there are, least, largest.

    The comparisons take the column's own type and no CASE: NaN is above every number, and that keeps them fast.
    """
    sql, value, kind = measure.column.sql, measure.column.value, measure.column.kind
    compared = f"count_if({sql} < ?::{kind}), count_if({sql} = ?::{kind})"
    return f"list_value({compared}, count({value}), min({value}), max({value})) AS {_quoted(measure.name)}"


def _standing(
    measure: Measure, value: float, below: float, equal: float, known: float, low: float, high: float
) -> Standing:
    about = (measure.name, measure.column.meaning, measure.column.unit)
    return Standing(*about, float(value), low, high, int(below), int(equal), int(known))


def _quoted(name: str) -> str:
    return f'"{name}"'
