"""What is wrong with which line of a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

MAX_TEXT = 200


@dataclass(frozen=True)
class BadLine:
    """One line that is not taken.

    Attributes:
        line: its number, from 1; that of its first line where a quoted value spans several.
        text: the line, at most `MAX_TEXT` characters of it.
        reason: stable code: `not_an_item`, `not_one_video`, `file_absent`, `duplicate`, `wrong_columns`, `bad_quotes`,
            `not_utf8`, `host_not_allowed`, `empty_value`; for a name that is searched for also `nothing_found` or
            the reason of the error.
        why: a sentence part for people.
    """

    line: int
    text: str
    reason: str
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}: {self.text}" if self.text else f"line {self.line}: {self.why}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@runtime_checkable
class Reports(Protocol):
    """A source that can say which lines of its list it left out; complete once all uploads were listed."""

    @property
    def bad_lines(self) -> Sequence[object]:
        """What was left out, in order; each says as text where and why."""


def shown(text: str) -> str:
    """A line as a report shows it: on one line, without what no terminal or JSON can hold, cut to `MAX_TEXT`."""
    plain = text.encode("utf-8", "replace").decode().strip().replace("\t", " ⇥ ")
    plain = "".join(letter if letter.isprintable() else "\ufffd" for letter in plain)
    return plain if len(plain) <= MAX_TEXT else f"{plain[: MAX_TEXT - 1]}…"


def by_reason(bad: Sequence[BadLine]) -> dict[str, int]:
    """How many lines were left out for each reason.

    Example:
        >>> by_reason([BadLine(2, "?", "not_an_item", "no id"), BadLine(5, "!", "not_an_item", "no id")])
        {'not_an_item': 2}
    """
    return dict(Counter(line.reason for line in bad))
