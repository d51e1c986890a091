"""What an upkeep freed, or would free."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Freed:
    """One kind of thing that went, or would go.

    Args:
        what: kind, such as ``raw downloads``.
        things: how many there are: videos, leases, folders.
        files: files that went.
        size_bytes: their size in all.
        postponed: why this kind was not looked at this time; empty when it was.
    """

    what: str
    things: int = 0
    files: int = 0
    size_bytes: int = 0
    postponed: str = ""

    def add(self, sizes: Iterable[int]) -> None:
        """Count one thing, by the sizes of its files in bytes."""
        listed = list(sizes)
        self.things += 1
        self.files += len(listed)
        self.size_bytes += sum(listed)


@dataclass
class Report:
    """What one upkeep did; with ``dry_run`` what it would do."""

    dry_run: bool
    freed: list[Freed] = field(default_factory=list)

    @property
    def postponed(self) -> list[str]:
        """Kinds that were not looked at, with the reason."""
        return [f"{one.what}: {one.postponed}" for one in self.freed if one.postponed]

    def to_dict(self) -> dict[str, Any]:
        """Plain values; sizes in bytes."""
        return {
            "dry_run": self.dry_run,
            "files": sum(one.files for one in self.freed),
            "size_bytes": sum(one.size_bytes for one in self.freed),
            "postponed": self.postponed,
            "freed": [asdict(one) for one in self.freed],
        }


def readable(size_bytes: float) -> str:
    """A size for a person to read.

    >>> readable(0), readable(1536), readable(3 * 1024**3)
    ('0 B', '1.5 KiB', '3.0 GiB')
    """
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    number = 0
    while abs(size_bytes) >= 1024 and number < len(units) - 1:
        size_bytes, number = size_bytes / 1024, number + 1
    return f"{size_bytes:.0f} B" if not number else f"{size_bytes:.1f} {units[number]}"
