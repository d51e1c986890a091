"""The clips whose vector is nearest to another, among those that pass a filter."""

from collections.abc import Sequence

from facelib.catalog.reader import Catalog, ClipFilter
from facelib.index.reader import EXACT_ROWS, OVERFETCH, Index, Neighbour
from facelib.store.published import VectorTable


def nearest(
    catalog: Catalog,
    index: Index,
    table: VectorTable,
    vector: Sequence[float],
    *,
    limit: int,
    wanted: ClipFilter | None = None,
    without: str | None = None,
) -> list[Neighbour]:
    """The clips nearest to a vector, nearest first.

    Up to ``EXACT_ROWS`` clips that pass are each compared; of more, the table is searched and what is found is
    filtered, with more candidates each time until there are enough.

    Args:
        catalog: of the publication.
        index: of the same.
        table: of the model that made the vector.
        vector: as many numbers as the table has dimensions.
        limit: at most this many.
        wanted: only clips that pass.
        without: leave this clip out, for 'more like this'.

    Raises:
        StoreError: the vector is another model's.
    """
    wanted = wanted or ClipFilter()
    among = None if wanted.is_empty else catalog.clip_ids(wanted, limit=EXACT_ROWS)
    filtered = among is None and (not wanted.is_empty or catalog.hides)
    fetch = (limit + 1) * (1 if wanted.is_empty or among is not None else OVERFETCH)
    while True:
        found = index.nearest(table, vector, limit=min(fetch, table.rows), among=among)
        ids = [neighbour.clip_id for neighbour in found]
        passing = _passing(catalog, ids, wanted) if filtered else set(ids)
        near = [n for n in found if n.clip_id in passing and n.clip_id != without][:limit]
        if len(near) == limit or not filtered or fetch >= table.rows:
            return near
        fetch *= OVERFETCH


def _passing(catalog: Catalog, clip_ids: list[str], wanted: ClipFilter) -> set[str]:
    condition, parameters = catalog.passing(wanted)
    rows = catalog.rows(
        "SELECT c.clip_id FROM clips c JOIN uploads u USING (video_id) "  # noqa: S608 - a condition of ours
        f"WHERE c.clip_id IN (SELECT unnest(?::VARCHAR[])) AND {condition}",
        [clip_ids, *parameters],
    )
    return {row["clip_id"] for row in rows}
