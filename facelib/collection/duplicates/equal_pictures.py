"""Clips of equal pictures, such as those of a still scene: which few of them stand for the others.

All pairs of m equal clips are m² / 2 rows that say the same. So each is held against the first few by id alone, which
takes as many rows as there are clips; where these are judged first, the outcome is that of all pairs.
"""

from facelib.catalog.writer import CatalogWriter, rows_of
from facelib.curate.duplicate_settings import DuplicateSettings

STANDING = 20
"""Clips without sound, of equal pictures and length, that stand for all that are equal: the first by id."""

EQUALS = """
WITH own AS MATERIALIZED (
    SELECT clip_id, video_id, picture, mirrored, pictures FROM hashes WHERE picture IN ({pictures})
),
c AS MATERIALIZED (SELECT clip_id, start_s, end_s FROM {clips}),
k AS MATERIALIZED (SELECT clip_id, heard FROM {compared})
SELECT h.clip_id, h.picture, h.mirrored, h.heard,
    row_number() OVER (PARTITION BY {equal} ORDER BY h.clip_id) AS nth, count(*) OVER (PARTITION BY {equal}) AS equals
FROM (
    SELECT own.*, coalesce(k.heard, FALSE) AND {by_sound} AS heard, round(25 * (c.end_s - c.start_s)) AS frames
    FROM own JOIN c USING (clip_id) LEFT JOIN k USING (clip_id)
) AS h
"""


INVOLVED = """
CREATE OR REPLACE TEMP TABLE involved AS SELECT clip_id, video_id FROM clips
WHERE clip_id IN (SELECT clip_id FROM similar_clips UNION ALL SELECT other_id FROM similar_clips)
"""
"""Makes the table of the clips that are like another one."""
_PICTURES = f"SELECT picture FROM {rows_of('hashes', 'involved')} WHERE clip_id IN (SELECT clip_id FROM involved)"  # noqa: S608


def equals(settings: DuplicateSettings, pictures: str) -> str:
    """The query that tells of some compared clips how many are equal to each in all that is compared, and its place.

    Its columns: ``clip_id``, ``picture``, ``mirrored``, ``heard``, ``nth`` by id, from 1, and ``equals``.

    Args:
        settings: what counts as alike.
        pictures: the query that gives the pictures of these clips.
    """
    by_sound = settings.sound == "agree"
    equal = f"h.picture, h.mirrored, h.heard, h.frames{', h.pictures' if by_sound else ''}"
    cut = {table: rows_of(table, "own") for table in ("clips", "compared")}
    return EQUALS.format(equal=equal, by_sound=by_sound, pictures=pictures, **cut)


def standing(catalog: CatalogWriter, settings: DuplicateSettings) -> set[str]:
    """Like clips without sound that stand for so many equal ones that these are not compared with each other.

    One of them is to be kept before the others are judged: each of these is held against these clips alone. The
    catalogue has the table that ``INVOLVED`` makes.
    """
    found = equals(settings, _PICTURES)
    stand = f"SELECT clip_id FROM ({found}) WHERE NOT heard AND nth <= {STANDING} AND equals > {STANDING}"  # noqa: S608
    return {clip_id for (clip_id,) in catalog.query(stand)}
