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
    "source-check": ((VIDEOS,), (VIDEOS,)),
    "plan": ((VIDEOS, DOWNLOADS), ()),
    "backfill": ((PUBLISHED,), ()),
    "commit": ((RESULTS,), (CLIPS,)),
    "publish": ((VIDEOS, CLIPS), (PUBLISHED,)),
    "rebuild": ((VIDEOS, CLIPS), (PUBLISHED,)),
    "export": ((PUBLISHED,), (EXPORTS,)),
}
"""By command of ``facelib``: what it reads, and what it writes. ``run`` goes by its stage."""
#: Counts of what was written, by the names of OpenLineage's ``outputStatistics``.
_STATISTICS = {"size": "size_bytes", "fileCount": "files", "rowCount": "items"}
#: The number of a publication, which is no count.
_VERSION = "published"


class Lineage:
    """A task that tells OpenLineage its data sets and its counts."""

    result: dict[str, Any] | None

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """The ``OperatorLineage`` of this task; called by Airflow's OpenLineage provider when the task has ended."""
        from facelib import settings

        # By name, since neither is among the packages that are needed.
        lineage = import_module("airflow.providers.openlineage.extractors").OperatorLineage
        event = import_module("openlineage.client.event_v2")
        where = namespace(settings.load().store)
        stage, argv = getattr(self, "stage", ""), getattr(self, "argv", ())
        reads, writes = flow(["run", stage] if stage else argv)
        result = getattr(self, "result", None) or {}
        found = counts(result)
        return lineage(
            inputs=[event.InputDataset(namespace=where, name=name, facets=_names(name)) for name in reads],
            outputs=[
                event.OutputDataset(
                    namespace=where,
                    name=name,
                    facets=_names(name) | _version(name, result),
                    outputFacets=_statistics(found),
                )
                for name in writes
            ],
            run_facets={FACET: _facet_class()(counts=found)} if found else {},
        )


def flow(argv: Sequence[Any]) -> tuple[list[str], list[str]]:
    """What a command reads and writes; a stage reads what its stages before it wrote, and writes results of its name.

    >>> flow(["run", "embed", "--shard", "s"]), flow(["maintenance"])
    ((['results/track'], ['results/embed']), ([], []))
    """
    words = [str(word) for word in argv if str(word)]
    if words[:1] == ["run"]:
        return _of_stage(words[1])
    reads, writes = _FLOWS.get(words[0] if words else "", ((), ()))
    return list(reads), list(writes)


def _of_stage(name: str) -> tuple[list[str], list[str]]:
    from facelib.stages import pipeline

    stage = pipeline.stage_class(name)
    source = [DOWNLOADS] if stage.reads_source else []
    return [*source, *(f"{RESULTS}/{before}" for before in stage.after)], [f"{RESULTS}/{name}"]


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
    """The whole numbers of a result and of its ``counts``, and how many were rejected in all.

    >>> counts({"stage": "track", "done": 2, "changed": True, "rejects": {"small": 3, "blurred": 1}})
    {'done': 2, 'rejected': 4}
    >>> counts({"published": 3, "videos": 9, "counts": {"clips": 12}})
    {'videos': 9, 'clips': 12}
    """
    inner, rejects = result.get("counts"), result.get("rejects")
    values = dict(result) | (dict(inner) if isinstance(inner, Mapping) else {})
    found = {name: value for name, value in values.items() if isinstance(value, int) and not isinstance(value, bool)}
    found = {name: value for name, value in found.items() if name not in (_VERSION, "number")}
    return found | ({"rejected": sum(rejects.values())} if isinstance(rejects, Mapping) else {})


def _names(name: str) -> dict[str, Any]:
    """The Airflow asset that stands for a data set, as another name of it."""
    from operators import assets

    asset = {VIDEOS: assets.VIDEOS, CLIPS: assets.CLIPS}.get(name)
    if asset is None:
        return {}
    facet = import_module("openlineage.client.facet_v2").symlinks_dataset
    scheme, _, rest = str(asset.uri).partition("://")
    other = facet.Identifier(namespace=scheme, name=rest, type="AIRFLOW_ASSET")
    return {"symlinks": facet.SymlinksDatasetFacet(identifiers=[other])}


def _version(name: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """Which publication was written."""
    if name != PUBLISHED or _VERSION not in result:
        return {}
    facet = import_module("openlineage.client.facet_v2").dataset_version_dataset
    return {"version": facet.DatasetVersionDatasetFacet(datasetVersion=str(result[_VERSION]))}


def _statistics(counted: Mapping[str, int]) -> dict[str, Any]:
    """Bytes, files and items written, where they were counted."""
    said = {fact: counted[name] for fact, name in _STATISTICS.items() if name in counted}
    facet = import_module("openlineage.client.facet_v2").output_statistics_output_dataset
    return {"outputStatistics": facet.OutputStatisticsOutputDatasetFacet(**said)} if said else {}


@cache
def _facet_class() -> Any:
    attr, base = import_module("attr"), import_module("openlineage.client.facet_v2").RunFacet
    return attr.make_class("FacelibCountsRunFacet", {"counts": attr.field(factory=dict)}, bases=(base,), kw_only=True)
