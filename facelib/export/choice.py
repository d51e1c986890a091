"""A selection as a form says it, and the condition that it stands for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from facelib.catalog import schema
from facelib.catalog.measures import MEASURES
from facelib.curate.rule_sql import Column

LENGTH = "clips.end_s - clips.start_s"
"""Length of a clip, s."""
_NUMBERS = ("FLOAT", "DOUBLE", "INTEGER")
_VERDICTS = {"Kept": "verdicts.keep", "Dropped": "NOT verdicts.keep", "Undecided": "verdicts.keep IS NULL", "Any": ""}
VERDICTS = tuple(_VERDICTS)


@dataclass(frozen=True)
class Choice:
    """What is wanted; every part narrows the selection.

    Args:
        verdict: one of :data:`VERDICTS`.
        persons: ids of persons; empty for all.
        channels: ids of channels that showed the upload first; empty for all.
        licences: as the source tells them, an empty one for none told; empty for all.
        ranges: by column of :func:`columns`, the least and the greatest value.
        where: a condition of the user's own; empty for none.
    """

    verdict: str = "Kept"
    persons: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    where: str = ""

    def sql(self) -> str:
        """The condition, as ``facelib export --where`` takes it.

        >>> Choice(licences=("CC BY", ""), ranges={"clips.face_side": (80, 400)}).sql()
        "verdicts.keep AND coalesce(uploads.licence, '') IN ('CC BY', '') AND clips.face_side BETWEEN 80 AND 400"
        >>> Choice("Any").sql(), Choice("Any", where="clips.has_audio").sql()
        ('TRUE', '(clips.has_audio\\n)')
        >>> Choice("Any", ranges={"length": (2.5, 214.4234619140625)}).sql()  # an end as it is: its own clip passes
        '(clips.end_s - clips.start_s) BETWEEN 2.5 AND 214.4234619140625'
        """
        parts = [
            _VERDICTS[self.verdict],
            _among("clip_people.person_id", self.persons),
            _among("uploads.channel_id", self.channels),
            _among("coalesce(uploads.licence, '')", self.licences),
            *(f"{columns()[name][0]} BETWEEN {low!r} AND {high!r}" for name, (low, high) in self.ranges.items()),
            f"({self.where.strip()}\n)" if self.where.strip() else "",
        ]
        return " AND ".join(part for part in parts if part) or "TRUE"


def columns() -> dict[str, tuple[str, str]]:
    """The columns that a range may be given for: by name, the SQL and what it means, with its unit."""
    found = {
        "length": (f"({LENGTH})", "length of the clip, s"),
        "clips.face_side": ("clips.face_side", schema.TABLES["clips"]["face_side"][1]),
    }
    for table in schema.ONE_PER_CLIP:
        for name, (kind, meaning) in MEASURES[table].items():
            if kind in _NUMBERS:
                found[f"{table}.{name}"] = (f"{table}.{name}", meaning)
    return found


def unit(name: str) -> str:
    """The unit of one of :func:`columns`; empty for ratios and counts.

    >>> unit("length"), unit("clips.face_side"), unit("iqa.piqe")
    ('s', 'px', '')
    """
    sql, meaning = columns()[name]
    return Column(sql, "", meaning).unit


def _among(column: str, values: Iterable[str]) -> str:
    quoted = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    return f"{column} IN ({quoted})" if quoted else ""
