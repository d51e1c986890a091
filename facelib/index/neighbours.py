"""Nearest clips of clips, and the vectors of many, in one version of a vector table; also while it is published."""

import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.distances import unit
from facelib.index.connect import connect
from facelib.index.unindexed import columns, late_rows
from facelib.index.upkeep import indexed_part, vector_index
from facelib.store.options import VectorFolder

QUERIES = 1_000
"""Clips that are looked up at a time, and"""
ROWS = 20_000
"""rows of the table that they are compared with at a time: together they bound the memory (80 MB of distances)."""
EXACT_ROWS = 200_000
"""Below this many rows reading the table once for all clips is faster than asking its index for each."""
SEARCHES, THREADS = 25, 2
"""Clips that the index is asked about at a time, and times at once: LanceDB takes about 4 MB for each clip, and does
not divide one such question among the processors."""
PROBES = 16
"""Partitions that are looked into for each. What is as near as one person is in fewer of them than the nearest of all:
of a million faces 16 of 250 partitions hold 98.5 % of the clips of the same person that all of them hold."""
_SPARE = 1.5
"""Times as many candidates as were asked for are compared exactly; bits tell distances to about 1 %."""
_BOUND = 1.1
"""Distances by bits up to this share of the limit are looked at."""

Near = dict[str, list[tuple[str, float]]]


class Neighbours:
    """One vector table, at one version.

    A large table with an index is searched by it, and what the index does not have yet is compared; any other table is
    read once for each ``QUERIES`` clips, and compared. The distances are exact.

    Args:
        folder: the LanceDB folder.
        name: the table; one that does not exist is an empty one.
        metric: of its vectors: ``l2`` or ``cosine``.
        version: of the table; its newest by default.
    """

    def __init__(self, folder: VectorFolder, name: str, metric: str, *, version: int = 0) -> None:
        self._database = connect(folder)
        try:
            self._table: Any = self._database.open_table(name)
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
            found |= dict(zip(*columns(query.limit(len(part)).to_arrow()), strict=True))
        return found

    def blocks(self) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        """All clips and their vectors (n, dim), ``ROWS`` at a time."""
        if self._table is not None:
            yield from self._blocks()

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
        return self._table.count_rows() >= EXACT_ROWS and bool(vector_index(self._table))

    @cached_property
    def _indexed(self) -> Any:
        return indexed_part(self._database, self._table) or self._table

    @cached_property
    def _late(self) -> list[tuple[list[str], NDArray[np.float32]]]:
        return late_rows(self._table)

    def _search(self, clip_ids: list[str], queries: NDArray[np.float32], limit: int, within: float) -> Near:
        rows, row_ids = self._candidates(queries, limit, within)
        late = self._compare(clip_ids, queries, limit, within, self._late)
        if not len(row_ids):
            return late
        wanted, places = np.unique(row_ids, return_inverse=True)
        found = self._table.take_row_ids(wanted.tolist()).select(["clip_id", "vector"]).with_row_id().to_arrow()
        order = np.argsort(found.column("_rowid").to_numpy())
        ids, vectors = columns(found)
        near = {clip_id: dict(others) for clip_id, others in late.items()}
        for start in range(0, len(rows), ROWS):
            mine, theirs = rows[start : start + ROWS], order[places[start : start + ROWS]]
            away = self._distances_of_pairs(queries[mine], vectors[theirs])
            for row, place, d in zip(mine.tolist(), theirs.tolist(), away.tolist(), strict=True):
                if d <= within:
                    near[clip_ids[row]][ids[place]] = d
        return {clip_id: _others(clip_id, list(others.items()), limit) for clip_id, others in near.items()}

    def _candidates(
        self, queries: NDArray[np.float32], limit: int, within: float
    ) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """What the index finds by its bits: places of the queries, and ids of the rows that may be near them."""

        def ask(start: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
            asked = self._indexed.search(queries[start : start + SEARCHES]).distance_type(self.metric).nprobes(PROBES)
            if math.isfinite(within):
                # By bits the distance is the square of the Euclidean one, for ``cosine`` that of vectors of length 1.
                squared = within**2 if self.metric == "l2" else 2 * within
                asked = asked.distance_range(upper_bound=_BOUND * squared + 1e-6)
            asked = asked.select(["_distance"]).with_row_id(True).fast_search().limit(math.ceil(_SPARE * (limit + 1)))
            found = asked.to_arrow()
            return found.column("query_index").to_numpy().astype(np.int64) + start, found.column("_rowid").to_numpy()

        with ThreadPoolExecutor(THREADS) as pool:
            rows, row_ids = zip(*pool.map(ask, range(0, len(queries), SEARCHES)), strict=True)
        return np.concatenate(rows), np.concatenate(row_ids)

    def _compare(
        self,
        clip_ids: list[str],
        queries: NDArray[np.float32],
        limit: int,
        within: float,
        blocks: Iterable[tuple[list[str], NDArray[np.float32]]] | None = None,
    ) -> Near:
        """The best so far of every clip, while the table, or some blocks of it, pass by."""
        bound = np.full(len(clip_ids), within, np.float32)
        best: tuple[NDArray[np.intp], NDArray[np.float32], NDArray[Any]] = (
            np.zeros(0, np.intp),
            np.zeros(0, np.float32),
            np.zeros(0, object),
        )
        queries = unit(queries) if self.metric == "cosine" else queries
        for ids, vectors in self._blocks() if blocks is None else blocks:
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

    def _distances_of_pairs(self, ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.metric == "cosine":
            return np.asarray(1 - np.einsum("ij,ij->i", unit(ours), unit(theirs)))
        return np.asarray(np.sqrt(((ours - theirs) ** 2).sum(axis=1)))

    def _blocks(self) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        query = self._table.search().select(["clip_id", "vector"]).limit(self._table.count_rows() + 1)
        for batch in query.to_batches(ROWS):
            if batch.num_rows:
                yield columns(batch)


def _others(clip_id: str, found: list[tuple[str, float]], limit: int) -> list[tuple[str, float]]:
    """The nearest without the clip itself; equally near ones in the order of their ids."""
    return sorted((pair for pair in found if pair[0] != clip_id), key=lambda pair: pair[::-1])[:limit]
