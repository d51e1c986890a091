"""Old copies of what is derived: catalogue files, index folders and versions of vector tables that nothing names."""

from collections.abc import Callable
from pathlib import Path

from facelib.index.manifest import UnknownLayout
from facelib.index.old_versions import clean_old
from facelib.maintenance.report import Freed
from facelib.publish import KEEP
from facelib.store import layout, published, snapshots
from facelib.store.objects import Store
from facelib.store.published import Publication

SIDE_FILES = (".wal", ".tmp")


def recent(store: Store) -> list[Publication]:
    """The publications whose files readers may have open, the newest last."""
    numbers = sorted(int(name.removesuffix(".json")) for name in store.names(layout.PUBLISHED))[-KEEP:]
    return [published.read(store, number) for number in numbers]


def catalogs(store: Store, *, dry_run: bool) -> Freed:
    """Remove catalogue files that none of the last publications names: publishers that died left them.

    The caller holds the lock of publish, or the file that is being written would go too.
    """
    freed = Freed("catalogues that are not published")
    named = {Path(publication.catalog).name for publication in recent(store)}
    for name in store.names(layout.CATALOG):
        if name.removesuffix(SIDE_FILES[0]) not in named:
            freed.add([max(0, store.size(f"{layout.CATALOG}/{name}"))])
            if not dry_run:
                store.remove(f"{layout.CATALOG}/{name}")
                store.remove_tree(f"{layout.CATALOG}/{name}")
    return freed


def indexes(store: Store, *, dry_run: bool) -> Freed:
    """Remove index folders that neither a recent publication nor a snapshot names, under the lock of publish."""
    freed = Freed("index folders that are not published")
    named = {one.index for one in recent(store)} | {one.index for one in snapshots.read_all(store)}
    for name in store.names(layout.INDEX):
        folder = layout.index(name)
        if folder not in named:
            freed.add([max(0, store.size(key)) for key in store.walk(folder)])
            if not dry_run:
                store.remove_tree(folder)
    return freed


def versions(store: Store, keep_lock: Callable[[], None], *, dry_run: bool) -> Freed:
    """Remove versions of vector tables that neither a recent publication nor a snapshot names, under the same lock."""
    freed = Freed("versions of vector tables that are not published")
    named: dict[str, dict[str, set[int]]] = {}
    for holder in [*recent(store), *(snapshot.as_publication() for snapshot in snapshots.read_all(store))]:
        for table in holder.vectors:
            named.setdefault(holder.index, {}).setdefault(table.name, set()).add(table.version)
    for folder, tables in named.items():
        if not store.names(folder):
            continue
        keep_lock()
        try:
            gone = clean_old(store, folder, tables, dry_run=dry_run)
        except UnknownLayout as error:
            freed.postponed = f"{folder}: {error}"
            continue
        for sizes in gone.values():
            if sizes:
                freed.add(sizes.values())
    return freed
