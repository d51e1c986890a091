"""Nearest clips of clips, and the vectors of many, in one version of a vector table; also while it is published."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.distances import unit
from facelib.index.upkeep import search_with

QUERIES = 1_000
"""Clips that are looked up at a time, and"""
ROWS = 20_000
"""rows of the table that they are compared with at a time: together they bound the memory (80 MB of distances)."""
EXACT_ROWS = 200_000
"""Below this many rows reading the table once for all clips is faster than asking its index for each."""
SEARCHES = 50
"""Clips that the index is asked about at a time; LanceDB takes about 4 MB for each."""

Near = dict[str, list[tuple[str, float]]]


class Neighbours:
    """One vector table, at one version.

    A large table with an index is searched by it; any other is read once for each ``QUERIES`` clips, and compared
    exactly.

    Args:
        folder: the LanceDB folder.
        name: the table; one that does not exist is an empty one.
        metric: of its vectors: ``l2`` or ``cosine``.
        version: of the table; its newest by default.
    """

    def __init__(self, folder: Path, name: str, metric: str, *, version: int = 0) -> None:
        import lancedb

        database = lancedb.connect(str(folder))
        try:
            self._table: Any = database.open_table(name)
        except (ValueError, FileNotFoundError):
            self._table = None
        if version and self._table is not None:
            self._table.checkout(version)
        self.name, self.metric = name, metric

    def of(self, clip_ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of some clips; those without one are left out."""
        found: dict[str, NDArray[np.float32]] = {}
        for start in range(0, len(clip_ids) if self._table is not None else 0, QUERIES):
            part = clip_ids[start : start + QUERIES]
            quoted = ", ".join("'" + clip_id.replace("'", "''") + "'" for clip_id in part)
            query = self._table.search().where(f"clip_id IN ({quoted})").select(["clip_id", "vector"])
            found |= dict(zip(*_columns(query.limit(len(part)).to_arrow()), strict=True))
        return found

    def nearest(self, clip_ids: Sequence[str], limit: int, within: float = math.inf) -> Near:
        """The nearest other clips of some clips, nearest first.

        Args:
            clip_ids: the clips; those without a vector are left out.
            limit: at most this many of each.
            within: only those that are no farther.

        Returns:
            By clip, others and their distances in the metric of the table.
        """
        near: Near = {}
        for start in range(0, len(clip_ids), QUERIES):
            vectors = self.of(clip_ids[start : start + QUERIES])
            if vectors:
                queries = np.stack(list(vectors.values()))
                search = self._search if self._has_index() else self._compare
                near |= search(list(vectors), queries, limit, within)
        return near

    def _has_index(self) -> bool:
        return self._table.count_rows() >= EXACT_ROWS and any(
            "vector" in index.columns for index in self._table.list_indices()
        )

    def _search(self, clip_ids: list[str], queries: NDArray[np.float32], limit: int, within: float) -> Near:
        near: Near = {clip_id: [] for clip_id in clip_ids}
        root = 0.5 if self.metric == "l2" else 1.0
        for start in range(0, len(clip_ids), SEARCHES):
            asked = self._table.search(queries[start : start + SEARCHES]).distance_type(self.metric)
            found = search_with(asked.select(["clip_id", "_distance"]), limit + 1).to_arrow()
            columns = (found.column(name).to_pylist() for name in ("query_index", "clip_id", "_distance"))
            for row, other, d in zip(*columns, strict=True):
                distance = float(max(0.0, d) ** root)
                if distance <= within:
                    near[clip_ids[start + row]].append((other, distance))
        return {clip_id: _others(clip_id, others, limit) for clip_id, others in near.items()}

    def _compare(self, clip_ids: list[str], queries: NDArray[np.float32], limit: int, within: float) -> Near:
        """The best so far of every clip, while the table passes by."""
        bound = np.full(len(clip_ids), within, np.float32)
        best: tuple[NDArray[np.intp], NDArray[np.float32], NDArray[Any]] = (
            np.zeros(0, np.intp),
            np.zeros(0, np.float32),
            np.zeros(0, object),
        )
        queries = unit(queries) if self.metric == "cosine" else queries
        for ids, vectors in self._blocks():
            away = self._distances(queries, vectors)
            rows, columns = np.nonzero(away <= bound[:, None])
            hits = (rows, away[rows, columns], np.array(ids, dtype=object)[columns])
            rows, distances = np.concatenate([best[0], hits[0]]), np.concatenate([best[1], hits[1]])
            names = np.concatenate([best[2], hits[2]])
            order = np.lexsort((distances, rows))
            nth = np.arange(len(order)) - np.searchsorted(rows[order], rows[order])
            order = order[nth <= limit]
            best = rows[order], distances[order], names[order]
            full = nth[nth <= limit] == limit
            bound[best[0][full]] = best[1][full]
        near: Near = {clip_id: [] for clip_id in clip_ids}
        for row, d, name in zip(*(column.tolist() for column in best), strict=True):
            near[clip_ids[row]].append((name, d))
        return {clip_id: _others(clip_id, found, limit) for clip_id, found in near.items()}

    def _distances(self, queries: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.metric == "cosine":
            return np.asarray(1 - queries @ unit(vectors).T)
        squares = (queries**2).sum(axis=1)[:, None] + (vectors**2).sum(axis=1)[None]
        return np.asarray(np.sqrt(np.maximum(squares - 2 * (queries @ vectors.T), 0)))

    def _blocks(self) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        query = self._table.search().select(["clip_id", "vector"]).limit(self._table.count_rows() + 1)
        for batch in query.to_batches(ROWS):
            if batch.num_rows:
                yield _columns(batch)


def _others(clip_id: str, found: list[tuple[str, float]], limit: int) -> list[tuple[str, float]]:
    """The nearest without the clip itself; equally near ones in the order of their ids."""
    return sorted((pair for pair in found if pair[0] != clip_id), key=lambda pair: pair[::-1])[:limit]


def _columns(found: Any) -> tuple[list[str], NDArray[np.float32]]:
    """Clip ids and vectors (n, dim) of rows of a table."""
    column = found.column("vector")
    numbers = column.combine_chunks().flatten() if hasattr(column, "combine_chunks") else column.flatten()
    vectors = numbers.to_numpy(zero_copy_only=False).reshape(found.num_rows, column.type.list_size)
    return found.column("clip_id").to_pylist(), np.asarray(vectors, np.float32)
