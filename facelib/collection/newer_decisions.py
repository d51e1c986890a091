"""Decisions that the publication at hand has not taken in: what people did since, and pages show at once."""

from datetime import datetime, timedelta

from facelib.catalog.reader import Catalog
from facelib.clock import day_of
from facelib.store import decisions, layout, log
from facelib.store.decisions import Decision
from facelib.store.objects import Store

LAG = timedelta(days=1)
"""How far the clock of a writer may lag behind that of publish."""


def newer(store: Store, catalog: Catalog) -> list[Decision]:
    """The events that a publication has not taken in, in order of time.

    Only the days around and after the publication are listed, so it costs little however long the log is.
    """
    since = day_of(datetime.fromisoformat(catalog.publication.published) - LAG)
    days = [day for day in log.days(store, layout.DECISIONS) if day >= since]
    keys = [f"{layout.DECISIONS}/{day}/{name}" for day in days for name in store.names(f"{layout.DECISIONS}/{day}")]
    ids = {key.rsplit("_", 1)[-1].removesuffix(".json"): key for key in keys}
    known = catalog.rows("SELECT event_id FROM decisions WHERE event_id IN (SELECT unnest(?::VARCHAR[]))", [list(ids)])
    new = sorted(ids.keys() - {row["event_id"] for row in known}, key=lambda event_id: ids[event_id])
    return [decisions.decode(content) for content in store.at_once(store.read, [ids[event_id] for event_id in new])]
