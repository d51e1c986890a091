"""Publish: bring the catalogue and the vector tables up to the commit log, and make both current at once.

Only this file writes them. It works on copies (a new DuckDB file, new versions of the LanceDB tables) and ends with one
new ``published/<n>.json``; a run that dies before that line leaves readers as they were, and the next one does the same
work again with the same outcome.
"""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from facelib.catalog import rows as catalog_rows
from facelib.catalog.writer import CatalogWriter
from facelib.clock import now
from facelib.errors import StoreError
from facelib.index.writer import IndexWriter
from facelib.store import (
    commits,
    decisions,
    deny,
    documents,
    layout,
    leases,
    log,
    published,
    quarantine,
    uploads,
)
from facelib.store.commits import CommitName
from facelib.store.objects import Store
from facelib.store.published import Publication, VectorTable

BATCH = 200
"""Videos that are read and written at a time; bounds the memory whatever the size of the collection."""
KEEP = 3
"""Publications whose catalogue files are kept for readers that opened them."""
Progress = Callable[[int, int], None]
T = TypeVar("T")


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


def publish(store: Store, *, progress: Progress = lambda done, total: None) -> PublishReport:
    """Take in every commit and listing that the current publication has not read.

    Raises:
        StoreError: another process is publishing, or the check of what was written failed (nothing became current).
    """
    with leases.locked(store, "publish") as keep:
        newest = published.newest(store)
        usable = newest is not None and CatalogWriter.fits(store.path(newest.catalog))
        return _Publisher(store, newest if usable else None, progress, keep).run()


def rebuild(store: Store, *, progress: Progress = lambda done, total: None) -> PublishReport:
    """Make catalogue and index anew from the store alone, in new files, then make them current."""
    with leases.locked(store, "publish") as keep:
        return _Publisher(store, None, progress, keep).run()


class _Publisher:
    def __init__(self, store: Store, base: Publication | None, progress: Progress, keep: Callable[[], None]) -> None:
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
        path = self._store.path(catalog_key)
        base = self._store.path(self._base.catalog) if self._base else None
        try:
            with CatalogWriter(path, base) as catalog:
                before = self._fingerprint(catalog)
                index = IndexWriter(self._store.path(self._index_key))
                index.restore({table.name: table.version for table in self._base.vectors} if self._base else {})
                last_commit, videos = self._take_commits(catalog, index)
                self._take_listings(catalog)
                self._take_rest(catalog)
                self._drop_denied(catalog, index)
                if self._base and not videos and self._fingerprint(catalog) == before:
                    path.unlink()
                    return PublishReport(self._base.number, False, 0, self._base.counts)
                vectors = self._check(catalog, index)
                counts = catalog.counts()
            last_commit = last_commit or (self._base.last_commit if self._base else "")
            moment = now().isoformat()
            publication = Publication(self._number, catalog_key, self._index_key, last_commit, moment, vectors, counts)
            if not published.write(self._store, publication):
                raise StoreError(f"publication {self._number} was written by another process", reason="locked")
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        self._forget_old(publication)
        return PublishReport(publication.number, True, videos, counts)

    def _take_commits(self, catalog: CatalogWriter, index: IndexWriter) -> tuple[str, int]:
        known = {key for (key,) in catalog.query("SELECT key FROM read_log")}
        new = commits.all_names(self._store, known=known)
        denied = deny.denied(self._store)
        todo = [name for name in self._current(catalog, new) if name.video_id not in denied]
        for done, batch in enumerate(_batches(todo, BATCH)):
            self._keep_lock()
            self._progress(done * BATCH, len(todo))
            self._replace(catalog, index, list(batch))
        self._progress(len(todo), len(todo))
        catalog.insert("read_log", [{"key": name.key} for name in new])
        return (new[-1].key if new else ""), len(todo)

    def _current(self, catalog: CatalogWriter, new: list[CommitName]) -> Iterator[CommitName]:
        """The new names that are current also against what was published before."""
        held = dict(catalog.query("SELECT video_id, commit_key FROM videos"))
        for video_id, name in sorted(commits.current(new).items()):
            if video_id not in held or name.order > CommitName.parse(held[video_id]).order:
                yield name

    def _replace(self, catalog: CatalogWriter, index: IndexWriter, batch: list[CommitName]) -> None:
        rows: catalog_rows.Rows = {}
        uploads_rows: list[dict[str, Any]] = []
        vectors: dict[str, list[dict[str, Any]]] = {}
        for name in batch:
            record = commits.read(self._store, name)
            upload = record.head["upload"]
            uploads_rows.append(catalog_rows.upload_row(upload))
            for table, content in catalog_rows.commit_rows(name, record).items():
                rows.setdefault(table, []).extend(content)
            for row in record.rows("vectors"):
                table = catalog_rows.vector_table(row["task"], row["model"], row["digest"])
                meaning = {key: row[key] for key in ("task", "model", "digest", "metric")}
                self._models[table] = {**meaning, "dimensions": len(row["vector"])}
                shared = {key: upload.get(key) or "" for key in ("video_id", "channel_id", "upload_day")}
                vectors.setdefault(table, []).append({"clip_id": row["clip_id"], **shared, "vector": row["vector"]})
        video_ids = [name.video_id for name in batch]
        for table in sorted({*index.tables(), *vectors}):
            index.replace_videos(table, video_ids, vectors.get(table, []), self._models[table]["dimensions"])
        catalog.replace_videos(video_ids, rows)
        catalog.delete("uploads", "video_id", video_ids)
        catalog.insert("uploads", uploads_rows)

    def _take_listings(self, catalog: CatalogWriter) -> None:
        known = {key for (key,) in catalog.query("SELECT key FROM read_log")}
        new = list(log.entries(self._store, layout.CRAWLS, known=known))
        sightings = {(c, v): [a, b] for c, v, a, b in catalog.query("SELECT * FROM sightings")}
        channels = {row[0]: row for row in catalog.query("SELECT * FROM channels")}
        for key in new:
            document = documents.decode(self._store.read(key))
            channel, listed = document["channel"], document["listed"]
            channels[channel["channel_id"]] = (*(channel[k] for k in ("channel_id", "url", "title", "kind")), listed)
            for upload in document["uploads"]:
                times = sightings.setdefault((channel["channel_id"], upload["video_id"]), [listed, listed])
                times[0], times[1] = min(times[0], listed), max(times[1], listed)
        if new:
            names = ("channel_id", "url", "title", "kind", "last_listed")
            catalog.replace_all("channels", [dict(zip(names, row, strict=True)) for row in channels.values()])
            columns = ("channel_id", "video_id", "first_listed", "last_listed")
            catalog.replace_all("sightings", [dict(zip(columns, (*k, *t), strict=True)) for k, t in sightings.items()])
            catalog.insert("read_log", [{"key": key} for key in new])

    def _take_rest(self, catalog: CatalogWriter) -> None:
        """What is small enough to be read whole: uploads without a commit, quarantine, decisions."""
        listed = catalog.query(
            "SELECT DISTINCT video_id FROM sightings WHERE video_id NOT IN (SELECT video_id FROM videos) ORDER BY 1"
        )
        for batch in _batches([video_id for (video_id,) in listed], BATCH):
            catalog.delete("uploads", "video_id", batch)
            denied = deny.denied(self._store)
            found = [uploads.read_upload(self._store, video_id) for video_id in batch if video_id not in denied]
            catalog.insert("uploads", [catalog_rows.upload_row(upload) for upload in found])
        catalog.replace_all("quarantine", [asdict(entry) for entry in quarantine.active(self._store)])
        catalog.replace_all("decisions", [self._decision_row(catalog, d) for d in decisions.read_all(self._store)])

    def _decision_row(self, catalog: CatalogWriter, decision: decisions.Decision) -> dict[str, Any]:
        clip_id = ""
        if decision.anchor:
            found = catalog.query(
                "SELECT clip_id, start_s, end_s, face_x1, face_y1, face_x2, face_y2 FROM clips WHERE video_id = ?",
                [decision.anchor.video_id],
            )
            clips = [(row[0], decisions.Anchor(decision.anchor.video_id, row[1], row[2], row[3:])) for row in found]
            clip_id = decisions.attach(decision.anchor, clips) or ""
        return {
            "event_id": decision.event_id,
            "kind": decision.kind,
            "decided_by": decision.by,
            "decided_at": decision.at,
            "value": documents.encode(decision.value).decode(),
            "video_id": decision.anchor.video_id if decision.anchor else "",
            "clip_id": clip_id,
        }

    def _drop_denied(self, catalog: CatalogWriter, index: IndexWriter) -> None:
        denied = sorted(deny.denied(self._store))
        known = catalog.query("SELECT video_id FROM uploads UNION SELECT video_id FROM sightings")
        held = {video for (video,) in known} & set(denied)
        for batch in _batches(sorted(held), BATCH):
            catalog.replace_videos(list(batch), {})
            for table in ("uploads", "sightings"):
                catalog.delete(table, "video_id", batch)
            for table in index.tables():
                index.replace_videos(table, list(batch), [], self._models[table]["dimensions"])

    def _check(self, catalog: CatalogWriter, index: IndexWriter) -> tuple[VectorTable, ...]:
        """Every row exactly once, and the same clips in both databases; otherwise nothing becomes current."""
        for table, key in (("clips", "clip_id"), ("videos", "video_id"), ("uploads", "video_id")):
            twice = catalog.query(f"SELECT {key} FROM {table} GROUP BY 1 HAVING count(*) > 1 LIMIT 1")  # noqa: S608
            if twice:
                raise StoreError(f"publish: {twice[0][0]} is more than once in {table}", reason="publish_check")
        tables = []
        for name in index.tables():
            self._keep_lock()
            version, held = index.state(name)
            rows = catalog.query("SELECT clip_id FROM vectors WHERE vector_table = ? ORDER BY 1", [name])
            expected = sorted(clip_id for (clip_id,) in rows)
            if held != expected:
                raise StoreError(
                    f"publish: {name} holds {len(held)} vectors where the catalogue has {len(expected)}, or others",
                    hint="run 'facelib rebuild'",
                    reason="publish_check",
                )
            tables.append(VectorTable(name=name, version=version, rows=len(held), **self._models[name]))
        return tuple(tables)

    def _fingerprint(self, catalog: CatalogWriter) -> tuple[Any, ...]:
        """What of the catalogue can change without a new commit; timestamps of attempts included."""
        counts = [catalog.query(f"SELECT count(*) FROM {t}") for t in ("read_log", "uploads", "videos")]  # noqa: S608
        rest = [catalog.query(f"SELECT * FROM {t} ORDER BY ALL") for t in ("quarantine", "decisions")]  # noqa: S608
        days = catalog.query("SELECT video_id, upload_day FROM uploads WHERE upload_day IS NOT NULL ORDER BY ALL")
        return (*counts, *rest, days)

    def _forget_old(self, current: Publication) -> None:
        """Remove catalogue files and index folders that no recent publication names; open readers keep theirs."""
        recent = [current]
        for number in range(max(1, current.number - KEEP + 1), current.number):
            if self._store.exists(layout.published(number)):
                recent.append(published.read(self._store, number))
        named = {publication.catalog for publication in recent}
        for name in self._store.names(layout.CATALOG):
            if f"{layout.CATALOG}/{name}" not in named:
                self._store.remove(f"{layout.CATALOG}/{name}")
        folders = {publication.index for publication in recent}
        for name in self._store.names(layout.INDEX):
            if layout.index(name) not in folders:
                self._store.remove_tree(layout.index(name))


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _meaning(table: VectorTable) -> dict[str, Any]:
    return {key: getattr(table, key) for key in ("task", "model", "digest", "metric", "dimensions")}
