"""What was measured of the clips, as something to narrow a search by: which columns there are, and how they spread."""

from collections.abc import Mapping
from dataclasses import dataclass

from facelib.catalog.reader import Catalog, Condition
from facelib.collection.rules import columns
from facelib.curate.rule_sql import Column

BINS = 40
OUTER = 0.002
"""Share of the values at either end that lie outside of the histogram, so that a few outliers do not flatten it."""
_NUMBERS = ("INTEGER", "FLOAT", "DOUBLE")
_PLACES = {
    "clips": ("start_frame", "end_frame", "number", "start_s", "end_s", "track_start", "track_number"),
    "videos": ("generation",),
    "clip_people": ("seconds",),
}
"""Numbers that say where a clip is or how it came about: no measure."""
_EDGES = ("x1", "y1", "x2", "y2")


@dataclass(frozen=True)
class Measure:
    """A column to narrow a search by.

    Args:
        name: ``table.column``.
        column: its SQL, kind and meaning.
    """

    name: str
    column: Column

    @property
    def is_number(self) -> bool:
        """Whether it has a range; a truth value has none."""
        return self.column.kind in _NUMBERS

    @property
    def source(self) -> str:
        """The tables it is read from, as SQL."""
        tables = list(self.column.tables)
        if not tables or self.name.startswith("clips."):
            tables = ["clips", *(table for table in tables if table != "clips")]
        first, *others = tables
        return first + "".join(f" LEFT JOIN {other} USING ({_key(other)})" for other in others)


@dataclass(frozen=True)
class Spread:
    """How the values of a measure spread.

    Args:
        low, high: ends of the histogram, in the unit of the column; some values may lie outside.
        counts: clips in each of the bins, of equal width; outliers are counted in the outer ones.
        missing: clips without a value.
    """

    low: float
    high: float
    counts: tuple[int, ...]
    missing: int


def measures(catalog: Catalog) -> dict[str, Measure]:
    """The numbers and truth values that were measured of any clip of a publication, by name."""
    found: dict[str, Measure] = {}
    for table, group in _by_table(columns()).items():
        held = _held(catalog, table, group)
        found |= {name: Measure(name, column) for name, column in group.items() if held[name]}
    return dict(sorted(found.items()))


def spread(catalog: Catalog, measure: Measure) -> Spread | None:
    """The histogram of a number; None where no clip has a value."""
    value = f"({measure.column.value})::DOUBLE"
    values = f"SELECT {value} AS v FROM {measure.source}"  # noqa: S608 - expressions of ours
    ends = catalog.rows(
        f"SELECT quantile_cont(v, [{OUTER}, {1 - OUTER}]) AS q, min(v) AS low, max(v) AS high, "  # noqa: S608
        f"count(*) - count(v) AS missing FROM ({values})"
    )[0]
    if ends["low"] is None:
        return None
    low, high = ends["q"]
    if measure.column.kind == "INTEGER" and ends["high"] - ends["low"] < BINS:
        low, high = ends["low"], ends["high"]
    if high <= low:
        low, high = ends["low"], ends["high"]
    counts = [0] * BINS
    width = (high - low) / BINS or 1.0
    placed = catalog.rows(
        f"SELECT least(greatest(floor((v - ?) / ?), 0), {BINS - 1})::INTEGER AS place, count(*) AS clips "  # noqa: S608
        f"FROM ({values}) WHERE v IS NOT NULL GROUP BY 1",
        [low, width],
    )
    for row in placed:
        counts[row["place"]] = row["clips"]
    return Spread(float(low), float(high), tuple(counts), int(ends["missing"]))


def between(measure: Measure, low: float | None, high: float | None) -> Condition:
    """Only clips whose value lies in a range, its ends included; None is no end. Clips without a value do not pass."""
    limits = [(sign, limit) for sign, limit in ((">=", low), ("<=", high)) if limit is not None]
    kind = "FLOAT" if measure.column.kind == "FLOAT" else "DOUBLE"
    # A limit takes the column's type: 0.1 is not a FLOAT's 0.1.
    tests = [f"{measure.column.value} {sign} ?::{kind}" for sign, _ in limits]
    return _among(measure, tests or [f"{measure.column.value} IS NOT NULL"], [limit for _, limit in limits])


def holds(measure: Measure, wanted: bool) -> Condition:
    """Only clips of which something is true, or is not."""
    return _among(measure, [f"{measure.column.value} = ?"], [wanted])


def _among(measure: Measure, tests: list[str], values: list[float]) -> Condition:
    # Numbers of rows are held against each other sooner than ids.
    key = "rowid" if measure.source == "clips" else _key(measure.source)
    sql = f"c.{key} IN (SELECT {key} FROM {measure.source} WHERE {' AND '.join(tests)})"  # noqa: S608
    return Condition(sql, tuple(values))


def _by_table(known: Mapping[str, Column]) -> dict[str, dict[str, Column]]:
    groups: dict[str, dict[str, Column]] = {}
    for name, column in known.items():
        table, _, own = name.partition(".")
        if column.kind in (*_NUMBERS, "BOOLEAN") and not _is_place(table, own):
            groups.setdefault(table, {})[name] = column
    return groups


def _is_place(table: str, name: str) -> bool:
    return name in _PLACES.get(table, ()) or (table == "clips" and name.endswith(_EDGES))


def _held(catalog: Catalog, table: str, group: Mapping[str, Column]) -> dict[str, bool]:
    """Which columns have a value; how many values a plain column has is known without reading it."""
    plain = {name: column for name, column in group.items() if not column.sql.startswith("(")}
    held = dict.fromkeys(group, False)
    if plain:
        asked = ", ".join(f"count({column.sql}) > 0 AS {_quoted(name)}" for name, column in plain.items())
        held |= catalog.rows(f"SELECT {asked} FROM {table}")[0]  # noqa: S608 - names of ours
    for name, column in group.items():
        if name not in plain:
            source = Measure(name, column).source
            held[name] = bool(catalog.rows(f"SELECT 1 FROM {source} WHERE {column.value} IS NOT NULL LIMIT 1"))  # noqa: S608
    return held


def _key(table: str) -> str:
    return "video_id" if table in ("uploads", "videos") else "clip_id"


def _quoted(name: str) -> str:
    return '"' + name + '"'
