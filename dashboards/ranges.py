"""A range of a measure as it stands in the URL: ``iqa.sharpness:20..80``, ``iqa.sharpness:20..``, ``iqa.blurry:no``."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from facelib.catalog.reader import Condition
from facelib.find.measured import Measure, between, holds


@dataclass(frozen=True)
class Range:
    """A measure and what of it is wanted.

    Args:
        name: ``table.column``.
        low, high: of a number, ends included; None is no end.
        truth: of a truth value; None is either.
    """

    name: str
    low: float | None = None
    high: float | None = None
    truth: bool | None = None

    @property
    def is_open(self) -> bool:
        """Whether every clip passes."""
        return self.low is None and self.high is None and self.truth is None

    @classmethod
    def from_url(cls, text: str, measures: Mapping[str, Measure]) -> "Range | None":
        """Read a range; None for what cannot be used."""
        name, _, wanted = text.partition(":")
        measure = measures.get(name)
        if measure is None:
            return None
        if not measure.is_number:
            return cls(name, truth={"yes": True, "no": False}.get(wanted))
        low, _, high = wanted.partition("..")
        return cls(name, _number(low), _number(high))

    def to_url(self) -> str:
        """The range as text.

        >>> Range("iqa.sharpness", low=20.5).to_url()
        'iqa.sharpness:20.5..'
        """
        if self.truth is not None:
            return f"{self.name}:{'yes' if self.truth else 'no'}"
        if self.is_open:
            return f"{self.name}:"
        return f"{self.name}:{_written(self.low)}..{_written(self.high)}"

    def condition(self, measure: Measure) -> Condition:
        """The range as the catalogue takes it; only for one that is not open."""
        return holds(measure, self.truth) if self.truth is not None else between(measure, self.low, self.high)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _written(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
