"""A catalogue without some ids: a new file, because a deleted row stays in the bytes of the old one."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from facelib.catalog.curation_tables import PEOPLE_COUNTS
from facelib.store.mentions import Mentions

COUNTED = ("clips", "seconds", "videos", "channels", "first_day", "last_day")
AFFECTED = (
    "CREATE TEMP TABLE affected AS SELECT DISTINCT person_id FROM before.clip_people "
    "ANTI JOIN clip_people USING (clip_id)"
)
EMPTIED = (
    "DELETE FROM people WHERE person_id IN (FROM affected) AND person_id NOT IN (SELECT person_id FROM clip_people)"
)
NEEDED = {
    *(("people", column) for column in ("person_id", *COUNTED)),
    *(("clip_people", column) for column in ("clip_id", "video_id", "person_id", "seconds")),
    *(("uploads", column) for column in ("video_id", "channel_id", "upload_day")),
}
"""Columns that counting takes; a catalogue of an older version may lack some."""


def redact(
    source: Path, target: Path, mentions: Mentions, keep_lock: Callable[[], None] = lambda: None
) -> dict[str, int]:
    """Write every row of a catalogue that mentions none of the ids to a new file.

    Works on the tables and views that the file has, so on one of an older version too.

    Args:
        source: a catalogue.
        target: the new file; what is there is replaced.
        mentions: the ids. A row goes when any of its texts mentions one.
        keep_lock: called before each table.

    Returns:
        Rows that were left out, by table, where there were any.
    """
    import duckdb

    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    removed: dict[str, int] = {}
    with duckdb.connect(str(target)) as connection:
        quoted = str(source).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS before (READ_ONLY)")
        # Each of some hundred statements would wait for the disk if it counted by itself.
        connection.begin()
        texts = _texts(connection, "before")
        for table, definition in _tables(connection):
            keep_lock()
            connection.execute(definition)
            condition = " OR ".join(part for column in texts[table] for part in mentions.conditions(column))
            kept = f'INSERT INTO "{table}" SELECT * FROM before."{table}"'  # noqa: S608 - a name of ours
            connection.execute(f"{kept} WHERE NOT ({condition})" if condition else kept)
            counted = f'SELECT (SELECT count(*) FROM before."{table}") - (SELECT count(*) FROM "{table}")'  # noqa: S608
            gone = int(_one(connection, counted))
            if gone:
                removed[table] = gone
        if "clip_people" in removed:
            gone = _recount(connection)
            removed |= {"people": removed.get("people", 0) + gone} if gone else {}
        if removed and _one(connection, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'curated'"):
            # What is worked out over the whole collection has lost some of it, so it is worked out anew.
            connection.execute("DELETE FROM curated")
        _views(connection)
        _comments(connection)
        connection.commit()
        connection.execute("DETACH before")
    return removed


def _recount(connection: Any) -> int:
    """Count anew what is left of persons that lost clips; how many had no other."""
    columns = "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = current_database()"
    if not set(connection.execute(columns).fetchall()) >= NEEDED:
        return 0
    connection.execute(AFFECTED)
    gone = int(connection.execute(EMPTIED).fetchone()[0])
    new = ", ".join(f"{column} = now.{column}" for column in COUNTED)
    connection.execute(f"UPDATE people SET {new} FROM ({PEOPLE_COUNTS}) AS now WHERE people.person_id = now.person_id")  # noqa: S608
    return gone


def mentioned(path: Path, mentions: Mentions) -> dict[str, int]:
    """Rows of a catalogue that mention one of the ids, by table, where there are any."""
    import duckdb

    found: dict[str, int] = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        texts = _texts(connection, _one(connection, "SELECT current_database()"))
        tables = "SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1"
        for (table,) in connection.execute(tables).fetchall():
            parts = [part for column in texts[table] for part in mentions.conditions(column)]
            condition = " OR ".join(parts) or "false"
            rows = int(_one(connection, f'SELECT count(*) FROM "{table}" WHERE {condition}'))  # noqa: S608
            if rows:
                found[table] = rows
    return found


def _tables(connection: Any) -> list[tuple[str, str]]:
    sql = "SELECT table_name, sql FROM duckdb_tables() WHERE database_name = 'before' AND NOT internal ORDER BY 1"
    found: list[tuple[str, str]] = connection.execute(sql).fetchall()
    return found


def _views(connection: Any) -> None:
    sql = "SELECT sql FROM duckdb_views() WHERE database_name = 'before' AND NOT internal ORDER BY view_oid"
    for (definition,) in connection.execute(sql).fetchall():
        connection.execute(definition)


def _texts(connection: Any, database: str) -> dict[str, list[str]]:
    """Columns that hold texts, by table."""
    sql = (
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = ? AND data_type LIKE '%VARCHAR%' AND NOT internal ORDER BY ALL"
    )
    found: dict[str, list[str]] = defaultdict(list)
    for table, column in connection.execute(sql, [database]).fetchall():
        found[table].append(column)
    return found


def _comments(connection: Any) -> None:
    sql = (
        "SELECT table_name, column_name, comment FROM duckdb_columns() "
        "WHERE database_name = 'before' AND comment IS NOT NULL AND NOT internal ORDER BY ALL"
    )
    for table, column, comment in connection.execute(sql).fetchall():
        escaped = comment.replace("'", "''")
        connection.execute(f"""COMMENT ON COLUMN "{table}"."{column}" IS '{escaped}'""")


def _one(connection: Any, sql: str) -> Any:
    return connection.execute(sql).fetchone()[0]
