"""From a condition on the catalogue to the clips or segments of an export, in an order that never changes."""

import hashlib
import re
from math import isfinite
from typing import Any

from facelib.catalog import schema
from facelib.catalog.reader import Catalog
from facelib.collection import rules
from facelib.errors import SettingsError, StoreError
from facelib.export.numbering import numbered
from facelib.export.options import ExportOptions

ONE_PER_CLIP = (*schema.ONE_PER_CLIP, "verdicts", "clip_people")
"""Tables with one row a clip, which a condition may name."""

_FROM = " ".join(
    [
        "FROM {clips} JOIN uploads USING (video_id) LEFT JOIN videos USING (video_id)",
        *(f"LEFT JOIN {name} USING (video_id, clip_id)" for name in ONE_PER_CLIP),
    ]
)
_FORMULAS = {
    name.removeprefix("clips."): column.sql
    for name, column in rules.columns().items()
    if name.startswith("clips.") and name.removeprefix("clips.") not in schema.TABLES["clips"]
}
_WORKED_OUT = re.compile(rf"\b({'|'.join(_FORMULAS)})\b", re.IGNORECASE)
_CLIPS = (
    f"(SELECT clips.*, {', '.join(f'{sql} AS {name}' for name, sql in _FORMULAS.items())} "  # noqa: S608 - names of ours
    "FROM clips LEFT JOIN videos USING (video_id) LEFT JOIN duplicates USING (video_id, clip_id)) AS clips"
)
_SHOWN = "clips.video_id NOT IN (SELECT video_id FROM hidden_videos)"
_UPLOAD = ("title", "url", "extractor", "channel_id", "channel_title", "upload_day", "licence", "uploader")
_VIDEO = ("width", "height", "fps", "duration_s", "generation")
_COLUMNS = ", ".join(
    [
        "clips.*",
        *(f"uploads.{name} AS {name}" for name in _UPLOAD),
        *(f"videos.{name} AS source_{name}" for name in _VIDEO),
        "CASE WHEN syncnet.experimental THEN NULL ELSE syncnet.offset_frames END AS offset_frames",
        "syncnet.confidence AS sync_confidence",
        "syncnet.min_distance AS sync_distance",
        "image.inconsistency AS inconsistency",
        "iqa.hyperiqa AS hyperiqa",
        "iqa.clipiqa_plus AS clipiqa_plus",
    ]
)


def select(catalog: Catalog, options: ExportOptions) -> list[dict[str, Any]]:
    """The rows of an export, by source, start and number.

    Each row has the columns of the clip and its upload, ``source_...`` of its video, what was measured of its sync and
    quality, ``first`` and ``last``: its frames in the clip, the last exclusive, and the numbers of :func:`numbered`.
    A measure that is no number is None.

    Raises:
        SettingsError: the condition cannot be read; reason ``bad_where``.
        StoreError: nothing passes it; reason ``nothing_selected``.
    """
    columns, tables, order = _COLUMNS, _tables(options.where), "clips.video_id, clips.start_frame, clips.number"
    parameters: list[Any] = []
    if options.unit == "segment":
        columns += ", segments.start_frame AS first, segments.end_frame AS last"
        columns += ", segments.offset_frames AS segment_offset"
        tables += " JOIN segments ON segments.clip_id = clips.clip_id AND segments.rule = ?"
        order += ", segments.start_frame"
        parameters.append(options.rule)
    else:
        columns += ", 0 AS first, clips.end_frame - clips.start_frame AS last"
    # The condition is the user's own SQL: it runs read-only and can reach nothing but the catalogue.
    sql = f"SELECT {columns} {tables} WHERE ({options.where}\n) AND {_SHOWN} ORDER BY {order}"
    rows = _run(catalog, sql, parameters, options.where)
    if not rows:
        of_rule = f" of rule {options.rule!r}" if options.unit == "segment" else ""
        raise StoreError(
            f"no {options.unit}{of_rule} passes the condition {options.where}",
            hint=_why_none(catalog, options),
            reason="nothing_selected",
        )
    if options.unit == "segment":
        rows = [{**row, "offset_frames": row.pop("segment_offset")} for row in rows]
    for row in rows:
        row |= {name: None for name, value in row.items() if isinstance(value, float) and not isfinite(value)}
        for name in _FORMULAS:
            row.pop(name, None)
        row["item_id"] = row["clip_id"] if options.unit == "clip" else f"{row['clip_id']}.{row['first']:06d}"
    return numbered(sampled(rows, options.limit, options.seed))


def matching_videos(catalog: Catalog, where: str) -> list[str]:
    """The ids of the videos of which at least one clip passes a condition, sorted; those that are hidden do not count.

    Raises:
        SettingsError: the condition cannot be read; reason ``bad_where``.
    """
    sql = f"SELECT DISTINCT clips.video_id AS id {_tables(where)} WHERE ({where}\n) AND {_SHOWN} ORDER BY 1"
    return [row["id"] for row in _run(catalog, sql, [], where)]


def ask(catalog: Catalog, columns: str, where: str, rest: str = "") -> list[dict[str, Any]]:
    """A query of ours on the clips that pass a condition of the user's; hidden videos do not count.

    Args:
        catalog: a publication.
        columns: what is selected, of the tables that a condition may name.
        where: the condition.
        rest: what follows the condition, such as ``GROUP BY 1``.

    Raises:
        SettingsError: the condition cannot be read; reason ``bad_where``.
    """
    return _run(catalog, f"SELECT {columns} {_tables(where)} WHERE ({where}\n) AND {_SHOWN} {rest}", [], where)


def sampled(rows: list[dict[str, Any]], limit: int, seed: int) -> list[dict[str, Any]]:
    """At most ``limit`` rows, those whose ids come first by a hash, in the order that they had; all for 0."""
    if not limit or len(rows) <= limit:
        return rows
    chosen = sorted(rows, key=lambda row: hashlib.sha256(f"{seed}\0{row['item_id']}".encode()).digest())[:limit]
    names = {row["item_id"] for row in chosen}
    return [row for row in rows if row["item_id"] in names]


def _tables(where: str) -> str:
    """What a condition is asked of; columns that are worked out from others, as rules have them, where it names one."""
    return _FROM.format(clips=_CLIPS if _WORKED_OUT.search(where) else "clips")


def _run(catalog: Catalog, sql: str, parameters: list[Any], where: str) -> list[dict[str, Any]]:
    import duckdb

    try:
        catalog.shut_in()
        return catalog.rows(sql, parameters)
    except duckdb.Error as error:
        said = str(error).split("\n")[0] if where.strip() else "it is empty; TRUE takes all clips"
        raise SettingsError(
            f"the condition {where!r} cannot be read: {said}",
            hint="columns are named as in docs/reference/tables.md, such as clips.face_side or syncnet.confidence",
            reason="bad_where",
        ) from error


def _why_none(catalog: Catalog, options: ExportOptions) -> str:
    clips = catalog.rows("SELECT count(*) AS n FROM clips")[0]["n"]
    if options.unit == "segment":
        found = catalog.rows("SELECT rule, count(*) AS n FROM segments GROUP BY 1 ORDER BY 1")
        if not found:
            finds = "the stage syncnet finds them, with its model syncnet_v2, which the profile full has"
            return f"the collection has {clips} clips and no segments: {finds}"
        by_rule = ", ".join(f"{row['n']} of rule {row['rule']}" for row in found)
        return f"the collection has {clips} clips and these segments: {by_rule}"
    if catalog.lacks:
        return f"the snapshot has {clips} clips, and an older version made it: it lacks {', '.join(catalog.lacks)}"
    return f"the collection has {clips} clips; try --where TRUE"
