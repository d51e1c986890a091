"""What a task reads and writes, for OpenLineage.

Airflow's provider for it asks every task that has the method below; where it is not installed nothing asks, and nothing
of it is imported.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit, urlunsplit

FACET = "facelib_counts"
"""Name of the facet of a run that says what a task did."""
VIDEOS, DOWNLOADS, RESULTS, CLIPS, PUBLISHED, EXPORTS = (
    "videos",
    "downloads",
    "results",
    "clips",
    "published",
    "exports",
)
_FLOWS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "crawl": ((), (VIDEOS,)),
    "download": ((VIDEOS,), (DOWNLOADS,)),
    "plan": ((VIDEOS, DOWNLOADS), ()),
    "run": ((DOWNLOADS,), (RESULTS,)),
    "commit": ((RESULTS,), (CLIPS,)),
    "publish": ((VIDEOS, CLIPS), (PUBLISHED,)),
    "rebuild": ((VIDEOS, CLIPS), (PUBLISHED,)),
    "export": ((PUBLISHED,), (EXPORTS,)),
}
"""By command of ``facelib``: what it reads, and what it writes."""


class Lineage:
    """A task that tells OpenLineage its data sets and its counts."""

    result: dict[str, Any] | None

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """The ``OperatorLineage`` of this task; called by Airflow's OpenLineage provider when the task has ended."""
        from facelib import settings

        # By name, since neither is among the packages that are needed.
        lineage = import_module("airflow.providers.openlineage.extractors").OperatorLineage
        dataset = import_module("openlineage.client.event_v2").Dataset
        where = namespace(settings.load().store)
        stage, argv = getattr(self, "stage", ""), getattr(self, "argv", ())
        reads, writes = flow(["run", stage] if stage else argv)
        found = counts(getattr(self, "result", None) or {})
        return lineage(
            inputs=[dataset(namespace=where, name=name) for name in reads],
            outputs=[dataset(namespace=where, name=name) for name in writes],
            run_facets={FACET: _facet_class()(counts=found)} if found else {},
        )


def flow(argv: Sequence[Any]) -> tuple[list[str], list[str]]:
    """What a command reads and writes; a stage writes results of its own name.

    >>> flow(["run", "track", "--shard", "s"]), flow(["maintenance"])
    ((['downloads'], ['results/track']), ([], []))
    """
    words = [str(word) for word in argv if str(word)]
    reads, writes = _FLOWS.get(words[0] if words else "", ((), ()))
    if words[:1] == ["run"]:
        writes = (f"{RESULTS}/{words[1]}",)
    return list(reads), list(writes)


def namespace(store: str) -> str:
    """The address of a store, without user, password and query.

    >>> namespace("s3://key:secret@bucket/faces"), namespace("/srv/store")
    ('s3://bucket/faces', 'file:///srv/store')
    """
    if "://" not in store:
        return f"file://{store}"
    parts = urlsplit(store)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")).rstrip("/")


def counts(result: Mapping[str, Any]) -> dict[str, int]:
    """The whole numbers of a result, and how many were rejected in all.

    >>> counts({"stage": "track", "done": 2, "changed": True, "rejects": {"small": 3, "blurred": 1}})
    {'done': 2, 'rejected': 4}
    """
    found = {name: value for name, value in result.items() if isinstance(value, int) and not isinstance(value, bool)}
    rejects = result.get("rejects")
    return found | ({"rejected": sum(rejects.values())} if isinstance(rejects, Mapping) else {})


@cache
def _facet_class() -> Any:
    attr, base = import_module("attr"), import_module("openlineage.client.facet_v2").RunFacet
    return attr.make_class("FacelibCountsRunFacet", {"counts": attr.field(factory=dict)}, bases=(base,), kw_only=True)
