"""Whether a catalogue has the tables and columns of this version of facelib."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
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


def lacking(connection: Any) -> list[str]:
    """What an opened catalogue has not: names of tables, and of columns as ``TABLE.COLUMN``."""
    found: dict[str, set[str]] = {}
    for table, column, _ in connection.execute(_COLUMNS, [list(schema.VIEWS)]).fetchall():
        found.setdefault(table, set()).add(column)
    tables = [table for table in schema.TABLES if table not in found]
    columns = [
        f"{table}.{name}" for table in found for name in schema.TABLES.get(table, {}) if name not in found[table]
    ]
    return [*tables, *columns]


def open_filled(path: Path) -> tuple[Any, list[str]]:
    """Open a catalogue read-only, one of an older version as if this version had written it.

    Returns:
        The connection, and what the file lacks: such tables are empty, and such columns NULL. The file stays as it is;
        what is opened then is a copy that nobody else can open and that is gone with the connection.
    """
    import duckdb

    connection = duckdb.connect(str(path), read_only=True)
    lacks = lacking(connection)
    if not lacks:
        return connection, lacks
    connection.close()
    with TemporaryDirectory(prefix="facelib-catalog-") as folder:
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        with duckdb.connect(str(copy)) as writing:
            _fill(writing, lacks)
        # What does not fit into memory goes beside the copy otherwise, where there is no folder any more.
        return duckdb.connect(str(copy), read_only=True, config={"temp_directory": gettempdir()}), lacks


def _fill(connection: Any, lacks: list[str]) -> None:
    for name in lacks:
        table, _, column = name.partition(".")
        if column:
            connection.execute(f'ALTER TABLE {table} ADD COLUMN "{column}" {schema.TABLES[table][column][0]}')
        else:
            body = ", ".join(f'"{own}" {kind}' for own, (kind, _) in schema.TABLES[table].items())
            connection.execute(f"CREATE TABLE {table} ({body})")
    for statement in schema.view_statements():
        connection.execute(statement)
