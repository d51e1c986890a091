"""One immutable Parquet file that holds a head and several tables.

A result has several tables (shots, faces, rejects ...) but must appear as one file, so that it is there completely or
not at all. The file has one row: the column ``head`` is canonical JSON, every other column holds one table as a list of
structs. Any Parquet reader can take a table out again, in DuckDB with ``unnest``.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from facelib.errors import StoreError
from facelib.store import documents

HEAD = "head"


@dataclass(frozen=True)
class Record:
    """A head and its tables, as read from or written to one file."""

    head: dict[str, Any]
    tables: dict[str, pa.Table]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """A table as a list of plain rows."""
        rows: list[dict[str, Any]] = self.tables[table].to_pylist()
        return rows


def table(rows: Iterable[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows as a table of exactly this schema; a missing or a surplus column is an error of the stage that made them."""
    rows = list(rows)
    expected = set(schema.names)
    for row in rows:
        if set(row) != expected:
            raise ValueError(f"columns {sorted(set(row) ^ expected)} are missing or surplus; expected {schema.names}")
    return pa.Table.from_pylist(rows, schema=schema)


def encode(record: Record) -> bytes:
    """The bytes of the file."""
    columns: dict[str, pa.Array] = {HEAD: pa.array([documents.encode(record.head).decode()])}
    for name, content in record.tables.items():
        structs = content.combine_chunks().to_struct_array()
        if isinstance(structs, pa.ChunkedArray):
            structs = pa.concat_arrays(structs.chunks) if structs.chunks else pa.array([], structs.type)
        columns[name] = pa.ListArray.from_arrays(pa.array([0, len(structs)], pa.int32()), structs)
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue()


def decode(data: bytes, *, name: str, only: Iterable[str] | None = None) -> Record:
    """Read a file back.

    Args:
        data: the bytes of the file.
        name: what to call it in an error.
        only: the tables to read; all of them when None.

    Raises:
        StoreError: the bytes are no such file.
    """
    try:
        columns = None if only is None else [HEAD, *only]
        # One row: threads would only cost their start, and one that still runs at exit ends the process by an abort.
        content = pq.ParquetFile(io.BytesIO(data), pre_buffer=False).read(columns=columns, use_threads=False)
        head = documents.decode(content.column(HEAD)[0].as_py().encode())
    except (pa.ArrowException, KeyError, IndexError, ValueError) as error:
        raise StoreError(f"not a readable record: {name}: {error}", reason="bad_record") from error
    tables = {}
    for column in content.column_names:
        if column != HEAD:
            structs = content.column(column).chunk(0).flatten()
            tables[column] = pa.Table.from_struct_array(structs)
    return Record(head, tables)
