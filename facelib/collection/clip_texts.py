"""The words that clips are found by: what is said while they run, and the titles of their uploads."""

from collections.abc import Callable

from facelib.catalog.words import words_sql
from facelib.catalog.writer import CatalogWriter, rows_of

_TITLE = words_sql("concat_ws(' ', u.title, u.channel_title, u.uploader)")
_SAID = words_sql("string_agg(DISTINCT t.text, ' ' ORDER BY t.text)")
_UPLOADS = (
    "INSERT INTO clip_texts BY NAME "  # noqa: S608 - expressions of ours
    f"SELECT u.video_id, '' AS clip_id, {_TITLE} AS text "
    f"FROM {rows_of('uploads')} u SEMI JOIN {rows_of('clips')} c USING (video_id) ORDER BY u.video_id"
)
# A line that begins before a clip or ends after it is heard in it in part: it counts.
_CLIPS = (
    "INSERT INTO clip_texts BY NAME "  # noqa: S608 - expressions of ours
    f"SELECT c.video_id, c.clip_id, {_SAID} AS text FROM {rows_of('clips')} c JOIN {rows_of('captions')} t "
    "ON t.video_id = c.video_id AND t.start_s < c.end_s AND t.end_s > c.start_s "
    "GROUP BY c.video_id, c.clip_id ORDER BY c.video_id, c.clip_id"
)


def update(catalog: CatalogWriter, keep_lock: Callable[[], None] = lambda: None) -> None:
    """Make the texts of the videos anew that were replaced, or whose captions were, since the last publish.

    Args:
        catalog: the new catalogue, with commits, listings and captions taken in.
        keep_lock: called before the work.
    """
    keep_lock()
    catalog.query("DELETE FROM clip_texts WHERE video_id IN (SELECT video_id FROM touched)")
    catalog.query(_UPLOADS)
    catalog.query(_CLIPS)
