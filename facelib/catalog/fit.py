"""Whether a catalogue has the tables and columns of this version of facelib."""

from pathlib import Path
from typing import Any

from facelib.catalog import schema

_COLUMNS = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns "
    "WHERE table_name NOT IN (SELECT unnest(?::VARCHAR[])) ORDER BY ALL"
)


def fits(connection: Any) -> bool:
    """Whether the catalogue that a DuckDB connection has opened does."""
    found = connection.execute(_COLUMNS, [list(schema.VIEWS)]).fetchall()
    return bool(found == sorted((t, name, kind) for t, c in schema.TABLES.items() for name, (kind, _) in c.items()))


def file_fits(path: Path) -> bool:
    """Whether a file does; one that is no catalogue does not."""
    import duckdb

    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return fits(connection)
    except duckdb.Error:
        return False
