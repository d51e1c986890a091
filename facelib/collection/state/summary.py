"""The numbers of a collection, from its published catalogue."""

from typing import Any

from facelib.catalog.reader import Catalog
from facelib.store.objects import Store

FINDING = ["probe", "detect", "track"]
"""Stages whose rejects are not in the collection; a clip that a later stage rejects stays, without its measures."""
_REJECTS = (
    "SELECT reason AS k, count(*) AS n FROM rejects WHERE stage {} (SELECT unnest(?::VARCHAR[])) GROUP BY 1 ORDER BY 1"
)


def summary(store: Store) -> dict[str, Any]:
    """Uploads, shots, tracks, clips, what was dropped or not measured, quarantine by reason, seconds by stage.

    Raises:
        StoreError: nothing was published yet.
    """
    with Catalog(store) as catalog:
        counts = catalog.publication.counts
        return {
            "published": catalog.publication.published[:19] + " UTC",
            "channels": [row["channel_id"] for row in catalog.rows("SELECT channel_id FROM channels ORDER BY 1")],
            "uploads": counts["uploads"],
            "videos": counts["videos"],
            "shots": counts["shots"],
            "tracks": counts["tracks"],
            "clips": counts["clips"],
            "clip_seconds": _one(catalog, "SELECT coalesce(sum(end_s - start_s), 0.0) AS n FROM clips"),
            "vectors": counts["vectors"],
            "dropped_by_reason": _by(catalog, _REJECTS.format("IN"), [FINDING]),
            "not_measured_by_reason": _by(catalog, _REJECTS.format("NOT IN"), [FINDING]),
            "quarantine_by_reason": _by(
                catalog, "SELECT reason AS k, count(*) AS n FROM quarantine GROUP BY 1 ORDER BY 1"
            ),
            "not_computed_by_stage": _by(
                catalog,
                "SELECT stage AS k, count(*) AS n FROM stages WHERE starts_with(reason, 'not_computed') "
                "GROUP BY 1 ORDER BY 1",
            ),
            "seconds_by_stage": _by(
                catalog, "SELECT stage AS k, round(sum(seconds), 2) AS n FROM stages GROUP BY 1 HAVING n > 0 ORDER BY 1"
            ),
        }


def _one(catalog: Catalog, sql: str) -> float:
    return float(catalog.rows(sql)[0]["n"])


def _by(catalog: Catalog, sql: str, parameters: list[Any] | None = None) -> dict[str, Any]:
    return {row["k"]: row["n"] for row in catalog.rows(sql, parameters)}
