"""Searches the vector tables: read-only, and only the versions that a publication names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from facelib.errors import StoreError
from facelib.index.connect import connect
from facelib.index.row_names import RowNames
from facelib.index.unindexed import Unindexed
from facelib.index.upkeep import indexed_part, search_with, vector_index
from facelib.store.objects import Store
from facelib.store.published import Publication, VectorTable

EXACT_ROWS = 50_000
"""Up to this many wanted clips are compared one by one; beyond, the table is searched and the result is filtered."""
OVERFETCH = 10
CLIPS_PER_QUERY = 2_000
NAMED_AFTER = 10
"""Searches of a table by its index before the clip ids of all its rows are held: one search alone is not worth it."""


@dataclass(frozen=True)
class Neighbour:
    """A clip and its distance from the query, in the metric of the vector table."""

    clip_id: str
    distance: float


class Index:
    """The published vector tables."""

    def __init__(self, store: Store, publication: Publication) -> None:
        self._folder = store.vectors(publication.index)
        self._tables = publication.vectors
        self._opened: dict[str, Any] = {}
        self._indexed: dict[str, Any] = {}
        self._late: dict[str, Unindexed | None] = {}
        self._searches: dict[str, int] = {}
        self._names: dict[str, RowNames] = {}

    def table(self, task: str, model: str | None = None) -> VectorTable:
        """The vector table of a task; of a model when there are several.

        Raises:
            StoreError: there is none, or there are several and no model was named.
        """
        found = [t for t in self._tables if t.task == task and model in (None, t.model) and t.rows]
        if len(found) == 1:
            return found[0]
        names = ", ".join(t.model for t in found)
        if found:
            hint = f"name one of {names}"
            raise StoreError(f"there are {task} vectors of several models", hint=hint, reason="several_models")
        hint = "'facelib status' shows what was not computed"
        raise StoreError(f"there are no {task} vectors in this publication", hint=hint, reason="no_vectors")

    def vector(self, table: VectorTable, clip_id: str) -> list[float]:
        """The vector of a clip. Raises StoreError when it has none."""
        quoted = clip_id.replace("'", "''")
        found = self._open(table).search().where(f"clip_id = '{quoted}'").limit(1).to_arrow()
        if not found.num_rows:
            raise StoreError(
                f"there is no clip {clip_id!r} with a face vector",
                hint="'facelib search --face PICTURE' shows ids of clips",
                reason="no_vector",
            )
        vector: list[float] = found.column("vector")[0].as_py()
        return vector

    def vectors(self, table: VectorTable) -> dict[str, list[float]]:
        """Every vector of a table, by clip id; for small collections only."""
        found = self._open(table).search().select(["clip_id", "vector"]).limit(table.rows).to_arrow()
        return dict(zip(found.column("clip_id").to_pylist(), found.column("vector").to_pylist(), strict=True))

    def vectors_of(self, table: VectorTable, clip_ids: Sequence[str]) -> tuple[list[str], NDArray[np.float32]]:
        """The vectors of some clips; the table is not read as a whole.

        Args:
            table: a vector table.
            clip_ids: each once.

        Returns:
            The clips that have one, in the order given, and their vectors, (n, dimensions).
        """
        opened, parts = self._open(table), []
        for start in range(0, len(clip_ids), CLIPS_PER_QUERY):
            wanted = _one_of(clip_ids[start : start + CLIPS_PER_QUERY])
            parts.append(opened.search().where(wanted).select(["clip_id", "vector"]).limit(CLIPS_PER_QUERY).to_arrow())
        names = [clip for part in parts for clip in part.column("clip_id").to_pylist()]
        flat = [part.column("vector").combine_chunks().flatten().to_numpy(zero_copy_only=False) for part in parts]
        vectors = np.concatenate([np.zeros(0, np.float32), *flat]).reshape(-1, table.dimensions)
        rows = {clip: row for row, clip in enumerate(names)}
        known = [clip for clip in clip_ids if clip in rows]
        return known, vectors[[rows[clip] for clip in known]]

    def nearest(
        self, table: VectorTable, vector: Sequence[float], *, limit: int, among: list[str] | None = None
    ) -> list[Neighbour]:
        """The clips nearest to a vector, nearest first: of a large table 95 % of them or more, else all.

        Args:
            table: a vector table of the same model as the vector.
            vector: as many numbers as the table has dimensions.
            limit: at most this many.
            among: only these clips, each compared exactly; None searches all.

        Raises:
            StoreError: the vector has another length, so it is of another model.
        """
        if len(vector) != table.dimensions:
            raise StoreError(
                f"a vector of {len(vector)} numbers cannot be searched in {table.name} ({table.dimensions})",
                hint="embed the query with the same model",
                reason="wrong_model",
            )
        if among is not None and not among:
            return []
        if among is None and (late := self._unindexed(table)):
            return self._by_index(table, np.asarray(vector, np.float32), limit, late)
        query = self._open(table).search(list(vector)).distance_type(table.metric).select(["clip_id", "_distance"])
        if among is not None:
            query = query.where(_one_of(among), prefilter=True)
        return _neighbours(query.bypass_vector_index().limit(limit).to_arrow(), table.metric)

    def _by_index(
        self, table: VectorTable, vector: NDArray[np.float32], limit: int, late: Unindexed
    ) -> list[Neighbour]:
        """What the index finds, and what it does not have yet."""
        from lancedb.background_loop import LOOP

        # LanceDB's own wrapper asks for the schema several times for each search: 2 ms that the one beneath saves.
        opened, names = self._indexed[table.name]._table, self._row_names(table)

        async def ask() -> pa.Table:
            query = opened.query().nearest_to(vector).column("vector").distance_type(table.metric)
            query = search_with(query, limit).fast_search()
            query = query.select(["_distance"]).with_row_id() if names else query.select(["clip_id", "_distance"])
            return await query.to_arrow()

        near = LOOP.run(ask())
        if names:
            near = near.append_column("clip_id", pa.array(names.of(near.column("_rowid").to_numpy()), pa.string()))
        found = {n.clip_id: n.distance for n in _neighbours(near, table.metric)}
        both = sorted((d, clip_id) for clip_id, d in (found | late.nearest(vector, limit)).items())
        return [Neighbour(clip_id, d) for d, clip_id in both[:limit]]

    def _unindexed(self, table: VectorTable) -> Unindexed | None:
        """What the index of a table does not have, read once; None without an index."""
        if table.name not in self._late:
            opened = self._open(table)
            indexed = vector_index(opened) != ""
            if indexed:
                self._indexed[table.name] = indexed_part(connect(self._folder), opened) or opened
            self._late[table.name] = Unindexed(opened, table.metric) if indexed else None
        return self._late[table.name]

    def _row_names(self, table: VectorTable) -> RowNames | None:
        """The clip ids of the rows of a table; None before it was searched often."""
        self._searches[table.name] = self._searches.get(table.name, 0) + 1
        if self._searches[table.name] > NAMED_AFTER and table.name not in self._names:
            self._names[table.name] = RowNames(self._indexed[table.name])
        return self._names.get(table.name)

    def _open(self, table: VectorTable) -> Any:
        """The table, opened once: what it has read of its index stays in memory.

        Raises:
            StoreError: it is not there, or not in the version that was published.
        """
        if table.name not in self._opened:
            try:
                opened = connect(self._folder).open_table(table.name)
                opened.checkout(table.version)
            except ValueError as error:
                raise StoreError(
                    f"the search index lacks version {table.version} of its table {table.name}, which was published",
                    hint="run 'facelib rebuild'",
                    reason="bad_index",
                ) from error
            self._opened[table.name] = opened
        return self._opened[table.name]


def _one_of(clip_ids: Sequence[str]) -> str:
    """The condition that a row is one of these clips'."""
    quoted = ", ".join("'" + clip_id.replace("'", "''") + "'" for clip_id in clip_ids)
    return f"clip_id IN ({quoted})"


def _neighbours(found: pa.Table, metric: str) -> list[Neighbour]:
    """LanceDB gives the square of the Euclidean distance for ``l2``."""
    ids, distances = found.column("clip_id").to_pylist(), found.column("_distance").to_pylist()
    root = 0.5 if metric == "l2" else 1.0
    found_pairs = sorted((max(0.0, d) ** root, i) for i, d in zip(ids, distances, strict=True))
    return [Neighbour(clip_id, float(distance)) for distance, clip_id in found_pairs]
