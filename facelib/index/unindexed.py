"""Rows of a vector table that came after its index was made: held in memory and compared, not read for each search."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.distances import distance, unit
from facelib.index.upkeep import unindexed

BATCH = 20_000
"""Rows that are read at a time."""

Block = tuple[list[str], NDArray[np.float32]]


def late_rows(table: Any) -> list[Block]:
    """Clips and vectors (n, dim) that came after the index of a table was made, and maybe some others."""
    count, rows = unindexed(table), table.count_rows()
    if not count:
        return []
    query = table.search().select(["clip_id", "vector"]).offset(max(0, rows - count)).limit(count + 1)
    return [columns(batch) for batch in query.to_batches(BATCH) if batch.num_rows]


def columns(found: Any) -> Block:
    """Clip ids and vectors (n, dim) of rows of a table."""
    column = found.column("vector")
    numbers = column.combine_chunks().flatten() if hasattr(column, "combine_chunks") else column.flatten()
    vectors = numbers.to_numpy(zero_copy_only=False).reshape(found.num_rows, column.type.list_size)
    return found.column("clip_id").to_pylist(), np.asarray(vectors, np.float32)


class Unindexed:
    """The rows of one version of a table that its index does not have: 40 MB for 20,000 vectors of 512 numbers.

    Args:
        table: an open LanceDB table with an index.
        metric: of its vectors: ``l2`` or ``cosine``.
    """

    def __init__(self, table: Any, metric: str) -> None:
        blocks = late_rows(table)
        self._metric = metric
        self._ids = [clip_id for ids, _ in blocks for clip_id in ids]
        if blocks:
            vectors = np.concatenate([vectors for _, vectors in blocks])
            self._vectors = unit(vectors) if metric == "cosine" else vectors
            self._halves = np.einsum("ij,ij->i", self._vectors, self._vectors) / 2

    def nearest(self, vector: NDArray[np.float32], limit: int) -> dict[str, float]:
        """The distances of the nearest to a vector (dim,), in the metric of the table; in no order."""
        if not self._ids:
            return {}
        # Half the square of the distance, less what is the same for all.
        query = unit(vector) if self._metric == "cosine" else vector
        scores = self._halves - self._vectors @ query
        best = np.argpartition(scores, limit - 1)[:limit] if limit < len(scores) else np.arange(len(scores))
        away = distance(self._vectors[best], query, self._metric)
        return {self._ids[place]: d for place, d in zip(best.tolist(), np.maximum(away, 0).tolist(), strict=True)}
