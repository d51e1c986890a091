"""What publish takes in from the store's logs: commits, listings, decisions, quarantine, the deny list."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from facelib.catalog import rows as catalog_rows
from facelib.catalog.writer import CatalogWriter
from facelib.collection.blocked_faces import BlockedFaces
from facelib.fetching.download_queue import STAGE as DOWNLOAD_STAGE
from facelib.index.writer import IndexWriter
from facelib.sources.captions import parse
from facelib.store import (
    captions,
    decisions,
    deny,
    documents,
    download_log,
    layout,
    log,
    quarantine,
    source_checks,
    uploads,
)
from facelib.store import commits as commit_log
from facelib.store.commits import CommitName
from facelib.store.objects import Store

BATCH = 200
"""Videos that are read and written at a time; bounds the memory whatever the size of the collection."""

HELD = "SELECT video_id, commit_key FROM videos WHERE video_id IN (SELECT unnest(?::VARCHAR[]))"
NOT_TRIED = "SELECT DISTINCT video_id FROM sightings ANTI JOIN downloads USING (video_id)"

Progress = Callable[[int, int], None]
T = TypeVar("T")


class Intake:
    """Brings one catalogue and one index, both still unseen by readers, up to the store's logs.

    Args:
        store: the store.
        catalog: the new catalogue.
        index: the vector tables.
        models: what the vectors of each table mean; grows with new tables.
        keep_lock: called before each batch.
        progress: called with videos done and in all.
    """

    def __init__(
        self,
        store: Store,
        catalog: CatalogWriter,
        index: IndexWriter,
        models: dict[str, dict[str, Any]],
        keep_lock: Callable[[], None],
        progress: Progress,
    ) -> None:
        self.models = models
        self._store = store
        self._catalog = catalog
        self._index = index
        self._keep_lock = keep_lock
        self._progress = progress
        self._known = {key for (key,) in catalog.query("SELECT key FROM read_log")}
        self._committed: set[str] = set()
        self._blocked = BlockedFaces(store)

    def commits(self) -> tuple[str, int]:
        """Take in new commits; returns the key of the newest and the number of videos that were replaced."""
        denied = deny.denied(self._store)
        # The key of a commit names its video, so what is held out is not even noted as read.
        new = [name for name in commit_log.all_names(self._store, known=self._known) if name.video_id not in denied]
        self._committed = {name.video_id for name in new}
        waiting = list(self._current(new))
        for done, batch in enumerate(batches(waiting, BATCH)):
            self._keep_lock()
            self._progress(done * BATCH, len(waiting))
            self._replace(list(batch))
            self._catalog.save()
        self._progress(len(waiting), len(waiting))
        self._catalog.insert("read_log", [{"key": name.key} for name in new])
        return (new[-1].key if new else ""), len(waiting)

    def _current(self, new: list[CommitName]) -> Iterator[CommitName]:
        """The new names that are current also against what was published before."""
        newest = commit_log.current(new)
        held = dict(self._catalog.query(HELD, [list(newest)])) if newest else {}
        for video_id, name in sorted(newest.items()):
            if video_id not in held or name.order > CommitName.parse(held[video_id]).order:
                yield name

    def _replace(self, batch: list[CommitName]) -> None:
        rows: catalog_rows.Rows = {}
        uploads_rows: list[dict[str, Any]] = []
        vectors: dict[str, list[dict[str, Any]]] = {}
        read = self._store.at_once(lambda name: commit_log.read(self._store, name), batch)
        for name, record in zip(batch, read, strict=True):
            upload = record.head["upload"]
            uploads_rows.append(catalog_rows.upload_row(upload))
            for table, content in catalog_rows.commit_rows(name, record).items():
                rows.setdefault(table, []).extend(content)
            for row in record.rows("vectors"):
                table = catalog_rows.vector_table(row["task"], row["model"], row["digest"])
                meaning = {key: row[key] for key in ("task", "model", "digest", "metric")}
                self.models[table] = {**meaning, "dimensions": len(row["vector"])}
                shared = {key: upload.get(key) or "" for key in ("video_id", "channel_id", "upload_day")}
                vectors.setdefault(table, []).append({"clip_id": row["clip_id"], **shared, "vector": row["vector"]})
        for table, met in vectors.items():
            self._blocked.meet(self.models[table]["model"], self.models[table]["digest"], met)
        video_ids = [name.video_id for name in batch]
        for table in sorted({*self._index.tables(), *vectors}):
            self._index.replace_videos(table, video_ids, vectors.get(table, []), self.models[table]["dimensions"])
        self._catalog.replace_videos(video_ids, rows)
        self._catalog.delete("uploads", "video_id", video_ids)
        self._catalog.insert("uploads", uploads_rows)

    def listings(self) -> None:
        """Take in new listings, which uploads they showed when, and what became of their downloads."""
        denied, every = deny.denied(self._store), log.entries(self._store, layout.CRAWLS, known=self._known)
        new = [key for key in every if _listed_channel(key) not in denied]
        if new:
            self._list(new)
        self._downloads()

    def _list(self, new: list[str]) -> None:
        sightings = {(c, v): [a, b] for c, v, a, b in self._catalog.query("SELECT * FROM sightings")}
        channels = {row[0]: row for row in self._catalog.query("SELECT * FROM channels")}
        for content in self._store.at_once(self._store.read, new):
            document = documents.decode(content)
            channel, listed = document["channel"], document["listed"]
            channels[channel["channel_id"]] = (*(channel[k] for k in ("channel_id", "url", "title", "kind")), listed)
            for upload in document["uploads"]:
                times = sightings.setdefault((channel["channel_id"], upload["video_id"]), [listed, listed])
                times[0], times[1] = min(times[0], listed), max(times[1], listed)
        names = ("channel_id", "url", "title", "kind", "last_listed")
        self._catalog.replace_all("channels", [dict(zip(names, row, strict=True)) for row in channels.values()])
        columns = ("channel_id", "video_id", "first_listed", "last_listed")
        self._catalog.replace_all(
            "sightings", [dict(zip(columns, (*k, *t), strict=True)) for k, t in sightings.items()]
        )
        self._catalog.insert("read_log", [{"key": key} for key in new])

    def _downloads(self) -> None:
        """Downloads and captions of the videos that were tried, committed or listed since."""
        denied, every = deny.denied(self._store), log.entries(self._store, layout.DOWNLOADS, known=self._known)
        new = [key for key in every if layout.downloaded_video(key) not in denied]
        fresh = {video_id for (video_id,) in self._catalog.query(NOT_TRIED)}
        touched = {layout.downloaded_video(key) for key in new} | self._committed | fresh
        touched -= denied
        for batch in batches(sorted(v for v in touched if self._store.exists(layout.upload(v))), BATCH):
            self._keep_lock()
            for table in ("downloads", "captions"):
                self._catalog.delete(table, "video_id", batch)
            rows = self._store.at_once(lambda video_id: download_log.row(self._store, video_id), batch)
            self._catalog.insert("downloads", list(rows))
            found = self._store.at_once(lambda video_id: list(caption_rows(self._store, video_id)), batch)
            self._catalog.insert("captions", [line for lines in found for line in lines])
            self._catalog.save()
        self._catalog.insert("read_log", [{"key": key} for key in new])

    def small_things(self) -> None:
        """What is small enough to be read whole: uploads without a commit, quarantine, decisions."""
        listed = self._catalog.query(
            "SELECT DISTINCT video_id FROM sightings WHERE video_id NOT IN (SELECT video_id FROM videos) ORDER BY 1"
        )
        for batch in batches([video_id for (video_id,) in listed], BATCH):
            self._catalog.delete("uploads", "video_id", batch)
            denied = deny.denied(self._store)
            held = [video_id for video_id in batch if video_id not in denied]
            found = self._store.at_once(lambda video_id: uploads.read_upload(self._store, video_id), held)
            self._catalog.insert("uploads", [catalog_rows.upload_row(upload) for upload in found])
        self._catalog.replace_all("quarantine", [asdict(entry) for entry in quarantine.active(self._store)])
        self._catalog.query(
            "UPDATE downloads SET state = if(video_id IN (SELECT video_id FROM quarantine WHERE stage = ?), ?, ?) "
            "WHERE state IN (?, ?)",
            [DOWNLOAD_STAGE, download_log.FAILED, download_log.WAITING, download_log.FAILED, download_log.WAITING],
        )
        events = list(decisions.read_all(self._store))
        self._catalog.replace_all("decisions", [self._decision_row(event) for event in events])
        self._catalog.replace_all("hidden_videos", [_hidden_row(v, e) for v, e in source_checks.hidden(events).items()])

    def _decision_row(self, decision: decisions.Decision) -> dict[str, Any]:
        clip_id = ""
        if decision.anchor:
            found = self._catalog.query(
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

    def drop_denied(self) -> None:
        """Remove every row and vector of what is on the deny list."""
        denied = sorted(deny.denied(self._store))
        if not denied:
            return
        tables = ("uploads", "sightings", "downloads", "captions")
        known = self._catalog.query(" UNION ".join(f"SELECT video_id FROM {table}" for table in tables))  # noqa: S608
        held = {video for (video,) in known} & set(denied)
        for batch in batches(sorted(held), BATCH):
            self._catalog.replace_videos(list(batch), {})
            for table in tables:
                self._catalog.delete(table, "video_id", batch)
            for table in self._index.tables():
                self._index.replace_videos(table, list(batch), [], self.models[table]["dimensions"])


def _listed_channel(key: str) -> str:
    """The id of the channel that a listing is of."""
    return key.rsplit("/", 1)[-1].split("_", 1)[1].removesuffix(".json")


def _hidden_row(video_id: str, event: decisions.Decision) -> dict[str, Any]:
    return {
        "video_id": video_id,
        "reason": event.value["reason"],
        "decided_by": event.by,
        "decided_at": event.at,
    }


def caption_rows(store: Store, video_id: str) -> Iterator[dict[str, Any]]:
    """The lines of all captions of a video, as rows of `captions`."""
    for file in captions.files(store, video_id):
        text = store.read(file.key).decode("utf-8", errors="replace")
        about = {"video_id": video_id, "language": file.language, "automatic": file.automatic}
        for line in parse(text, file.extension, automatic=file.automatic):
            yield {**about, **asdict(line)}


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Successive parts of at most ``size`` items.

    >>> [list(part) for part in batches("abc", 2)]
    [['a', 'b'], ['c']]
    """
    for start in range(0, len(items), size):
        yield items[start : start + size]
