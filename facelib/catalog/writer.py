"""Writes the catalogue: a new DuckDB file beside the old one, never the old one itself."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Self

import pyarrow as pa

from facelib.catalog import schema

ARROW = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "UINTEGER": pa.uint32(),
    "UBIGINT": pa.uint64(),
    "DOUBLE": pa.float64(),
    "FLOAT": pa.float32(),
    "BOOLEAN": pa.bool_(),
}

_HELD = (
    "WITH named AS (SELECT unnest(?::VARCHAR[]) AS video_id) "
    "SELECT video_id FROM videos SEMI JOIN named USING (video_id) "
    "UNION SELECT video_id FROM clips SEMI JOIN named USING (video_id)"
)


@cache
def _empty() -> bytes:
    """The file of a catalogue without rows: its some four hundred statements are run once in a process."""
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.begin()
            for statement in schema.create_statements():
                connection.execute(statement)
            connection.commit()
        return path.read_bytes()


def rows_of(table: str, videos: str = "touched") -> str:
    """The query for the rows of a table that are of some videos: row ids first, then only the columns of these rows.

    Asked for at once, DuckDB would read the other columns of all rows, which costs two to three times as much.

    Args:
        table: name of a table with a column ``video_id``.
        videos: name of the table with their ids, in a column of that name.
    """
    ids = f"SELECT rowid FROM {table} WHERE video_id IN (SELECT video_id FROM {videos})"  # noqa: S608 - names of ours
    return f"(SELECT * FROM {table} WHERE rowid IN ({ids}))"  # noqa: S608


class CatalogWriter:
    """A catalogue that is being made; nobody reads it before its publication names it.

    All that is written counts at once when the block ends without an error, or at `save`: each statement of its own
    would wait for the disk.

    Queries may name ``touched``, the ids of the videos that were replaced or got clips or captions since it was
    opened: what is worked out from the rows of a video is worked out again for these alone. An id may be there more
    than once.

    Args:
        path: the new file.
        base: the file to start from; None for an empty catalogue.
    """

    def __init__(self, path: Path, base: Path | None) -> None:
        import duckdb

        path.parent.mkdir(parents=True, exist_ok=True)
        if base is not None:
            shutil.copyfile(base, path)
        else:
            path.write_bytes(_empty())
        self._connection = duckdb.connect(str(path))
        # In a notebook without ipywidgets DuckDB refuses to change its bar, and shows none.
        with contextlib.suppress(duckdb.InvalidInputException):
            self._connection.execute("SET enable_progress_bar = false")
        self._connection.begin()
        for statement in schema.view_statements():
            self._connection.execute(statement)
        self._connection.execute("CREATE TEMP TABLE touched (video_id VARCHAR)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        if kind is None:
            self._connection.commit()
        self._connection.close()

    def save(self) -> None:
        """Write down what there is so far; what was not written down yet lies in memory in part."""
        self._connection.commit()
        self._connection.begin()

    def query(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query on what was written so far."""
        rows: list[tuple[Any, ...]] = self._connection.execute(sql, parameters or []).fetchall()
        return rows

    def columns(self, sql: str, parameters: list[Any] | None = None) -> pa.Table:
        """The same as columns, for what is too large for rows."""
        return self._connection.sql(sql, params=parameters or []).to_arrow_table()

    def compare(self, sql: str, batch: pa.Table, parameters: list[Any]) -> tuple[Any, ...]:
        """The first row of a query that may name ``batch``, which is no table of the catalogue."""
        self._connection.register("batch", batch)
        try:
            return self.query(sql, parameters)[0]
        finally:
            self._connection.unregister("batch")

    def insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Append rows; every column of the table must be there."""
        if not rows:
            return
        columns = schema.TABLES[table]
        arrow = pa.schema([(name, ARROW[kind]) for name, (kind, _) in columns.items()])
        self.insert_table(table, pa.Table.from_pylist(rows, schema=arrow))

    def insert_table(self, table: str, batch: pa.Table) -> None:
        """Append rows that are columns already; every column of the table must be there."""
        if not batch.num_rows:
            return
        self._connection.register("batch", batch)
        self._connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM batch")  # noqa: S608 - a name of ours
        if table in ("clips", "captions"):
            self._connection.execute("INSERT INTO touched SELECT DISTINCT video_id FROM batch")
        self._connection.unregister("batch")

    def delete(self, table: str, column: str, values: Iterable[str]) -> None:
        """Remove the rows in which a column has one of the values."""
        if wanted := list(values):
            self._connection.execute(
                f'DELETE FROM {table} WHERE "{column}" IN (SELECT unnest(?::VARCHAR[]))',  # noqa: S608 - names of ours
                [wanted],
            )

    def replace_videos(self, video_ids: list[str], rows: dict[str, list[dict[str, Any]]]) -> None:
        """Put the rows of some videos in place of what was there for them."""
        ids = pa.table({"video_id": pa.array(video_ids, pa.string())})
        self.insert_table("touched", ids)
        held = [video_id for (video_id,) in self.query(_HELD, [video_ids])]
        for table in schema.BY_VIDEO:
            if held:
                self.delete(table, "video_id", held)
            self.insert(table, rows.get(table, []))

    def touch_all(self) -> None:
        """Have everything that is worked out from the rows of a video worked out again."""
        self.query(
            "INSERT INTO touched SELECT video_id FROM videos UNION SELECT video_id FROM clip_people "
            "UNION SELECT video_id FROM compared"
        )

    def state(self, what: str) -> str:
        """The state that was noted last; empty when there is none."""
        noted = self.query("SELECT state FROM curated WHERE what = ?", [what])
        return str(noted[0][0]) if noted else ""

    def note(self, what: str, state: str) -> None:
        """Note which state something was worked out under; where it is the same, only what is ``touched`` is new."""
        self.delete("curated", "what", [what])
        self.insert("curated", [{"what": what, "state": state}])

    def replace_all(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Put rows in place of the whole table."""
        self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a name of ours
        self.insert(table, rows)

    def counts(self) -> dict[str, int]:
        """Rows of each table."""
        each = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in schema.TABLES)  # noqa: S608
        return dict(self.query(each))
