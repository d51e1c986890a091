"""The search index of a vector table: when there is one, of what kind, and when it is made anew.

A small table needs none: every vector is compared. A large one is divided into partitions of like vectors (IVF), in
which each number of a turned vector is stored in a few bits (RaBitQ, Gao and others, "Practical and asymptotically
optimal quantization of high-dimensional vectors", 2024). A search reads the bits of many partitions and compares the
best candidates exactly; reading a vector of its own costs more than the bits of many, so these are few. Rows that came
after the index was made are compared exactly too, so no search leaves them out; when they have become many, the index
is made anew.
"""

import math
from datetime import timedelta
from typing import Any

INDEX_ROWS = 20_000
"""From this many rows on a table has an index."""
STALE_ROWS = 5_000
"""At least this many rows, and"""
STALE_SHARE = 0.02
"""this share of all, are searched without the index before it is made anew."""
FRAGMENTS = 500
"""A table in more files than this is written together."""
PROBES = 40
"""Partitions that a search looks into."""
REFINE = 3
"""Times as many candidates as were asked for are compared exactly."""

_INDEXED = "_indexed"
"""The tag of the version that an index was made of. No snapshot has a name that begins so."""
_BITS = 5
"""Of a number in the index. With one bit it takes the exact comparison of 20 times as many candidates instead of 3."""
_SAMPLE, _ROUNDS = 32, 8
"""Vectors a partition and rounds that k-means is trained with: more gave no better recall, only a longer build."""


def partitions(rows: int) -> int:
    """Partitions of an index: 250 for a million rows."""
    return max(1, round(math.sqrt(rows) / 4))


def search_with(query: Any, limit: int) -> Any:
    """A LanceDB vector query that finds 95 % or more of the true nearest; see ``benchmarks/scale.md``."""
    return query.nprobes(PROBES).refine_factor(REFINE).limit(limit)


def indexed_metric(table: Any) -> str | None:
    """The metric of a table's index; None without one."""
    name = vector_index(table)
    return str(table.index_stats(name).distance_type) if name else None


def unindexed(table: Any) -> int:
    """At most how many rows came after the index of a table was made: the last ones."""
    return int(table.index_stats(vector_index(table)).num_unindexed_rows)


def indexed_part(database: Any, table: Any) -> Any:
    """A table as it was when its index was made, if every row of then is still there; None otherwise.

    A search by the index finds the same there, in half of the time: as soon as a table has rows that came after its
    index, LanceDB looks up each row that it compares among those that the index is about.

    Args:
        database: the LanceDB connection that the table is of.
        table: an open table, at any version.
    """
    part, name = database.open_table(table.name), vector_index(table)
    tag = part.tags.list().get(_INDEXED)
    if not name or tag is None or int(tag["version"]) > table.version:
        return None
    stats = table.index_stats(name)
    part.checkout(int(tag["version"]))
    whole = stats.num_indexed_rows + stats.num_unindexed_rows == table.count_rows()
    same = _index_id(part) == _index_id(table) and part.count_rows() == stats.num_indexed_rows
    return part if whole and same else None


def forget_index(table: Any, *, after: int = 0) -> None:
    """Let go of the version that an index was made of, if it is a later one than ``after``; its files may go then."""
    tag = table.tags.list().get(_INDEXED)
    if tag is not None and int(tag["version"]) > after:
        table.tags.delete(_INDEXED)


def keep_up(table: Any, metric: str) -> bool:
    """Make the index of a table where it is due; the table is a new version then, with the same rows.

    Args:
        table: an open LanceDB table, at its newest version.
        metric: of its vectors: ``l2`` or ``cosine``.

    Returns:
        Whether something was made.
    """
    rows = table.count_rows()
    crowded = int(table.stats()["fragment_stats"]["num_fragments"]) > FRAGMENTS
    due = rows >= INDEX_ROWS and _is_stale(table, rows)
    if not (due or crowded):
        return False
    name = vector_index(table)
    if crowded:
        if name:
            # It is made anew below: bringing it along costs as much.
            table.drop_index(name)
            forget_index(table)
            due = rows >= INDEX_ROWS
        table.optimize(cleanup_older_than=None)
    if due:
        _build(table, metric, rows)
    return True


def _is_stale(table: Any, rows: int) -> bool:
    name = vector_index(table)
    if not name:
        return True
    stats = table.index_stats(name)
    gone = stats.num_indexed_rows + stats.num_unindexed_rows - rows
    return bool(max(stats.num_unindexed_rows, gone) > max(STALE_ROWS, STALE_SHARE * rows))


def _build(table: Any, metric: str, rows: int) -> None:
    from lancedb.index import BTree, IvfFlat, IvfRq

    for column in ("clip_id", "video_id"):
        table.create_index(column, config=BTree(), replace=True)
    dimensions = table.schema.field("vector").type.list_size
    training: dict[str, Any] = {"num_partitions": partitions(rows), "sample_rate": _SAMPLE, "max_iterations": _ROUNDS}
    config: Any
    if dimensions % 8:  # bits are stored by the byte
        config = IvfFlat(distance_type=metric, **training)
    else:
        config = IvfRq(distance_type=metric, num_bits=_BITS, **training)
    table.create_index("vector", config=config, replace=True, wait_timeout=timedelta(hours=6))
    tags = table.tags
    (tags.update if _INDEXED in tags.list() else tags.create)(_INDEXED, table.version)


def _index_id(table: Any) -> str:
    return next((str(index.index_uuid) for index in table.list_indices() if "vector" in index.columns), "")


def vector_index(table: Any) -> str:
    """The name of the search index of a table; empty without one."""
    return next((str(index.name) for index in table.list_indices() if "vector" in index.columns), "")
