"""What is wrong with files of an annotated dataset, line by line, and what was done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from facelib.sources.list_report import BadLine, shown


@dataclass(frozen=True)
class Fault(BadLine):
    """One thing that is wrong with a file; its line may be taken all the same.

    Attributes:
        line: as for `BadLine`; 0 where it is about the whole file.
        file: its name within the folder of the dataset.
        action: what was done about it.
    """

    file: str
    action: str

    @classmethod
    def of(cls, file: str, line: int, text: str, reason: str, why: str, action: str) -> Self:
        """A fault whose text is cut and cleaned as reports show it."""
        return cls(line, shown(text), reason, why, file, action)

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.why}: {self.action}"


class BadRow(ValueError):
    """A row that cannot be read: `reason` and why. Whoever reads the file makes a `Fault` of it."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason = reason
        self.why = why
