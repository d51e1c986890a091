"""Everything that was measured of a clip, from the published catalogue."""

from dataclasses import dataclass
from typing import Any

from facelib.catalog.measures import MEASURES
from facelib.catalog.reader import Catalog
from facelib.errors import StoreError
from facelib.stage_state import explain

FINGERPRINTS = frozenset({"hashes"})
"""Tables that machines compare; their values tell people nothing."""


@dataclass(frozen=True)
class Measure:
    """One value of a clip.

    Args:
        table, column: where it lies in the catalogue.
        value: None where it was not computed or does not apply.
        meaning: what it is, with its unit.
    """

    table: str
    column: str
    value: Any
    meaning: str


@dataclass(frozen=True)
class ClipReport:
    """A clip with its measures.

    Args:
        clip: columns of the clip and its upload.
        measures: its values, table by table; a table with several rows a clip gives each of them.
        not_computed: why, by stage, for stages without a result for the video.
        rejects: why a stage dropped or could not measure this clip.
    """

    clip: dict[str, Any]
    measures: list[Measure]
    not_computed: dict[str, str]
    rejects: list[dict[str, Any]]

    def remarks(self) -> list[str]:
        """Sentences on what has no value, and why."""
        empty: dict[str, list[str]] = {}
        for measure in self.measures:
            if measure.value is None:
                empty.setdefault(measure.table, []).append(measure.column)
        said = [
            f"{table}: not asked for in the settings, or does not apply to this clip: {', '.join(columns)}"
            for table, columns in empty.items()
        ]
        for stage, reason in self.not_computed.items():
            why, hint = explain(reason)
            said.append(f"{stage}: not computed, {why} ({hint})")
        for reject in self.rejects:
            limit = f"{reject['measured']:g} {reject['unit']}, wanted {reject['threshold']:g}"
            said.append(f"{reject['stage']}: {reject['reason']} ({limit})")
        return said


def clip_report(catalog: Catalog, clip_id: str) -> ClipReport:
    """The report of a clip.

    Raises:
        StoreError: there is no such clip.
    """
    clip = catalog.clips([clip_id]).get(clip_id)
    if clip is None:
        raise StoreError(f"there is no clip {clip_id!r}", hint="'facelib search' prints ids of clips", reason="no_clip")
    measures = []
    for table, columns in MEASURES.items():
        if table in FINGERPRINTS:
            continue
        rows = catalog.rows(f"SELECT * FROM {table} WHERE clip_id = ?", [clip_id])  # noqa: S608 - a name of ours
        for row in rows:
            measures += [
                Measure(table, name, row[name], meaning) for name, (_, meaning) in columns.items() if name != "clip_id"
            ]
    states = catalog.rows("SELECT stage, reason FROM stages WHERE video_id = ? AND reason <> ''", [clip["video_id"]])
    rejects = catalog.rows(
        "SELECT stage, reason, measured, threshold, unit FROM rejects "
        "WHERE video_id = ? AND kind = 'clip' AND start_frame = ? AND number = ? ORDER BY stage",
        [clip["video_id"], clip["start_frame"], clip["number"]],
    )
    return ClipReport(clip, measures, {row["stage"]: row["reason"] for row in states}, rejects)
