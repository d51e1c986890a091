"""Rewrites catalogues, vector tables and snapshots without what was taken down, and lets the old files go.

Everything is written beside what there is, then pointed to, then the old is removed: readers see the one or the other,
and a process that dies in between leaves nothing that the same takedown, given again, does not remove.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from facelib.catalog.redact import mentioned, redact
from facelib.clock import now
from facelib.errors import StoreError
from facelib.index.rewrite import Rewritten, rewrite
from facelib.store import commits, layout, published, snapshots
from facelib.store.mentions import Mentions
from facelib.store.objects import Store
from facelib.store.published import Publication, VectorTable
from facelib.store.snapshots import Redaction, Snapshot


@dataclass
class DerivedReport:
    """What was left out: rows of the current catalogue by table, vectors of the current tables, and which snapshots."""

    rows: Counter[str] = field(default_factory=Counter)
    vectors: int = 0
    snapshots: list[str] = field(default_factory=list)


def rewrite_derived(
    store: Store, takedown_id: str, videos: Sequence[str], mentions: Mentions, keep_lock: Callable[[], None]
) -> DerivedReport:
    """Rewrite everything that was published or has a name, and remove every older version of it.

    Args:
        store: held under the lock of publish.
        takedown_id: noted in the snapshots that lose something.
        videos: whose vectors go.
        mentions: the ids that no row may mention.
        keep_lock: called now and then.
    """
    return _Rewriter(store, takedown_id, videos, mentions, keep_lock).run()


def snapshots_with(store: Store, mentions: Mentions) -> tuple[str, ...]:
    """Names of the snapshots whose catalogue mentions one of the ids."""
    present = (snapshot for snapshot in snapshots.read_all(store) if store.exists(snapshot.catalog))
    return tuple(sorted(s.name for s in present if mentioned(store.path(s.catalog), mentions)))


class _Rewriter:
    def __init__(
        self, store: Store, takedown_id: str, videos: Sequence[str], mentions: Mentions, keep_lock: Callable[[], None]
    ) -> None:
        self._store, self._id, self._mentions, self._keep_lock = store, takedown_id, mentions, keep_lock
        self._videos = videos
        newest = published.newest(store)
        self._newest = newest if newest and store.exists(newest.catalog) else None
        self._number = newest.number + 1 if newest else 1
        self._snapshots = [s for s in snapshots.read_all(store) if store.exists(s.catalog)]
        self._name = f"{self._number:09d}-{uuid.uuid4().hex[:8]}"
        self._last_commit = ""
        self._moved: dict[tuple[str, str, int], Rewritten] = {}
        self._folders: dict[str, str] = {}
        self._catalogs: dict[str, tuple[str, Counter[str]]] = {}
        self._report = DerivedReport()

    def run(self) -> DerivedReport:
        names = [name.key for name in commits.all_names(self._store) if not self._mentions.in_text(name.key)]
        self._last_commit = names[-1] if names else ""
        self._index()
        current = self._current(self._newest) if self._newest else None
        for snapshot in self._snapshots:
            self._snapshot(snapshot)
        self._forget(current)
        return self._report

    def _index(self) -> None:
        """Write each LanceDB folder anew, with the versions that a publication or snapshot names."""
        wanted: dict[str, dict[str, dict[int, list[str]]]] = {}
        for holder in (self._newest, *self._snapshots):
            if holder is not None:
                for table in holder.vectors:
                    versions = wanted.setdefault(holder.index, {}).setdefault(table.name, {})
                    tags = versions.setdefault(table.version, [])
                    tags += [holder.tag] if isinstance(holder, Snapshot) else []
        for number, (folder, tables) in enumerate(sorted(wanted.items())):
            if not self._store.names(folder):
                continue
            new = layout.index(f"{self._name}-{number}")
            found = rewrite(
                self._store.vectors(folder), self._store.vectors(new), tables, self._videos, keep_lock=self._keep_lock
            )
            self._folders[folder] = new
            self._moved |= {(folder, name, version): moved for (name, version), moved in found.items()}

    def _current(self, before: Publication) -> Publication:
        key, removed = self._catalog(before.catalog, layout.catalog(self._name))
        vectors, gone = self._vectors(before.index, before.vectors)
        self._report.rows, self._report.vectors = removed, gone
        after = Publication(
            number=self._number,
            catalog=key,
            index=self._folders.get(before.index, before.index),
            last_commit=self._commit(before.last_commit),
            published=now().isoformat(),
            vectors=vectors,
            counts=_less(before.counts, removed),
        )
        self._keep_lock()
        if not published.write(self._store, after):
            raise _overtaken(f"publication {after.number}")
        return after

    def _snapshot(self, before: Snapshot) -> None:
        number = before.number + 1
        key, removed = self._catalog(before.catalog, layout.snapshot_catalog(before.name, number))
        vectors, gone = self._vectors(before.index, before.vectors)
        redacted = before.redacted
        if removed or gone:
            redacted = (*redacted, Redaction(self._id, now().isoformat()))
            self._report.snapshots.append(before.name)
        after = replace(
            before,
            number=number,
            catalog=key,
            index=self._folders.get(before.index, before.index),
            last_commit=self._commit(before.last_commit),
            vectors=vectors,
            counts=_less(before.counts, removed),
            seconds=_seconds(self._store, key),
            redacted=redacted,
            note="" if self._mentions.in_text(before.note) else before.note,
        )
        self._keep_lock()
        if not snapshots.write(self._store, after):
            raise _overtaken(f"version {after.number} of snapshot {after.name}")
        snapshots.forget_before(self._store, after)

    def _catalog(self, before: str, after: str) -> tuple[str, Counter[str]]:
        """Write a catalogue anew; one that shares its bytes with another is written once."""
        self._keep_lock()
        same = self._store.identity(before)
        if same in self._catalogs:
            written, removed = self._catalogs[same]
            self._store.remove(after)
            self._store.copy(written, after)
        else:
            with self._store.making(after) as path:
                removed = Counter(redact(self._store.local(before), path, self._mentions, self._keep_lock))
            self._catalogs[same] = (after, removed)
        return after, removed

    def _vectors(self, folder: str, tables: Sequence[VectorTable]) -> tuple[tuple[VectorTable, ...], int]:
        """The entries of vector tables in the new folder, and how many vectors are not in it."""
        if folder not in self._folders:
            return tuple(tables), 0
        moved = [self._moved[folder, table.name, table.version] for table in tables]
        after = [replace(t, version=m.version, rows=m.rows) for t, m in zip(tables, moved, strict=True)]
        return tuple(after), sum(m.removed for m in moved)

    def _commit(self, key: str) -> str:
        return self._last_commit if self._mentions.in_text(key) else key

    def _forget(self, current: Publication | None) -> None:
        """Remove every file of the catalogue and the index that nothing names now, and the pointers to them."""
        self._keep_lock()
        store = self._store
        for name in store.names(layout.CATALOG):
            if current is None or f"{layout.CATALOG}/{name}" != current.catalog:
                store.remove(f"{layout.CATALOG}/{name}")
        for name in store.names(layout.INDEX):
            if layout.index(name) not in self._folders.values():
                store.remove_tree(layout.index(name))
        for number in (int(name.removesuffix(".json")) for name in store.names(layout.PUBLISHED)):
            if current is None or number != current.number:
                store.remove(layout.published(number))


def _overtaken(what: str) -> StoreError:
    return StoreError(f"{what} was written by another process", hint="run the same takedown again", reason="locked")


def _less(counts: dict[str, int], removed: Counter[str]) -> dict[str, int]:
    return {table: rows - removed[table] for table, rows in counts.items()}


def _seconds(store: Store, catalog: str) -> float:
    import duckdb

    with duckdb.connect(str(store.local(catalog)), read_only=True) as connection:
        found = connection.execute("SELECT coalesce(sum(end_s - start_s), 0.0) FROM clips").fetchone()
    return round(float(found[0]), 3) if found else 0.0
