"""More like this: the clips whose voice or picture is nearest to that of another clip."""

from facelib.catalog.reader import Catalog, ClipFilter
from facelib.errors import StoreError
from facelib.find import vectors
from facelib.index.reader import Index, Neighbour
from facelib.store.published import Publication, VectorTable


def table_of(publication: Publication, task: str) -> VectorTable | None:
    """The vector table of a task with the most clips; None without."""
    found = [table for table in publication.vectors if table.task == task and table.rows]
    return max(found, key=lambda table: table.rows, default=None)


def alike(
    catalog: Catalog, index: Index, clip_id: str, task: str, *, limit: int, wanted: ClipFilter | None = None
) -> list[Neighbour]:
    """The other clips that are nearest to one in the vectors of a task, nearest first.

    Args:
        catalog: the catalogue.
        index: of the same publication.
        clip_id: the clip.
        task: ``voice`` or ``image``.
        limit: at most this many.
        wanted: only clips that pass.

    Raises:
        StoreError: the clip has no such vector; reason ``no_vector``.
    """
    table = table_of(catalog.publication, task)
    known, found = index.vectors_of(table, [clip_id]) if table else ([], None)
    if table is None or found is None or not known:
        raise StoreError(
            f"the clip has no vector of its {'picture' if task == 'image' else task}",
            hint="it has too little speech, or its stage was not run" if task == "voice" else "run the stage image",
            reason="no_vector",
        )
    return vectors.nearest(catalog, index, table, found[0].tolist(), limit=limit, wanted=wanted, without=clip_id)
