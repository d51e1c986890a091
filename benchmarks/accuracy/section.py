"""The pieces that every section of the page is made of."""

from collections.abc import Iterable, Mapping

from benchmarks.accuracy.place import Place

ABSENT = "not measured, weights were not present"


def section(title: str, *parts: str) -> str:
    """A section of paragraphs, lists and tables."""
    return "\n\n".join([f"## {title}", *(part for part in parts if part)])


def not_measured(place: Place, models: Mapping[str, tuple[str, ...]]) -> str:
    """A list of the models, by name with their weights, that cannot be measured here."""
    absent = [name for name, weights in models.items() if not place.has(weights)]
    return "\n".join(f"- `{name}`: {ABSENT}." for name in absent)


def number(value: float | None, form: str = ".2f") -> str:
    """A number with its sign as the form wants it; a dash where there is none."""
    return "–" if value is None else format(value, form)


def verdict(right: bool) -> str:
    """How a row of a table says whether the result is right."""
    return "right" if right else "**missed**"


def share(part: int, whole: int) -> str:
    """A part of a whole, as both counts and in per cent.

    >>> share(3, 4), share(0, 0)
    ('3 / 4 (75 %)', '0 / 0')
    """
    return f"{part} / {whole}" + (f" ({100 * part / whole:.0f} %)" if whole else "")


def named(misses: Iterable[str]) -> str:
    """The misses by name, or that there are none.

    >>> named(["a", "b"]), named([])
    ('Missed: a; b.', 'Missed: none.')
    """
    return f"Missed: {'; '.join(misses) or 'none'}."
