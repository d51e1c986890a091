"""Clips of equal pictures, such as those of a still scene: which few of them stand for the others.

All pairs of m equal clips are m² / 2 rows that say the same. So each is held against the first few by id alone, which
takes as many rows as there are clips; where these are judged first, the outcome is that of all pairs.
"""

from facelib.catalog.writer import CatalogWriter
from facelib.curate.duplicate_settings import DuplicateSettings

STANDING = 20
"""Clips without sound, of equal pictures and length, that stand for all that are equal: the first by id."""

EQUALS = """
SELECT h.clip_id, h.picture, h.mirrored, h.heard,
    row_number() OVER (PARTITION BY {equal} ORDER BY h.clip_id) AS nth, count(*) OVER (PARTITION BY {equal}) AS equals
FROM (
    SELECT hashes.*, s.clip_id IS NOT NULL AND {by_sound} AS heard, round(25 * (c.end_s - c.start_s)) AS frames
    FROM hashes JOIN clips c USING (clip_id)
    LEFT JOIN (SELECT DISTINCT clip_id FROM sound_words) s USING (clip_id)
) AS h
"""


def equals(settings: DuplicateSettings) -> str:
    """The query that tells of each hashed clip how many are equal to it in all that is compared, and its place.

    Its columns: ``clip_id``, ``picture``, ``mirrored``, ``heard``, ``nth`` by id, from 1, and ``equals``.
    """
    by_sound = settings.sound == "agree"
    equal = f"h.picture, h.mirrored, h.heard, h.frames{', h.pictures' if by_sound else ''}"
    return EQUALS.format(equal=equal, by_sound=by_sound)


def standing(catalog: CatalogWriter, settings: DuplicateSettings) -> set[str]:
    """Clips without sound that stand for so many equal ones that these are not compared with each other.

    One of them is to be kept before the others are judged: each of these is held against these clips alone.
    """
    stand = f"SELECT clip_id FROM ({equals(settings)}) WHERE NOT heard AND nth <= {STANDING} AND equals > {STANDING}"  # noqa: S608
    return {clip_id for (clip_id,) in catalog.query(stand)}
