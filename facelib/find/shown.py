"""What a page shows of clips that were found: who it is, what the rules say, whether sound and lips agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from facelib.catalog.reader import Catalog

IN_SYNC_FRAMES = 1
"""SyncNet's offset up to this many frames of 40 ms is taken for in sync."""

_TABLES = {
    "verdicts": "clip_id, keep, failed_rules",
    "clip_people": "clip_id, person_id",
    "speaker": "clip_id, in_sync",
    "syncnet": "clip_id, experimental OR offset_frames IS NULL AS untold, abs(offset_frames) <= ? AS in_sync",
}


@dataclass(frozen=True)
class Shown:
    """A clip with what a card says of it.

    Args:
        clip: columns as of ``Catalog.clips``.
        person_id: who it shows; empty where nobody knows.
        person: the name that people gave; empty without one.
        keep: what the rules say; None where they cannot tell, or there is no verdict.
        failed_rules: names of the rules that failed.
        in_sync: whether sound and lips agree; None where it was not measured.
    """

    clip: dict[str, Any]
    person_id: str
    person: str
    keep: bool | None
    failed_rules: tuple[str, ...]
    in_sync: bool | None


def shown(catalog: Catalog, clip_ids: Sequence[str]) -> dict[str, Shown]:
    """What cards say of some clips, by clip id; those that are not in the catalogue are left out."""
    ids = list(clip_ids)
    clips = catalog.clips(ids)
    said = {table: _of(catalog, table, ids) for table in ("verdicts", "clip_people", "speaker", "syncnet")}
    people = {row["person_id"] for row in said["clip_people"].values() if row["person_id"]}
    names = {
        row["person_id"]: row["name"] or ""
        for row in catalog.rows(
            "SELECT person_id, name FROM people WHERE NOT hidden AND person_id IN (SELECT unnest(?::VARCHAR[]))",
            [sorted(people)],
        )
    }
    return {clip_id: _one(clip, clip_id, said, names) for clip_id, clip in clips.items()}


def _of(catalog: Catalog, table: str, ids: list[str]) -> dict[str, dict[str, Any]]:
    if not catalog.publication.counts.get(table):
        return {}
    return catalog.by_id(table, ids, _TABLES[table], values=[IN_SYNC_FRAMES] if table == "syncnet" else [])


def _one(
    clip: dict[str, Any], clip_id: str, said: dict[str, dict[str, dict[str, Any]]], names: dict[str, str]
) -> Shown:
    verdict, person, speaker, syncnet = (
        said[table].get(clip_id, {}) for table in ("verdicts", "clip_people", "speaker", "syncnet")
    )
    in_sync = speaker.get("in_sync")
    if in_sync is None and syncnet and not syncnet["untold"]:
        in_sync = syncnet["in_sync"]
    person_id = person.get("person_id") or ""
    return Shown(
        clip=clip,
        person_id=person_id if person_id in names else "",
        person=names.get(person_id, ""),
        keep=verdict.get("keep"),
        failed_rules=tuple(rule for rule in (verdict.get("failed_rules") or "").split(",") if rule),
        in_sync=in_sync,
    )
