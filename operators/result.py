"""What a stage did on a shard, as the task shows it."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from operators.lineage import Lineage

#: Template of the name that Airflow shows in the grid in place of a map index.
MAP_INDEX_TEMPLATE = "{{ task.shard_label }}"
#: Airflow keeps 250 characters.
_LONGEST_LABEL = 200
_KEPT = (
    "stage", "shard", "done", "skipped", "quarantined", "blocked", "seconds", "media_seconds", "rejects",
    "quarantine_reasons", "not_computed",
)  # fmt: skip
_COUNTS = (("done", "done"), ("skipped", "there before"), ("quarantined", "in quarantine"), ("blocked", "blocked"))


def shown(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The task's return value: counts of videos, seconds, rejects and quarantine by reason.

    Args:
        manifest: a :class:`facelib.store.plans.Manifest` as a mapping.
    """
    return {name: manifest[name] for name in _KEPT if name in manifest}


def label(shard: str, result: Mapping[str, Any] | None = None) -> str:
    """The name of a shard's task in the grid: the shard, and what was done once that is known.

    Example:
        >>> label("plans/daily-1/shard-00003.json")
        'shard-00003'
        >>> label("plans/daily-1/shard-00003.json", {"done": 41, "skipped": 0, "rejects": {"small": 2}})
        'shard-00003 · 41 done · 2 rejected'
    """
    parts = [PurePosixPath(shard).stem]
    if result:
        parts += [f"{result[name]} {word}" for name, word in _COUNTS if result.get(name)]
        rejected = sum(result.get("rejects", {}).values())
        parts += [f"{rejected} rejected"] if rejected else []
        parts += [f"not computed: {result['not_computed']}"] if result.get("not_computed") else []
        parts += ["nothing to do"] if len(parts) == 1 else []
    return " · ".join(parts)[:_LONGEST_LABEL]


class ShardTask(Lineage):
    """What the tasks of all backends have in common: a stage, a shard and, in the end, a result."""

    stage: str
    shard: Any
    result: dict[str, Any] | None = None

    @property
    def shard_label(self) -> str:
        """Name of this task in the grid."""
        return label(str(self.shard), self.result)

    def take(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what a stage did; it becomes the task's return value and its name in the grid."""
        self.result = shown(manifest)
        return self.result
