"""How fresh each channel is: its last crawl, its last upload, and what of it is in the collection."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from facelib.catalog.reader import Catalog
from facelib.clock import parse_stamp
from facelib.store import uploads
from facelib.store.objects import Store

_CHANNELS = """
SELECT h.channel_id, coalesce(nullif(h.title, ''), h.channel_id) AS title, h.kind, h.last_listed,
    coalesce(max(u.upload_day), '') AS last_upload, count(DISTINCT s.video_id) AS uploads,
    count(DISTINCT v.video_id) AS videos
FROM channels h LEFT JOIN sightings s USING (channel_id) LEFT JOIN uploads u USING (video_id)
LEFT JOIN videos v USING (video_id)
GROUP BY ALL ORDER BY h.last_listed, h.channel_id LIMIT ? OFFSET ?
"""


@dataclass(frozen=True)
class Freshness:
    """One channel.

    Args:
        channel_id: its id.
        title: what it calls itself.
        kind: channel or folder.
        last_listed: last crawl, UTC, ISO 8601.
        last_upload: day of its newest upload, UTC; empty without one.
        uploads: uploads that it showed.
        videos: of these, those that were processed.
        overdue: whether the last crawl is longer ago than it should be.
    """

    channel_id: str
    title: str
    kind: str
    last_listed: str
    last_upload: str
    uploads: int
    videos: int
    overdue: bool


def freshness(
    store: Store, catalog: Catalog, now: datetime, overdue_hours: float, *, limit: int, offset: int = 0
) -> list[Freshness]:
    """Some channels, those that were crawled longest ago first.

    Args:
        store: asked for crawls since the publication.
        catalog: the publication.
        now: UTC.
        overdue_hours: a channel is overdue when its last crawl is longer ago, h.
        limit: most channels.
        offset: channels that are left out before.
    """
    rows = catalog.rows(_CHANNELS, [limit, offset])
    listed = store.at_once(lambda row: uploads.last_listing(store, row["channel_id"]), rows)
    found = []
    for row, stamp in zip(rows, listed, strict=True):
        last = datetime.fromisoformat(row["last_listed"])
        last = max(last, parse_stamp(stamp)) if stamp else last
        overdue = now - last > timedelta(hours=overdue_hours)
        found.append(Freshness(**{**row, "last_listed": last.isoformat()}, overdue=overdue))
    return found


def overdue(catalog: Catalog, now: datetime, overdue_hours: float) -> int:
    """How many channels were overdue as far as the publication knows."""
    limit = (now - timedelta(hours=overdue_hours)).isoformat()
    return int(catalog.rows("SELECT count(*) AS n FROM channels WHERE last_listed < ?", [limit])[0]["n"])


def channels(catalog: Catalog) -> int:
    """How many channels there are."""
    return int(catalog.rows("SELECT count(*) AS n FROM channels")[0]["n"])
