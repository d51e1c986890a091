"""Publish: bring the catalogue and the vector tables up to the commit log, and make both current at once.

Only this file, with what :mod:`facelib.collection.intake` reads, writes them. It works on copies (a new DuckDB file,
new versions of the LanceDB tables) and ends with one new ``published/<n>.json``; a run that dies before that line
leaves readers as they were, and the next one does the same work again with the same outcome.
"""

import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from facelib.catalog.fit import file_fits
from facelib.catalog.writer import CatalogWriter, rows_of
from facelib.clock import now
from facelib.collection.curation import CURATED, curate
from facelib.collection.intake import Intake, Progress
from facelib.curate.settings import CurateSettings
from facelib.errors import StoreError
from facelib.index.writer import IndexWriter
from facelib.store import layout, leases, published, snapshots
from facelib.store.objects import Store
from facelib.store.published import Publication, VectorTable

_ONCE = (("clips", "clip_id"), ("videos", "video_id"), ("uploads", "video_id"), ("verdicts", "clip_id"))
_COUNTED = ("read_log", "uploads", "videos", "sightings", "downloads", "captions")
_ROWS = "SELECT count(*) FROM vectors WHERE vector_table = ?"
_EXPECTED = (
    "SELECT count(*), count(DISTINCT clip_id), count(*) FILTER (clip_id IN (SELECT clip_id FROM batch)) "  # noqa: S608
    f"FROM {rows_of('vectors')} WHERE vector_table = ?"
)
"""Clips that a vector table is to hold, how many are different, and how many it does hold."""

KEEP = 3
"""Publications whose catalogue files are kept for readers that opened them."""


@dataclass(frozen=True)
class PublishReport:
    """What a publish did."""

    number: int
    changed: bool
    videos: int
    counts: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"published": self.number, **asdict(self)}


def publish(
    store: Store,
    *,
    settings: CurateSettings | None = None,
    progress: Progress = lambda done, total: None,
) -> PublishReport:
    """Take in every commit and listing that the current publication has not read, and curate the whole.

    Args:
        store: the store.
        settings: of what is worked out over the whole collection; the defaults where None.
        progress: called with videos done and in all.

    Raises:
        StoreError: another process is publishing, or the check of what was written failed (nothing became current).
    """
    with leases.locked(store, "publish") as keep:
        newest = published.newest(store)
        usable = newest is not None and store.exists(newest.catalog) and file_fits(store.local(newest.catalog))
        return _Publisher(store, newest if usable else None, settings, progress, keep).run()


def rebuild(
    store: Store,
    *,
    settings: CurateSettings | None = None,
    progress: Progress = lambda done, total: None,
) -> PublishReport:
    """Make catalogue and index anew from the store alone, in new files, then make them current; see `publish`."""
    with leases.locked(store, "publish") as keep:
        return _Publisher(store, None, settings, progress, keep).run()


class _Publisher:
    def __init__(
        self,
        store: Store,
        base: Publication | None,
        settings: CurateSettings | None,
        progress: Progress,
        keep: Callable[[], None],
    ) -> None:
        self._settings = settings or CurateSettings()
        newest = published.newest(store)
        self._store = store
        self._base = base
        self._progress = progress
        self._keep_lock = keep
        self._number = newest.number + 1 if newest else 1
        self._name = f"{self._number:09d}-{uuid.uuid4().hex[:8]}"
        self._index_key = base.index if base else layout.index(self._name)
        self._models: dict[str, dict[str, Any]] = {v.name: _meaning(v) for v in base.vectors} if base else {}

    def run(self) -> PublishReport:
        catalog_key = layout.catalog(self._name)
        base = self._store.local(self._base.catalog) if self._base else None
        folder = self._store.vectors(self._index_key)
        with self._store.making(catalog_key) as path, CatalogWriter(path, base) as catalog:
            index = IndexWriter(folder)
            index.restore({table.name: table.version for table in self._base.vectors} if self._base else {})
            intake = Intake(self._store, catalog, index, self._models, self._keep_lock, self._progress)
            last_commit, videos = intake.commits()
            intake.listings()
            intake.small_things()
            intake.drop_denied()
            self._keep_lock()
            indexed = index.keep_up({name: meaning["metric"] for name, meaning in self._models.items()})
            curate(self._store, catalog, folder, self._models, self._settings, self._keep_lock)
            if self._base and base and not (videos or indexed) and _fingerprint(catalog.query) == _of_file(base):
                path.unlink()
                return PublishReport(self._base.number, False, 0, self._base.counts)
            vectors = self._check(catalog, index)
            counts = catalog.counts()
        self._keep_lock()
        last_commit = last_commit or (self._base.last_commit if self._base else "")
        moment = now().isoformat()
        publication = Publication(self._number, catalog_key, self._index_key, last_commit, moment, vectors, counts)
        if not published.write(self._store, publication):
            self._store.remove(catalog_key)
            raise StoreError(f"publication {self._number} was written by another process", reason="locked")
        self._forget_old(publication)
        return PublishReport(publication.number, True, videos, counts)

    def _check(self, catalog: CatalogWriter, index: IndexWriter) -> tuple[VectorTable, ...]:
        """Every row exactly once, and the same clips in both databases; otherwise nothing becomes current.

        Looks at the rows of the videos that were replaced, and at the number of the others: a rebuild looks at all.
        """
        videos = [video_id for (video_id,) in catalog.query("SELECT DISTINCT video_id FROM touched ORDER BY 1")]
        for table, key in _ONCE:
            among = table if table == "uploads" else rows_of(table)
            sql = f"SELECT {key} FROM {among} GROUP BY 1 HAVING count(*) > 1 LIMIT 1"  # noqa: S608
            if twice := catalog.query(sql):
                raise StoreError(f"publish: {twice[0][0]} is more than once in {table}", reason="publish_check")
        tables = []
        for name in index.tables():
            self._keep_lock()
            version, rows = index.state(name)
            held, wanted = index.clip_ids(name, videos), int(catalog.query(_ROWS, [name])[0][0])
            expected, different, found = catalog.compare(_EXPECTED, held, [name])
            if rows != wanted or not held.num_rows == expected == different == found:
                raise StoreError(
                    f"publish: {name} holds {rows} vectors where the catalogue has {wanted}, or others",
                    hint="run 'facelib rebuild'",
                    reason="publish_check",
                )
            tables.append(VectorTable(name=name, version=version, rows=rows, **self._models[name]))
        return tuple(tables)

    def _forget_old(self, current: Publication) -> None:
        """Remove catalogue files and index folders that no recent publication and no snapshot names.

        Open readers keep theirs.
        """
        recent = [current]
        for number in range(max(1, current.number - KEEP + 1), current.number):
            if self._store.exists(layout.published(number)):
                recent.append(published.read(self._store, number))
        named = {publication.catalog for publication in recent}
        for name in self._store.names(layout.CATALOG):
            if f"{layout.CATALOG}/{name}" not in named:
                self._store.remove(f"{layout.CATALOG}/{name}")
        folders = {publication.index for publication in recent}
        folders |= {snapshot.index for snapshot in snapshots.read_all(self._store)}
        for name in self._store.names(layout.INDEX):
            if layout.index(name) not in folders:
                self._store.remove_tree(layout.index(name))


def _fingerprint(query: Callable[[str], list[tuple[Any, ...]]]) -> tuple[Any, ...]:
    """What of a catalogue can change without a new commit; timestamps of attempts included."""
    counts = [query(f"SELECT count(*) FROM {t}") for t in _COUNTED]  # noqa: S608
    rest = [query(f"SELECT * FROM {t} ORDER BY ALL") for t in ("quarantine", "decisions")]  # noqa: S608
    rest += [query(f"SELECT count(*), bit_xor(hash(t)) FROM {t} AS t") for t in CURATED]  # noqa: S608
    days = query("SELECT video_id, upload_day FROM uploads WHERE upload_day IS NOT NULL ORDER BY ALL")
    return (*counts, *rest, days)


def _of_file(path: Path) -> tuple[Any, ...]:
    """The same of a catalogue that is a file."""
    import duckdb

    with duckdb.connect(str(path), read_only=True) as connection:
        return _fingerprint(lambda sql: connection.execute(sql).fetchall())


def _meaning(table: VectorTable) -> dict[str, Any]:
    return {key: getattr(table, key) for key in ("task", "model", "digest", "metric", "dimensions")}
