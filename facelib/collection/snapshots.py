"""Named versions of the collection: making one, opening one, and what differs between two."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from facelib.catalog.measures import MEASURES
from facelib.catalog.reader import Catalog
from facelib.clock import now
from facelib.errors import StoreError
from facelib.index.rewrite import tag
from facelib.store import layout, leases, published
from facelib.store import snapshots as records
from facelib.store.objects import Store
from facelib.store.published import Publication
from facelib.store.snapshots import Snapshot

CURRENT = "current"
"""Stands for what is published now, where two versions are compared. No snapshot can have this name."""
VERDICTS = "verdicts"
MEASURED = ("clips", "vectors", *MEASURES)
"""Tables that say what was measured of a clip, whatever was decided on it."""


@dataclass(frozen=True)
class Changes:
    """What is in one version and not, or otherwise, in the other. Ids are sorted."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def counts(self, what: str) -> dict[str, int]:
        """How many of each, by a name for a table."""
        return {f"{what}_{name}": len(ids) for name, ids in asdict(self).items()}


@dataclass(frozen=True)
class Difference:
    """What happened between two versions of the collection.

    Args:
        videos: changed is one with another commit.
        clips: changed is one of which anything was measured otherwise.
        seconds: length of all clips in the first and in the second, s.
        verdicts: clips by their verdict in the first and in the second, as `keep → drop`, where it differs.
    """

    videos: Changes
    clips: Changes
    seconds: tuple[float, float]
    verdicts: dict[str, list[str]]

    def summary(self) -> dict[str, Any]:
        """Counts and hours."""
        before, after = (value / 3600 for value in self.seconds)
        counts = self.videos.counts("videos") | self.clips.counts("clips")
        hours = {"hours_before": round(before, 4), "hours_after": round(after, 4)}
        return counts | hours | {f"verdict {change}": len(ids) for change, ids in self.verdicts.items()}


def create(store: Store, name: str, note: str = "") -> Snapshot:
    """Give what is published now a name, under which it stays as it is.

    The catalogue file gets a second name and the LanceDB versions a tag, so that it takes no time and no space until
    the collection moves on.

    Raises:
        StoreError: the name is taken or cannot be one, nothing was published, or another process is publishing.
    """
    if records.check_name(name) == CURRENT:
        raise StoreError(f"{name!r} stands for what is published now", hint="choose another", reason="bad_name")
    with leases.locked(store, "publish"):
        if name in records.names(store):
            hint = "a name is taken for ever; choose another"
            raise StoreError(f"there is a snapshot {name!r} already", hint=hint, reason="name_taken")
        with Catalog(store) as catalog:
            newest = catalog.publication
            seconds = catalog.rows("SELECT coalesce(sum(end_s - start_s), 0.0) AS n FROM clips")[0]["n"]
        key = layout.snapshot_catalog(name, 0)
        store.remove(key)  # left behind by a process that died
        store.copy(newest.catalog, key)
        tag(store.vectors(newest.index), {table.name: table.version for table in newest.vectors}, name)
        snapshot = Snapshot(
            name=name,
            number=0,
            created=now().isoformat(),
            note=note,
            publication=newest.number,
            last_commit=newest.last_commit,
            catalog=key,
            index=newest.index,
            tag=name,
            vectors=newest.vectors,
            counts=newest.counts,
            seconds=round(float(seconds), 3),
        )
        records.write(store, snapshot)
    return snapshot


def publication(store: Store, name: str) -> Publication:
    """What readers open a snapshot through. Raises StoreError when there is none of that name.

    Example:
        >>> from facelib.catalog.reader import Catalog  # doctest: +SKIP
        >>> with Catalog(store, publication(store, "v1")) as catalog:  # doctest: +SKIP
        ...     catalog.rows("SELECT count(*) AS clips FROM clips")
        [{'clips': 9}]
    """
    return records.read(store, name).as_publication()


def diff(store: Store, before: str, after: str = CURRENT) -> Difference:
    """What differs between two snapshots, or between one and what is published now.

    Raises:
        StoreError: there is no such snapshot, or nothing was published.
    """
    first, second = (_file(store, name) for name in (before, after))
    with _both(first, second) as connection:
        compared = _Comparison(connection)
        return Difference(
            videos=compared.changes("videos", "video_id", compared.other_rows(["videos"], "video_id")),
            clips=compared.changes("clips", "clip_id", compared.other_rows(MEASURED, "clip_id")),
            seconds=compared.seconds(),
            verdicts=compared.verdicts(),
        )


def _file(store: Store, name: str) -> Path:
    if name == CURRENT:
        newest = published.newest(store)
        if newest is None:
            raise StoreError("nothing was published yet", hint="run 'facelib publish'", reason="not_published")
        return store.local(newest.catalog)
    return store.local(publication(store, name).catalog)


@contextlib.contextmanager
def _both(before: Path, after: Path) -> Iterator[Any]:
    import duckdb

    with duckdb.connect() as connection:
        for name, path in (("a", before), ("b", after)):
            quoted = str(path).replace("'", "''")
            # The same file may be given twice, and a snapshot of now is the same file as now.
            attached = f"ATTACH '{quoted}' AS {name} (READ_ONLY)"
            try:
                connection.execute(attached)
            except duckdb.BinderException:
                tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'a'")
                connection.execute("ATTACH ':memory:' AS b")
                for (table,) in tables.fetchall():
                    connection.execute(f'CREATE VIEW b."{table}" AS SELECT * FROM a."{table}"')  # noqa: S608
        yield connection


class _Comparison:
    """Two catalogues, attached as ``a`` and ``b``. Names of tables and columns come from the catalogues themselves."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        sql = "SELECT database_name, table_name, column_name FROM duckdb_columns() WHERE database_name IN ('a', 'b')"
        self._columns: dict[tuple[str, str], set[str]] = {}
        for database, table, column in connection.execute(sql).fetchall():
            self._columns.setdefault((database, table), set()).add(column)

    def changes(self, table: str, key: str, other: set[str]) -> Changes:
        added, removed = (self._ids(f"SELECT {key} FROM {x}.{table} EXCEPT SELECT {key} FROM {y}.{table}")  # noqa: S608
                          for x, y in ("ba", "ab"))  # fmt: skip
        return Changes(sorted(added), sorted(removed), sorted(other - added - removed))

    def other_rows(self, tables: Iterable[str], key: str) -> set[str]:
        """Ids of which a row of one of the tables is in one catalogue alone; columns that both have count."""
        found: set[str] = set()
        for table in tables:
            both = self._columns.get(("a", table), set()) & self._columns.get(("b", table), set())
            if key not in both:
                continue
            columns = ", ".join(f'"{column}"' for column in sorted(both))
            for x, y in ("ab", "ba"):
                inner = f"SELECT {columns} FROM {x}.{table} EXCEPT SELECT {columns} FROM {y}.{table}"  # noqa: S608
                found |= self._ids(f"SELECT DISTINCT {key} FROM ({inner})")  # noqa: S608
        return found

    def seconds(self) -> tuple[float, float]:
        sql = "SELECT coalesce(sum(end_s - start_s), 0.0) FROM {}.clips"
        before, after = (float(self._connection.execute(sql.format(side)).fetchone()[0]) for side in "ab")
        return before, after

    def verdicts(self) -> dict[str, list[str]]:
        """Clips of both whose verdict differs, by `before → after`; empty where a catalogue has no verdicts."""
        if not all({"clip_id", "keep"} <= self._columns.get((side, VERDICTS), set()) for side in "ab"):
            return {}
        words = [f"CASE {x}.keep WHEN true THEN 'keep' WHEN false THEN 'drop' ELSE 'unknown' END" for x in "ab"]
        rows = self._connection.execute(
            f"SELECT {', '.join(words)}, clip_id FROM a.{VERDICTS} a JOIN b.{VERDICTS} b "  # noqa: S608
            "USING (clip_id) WHERE a.keep IS DISTINCT FROM b.keep ORDER BY ALL"
        ).fetchall()
        found: dict[str, list[str]] = {}
        for before, after, clip_id in rows:
            found.setdefault(f"{before} → {after}", []).append(clip_id)
        return found

    def _ids(self, sql: str) -> set[str]:
        return {value for (value,) in self._connection.execute(sql).fetchall()}
