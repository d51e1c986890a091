"""Files of vector tables that only old versions have: every publish leaves some, and a new search index many.

LanceDB's own cleaning removes every version before a point in time, or nothing where one of them is tagged. Here
single old versions stay, such as those of snapshots, whatever goes between them.
"""

from collections.abc import Collection, Mapping
from typing import Any

from facelib.index import manifest
from facelib.index.connect import connect
from facelib.index.manifest import Manifest, UnknownLayout
from facelib.store.objects import Store

Named = Mapping[str, Collection[int]]
"""By table, the versions that are to be kept."""


def clean_old(store: Store, folder: str, named: Named, *, dry_run: bool = False) -> dict[str, dict[str, int]]:
    """Remove the files that no kept version of some vector tables has.

    Kept are the versions named, those with a tag, and all since the newest one named: a publisher may have just made
    them. Before anything is removed, LanceDB is asked for the rows and indexes of each of them, which must be those
    that its manifest tells, and all their files must be there. The caller holds the lock of publish, except for a dry
    run.

    Args:
        store: the store.
        folder: key of a LanceDB folder.
        named: versions by table; other tables are left alone.
        dry_run: remove nothing.

    Returns:
        By table, the keys that went and their sizes in bytes.

    Raises:
        UnknownLayout: a table is not as it is expected to be; nothing of it was removed.
    """
    database, gone = connect(store.vectors(folder)), dict[str, dict[str, int]]()
    for name, versions in sorted(named.items()):
        root = f"{folder}/{name}.lance/"
        surplus = _surplus(store, root, database.open_table(name), versions)
        gone[name] = {root + file: max(0, store.size(root + file)) for file in surplus}
        for key in () if dry_run else gone[name]:
            store.remove(key)
    return gone


def _surplus(store: Store, root: str, table: Any, versions: Collection[int]) -> list[str]:
    """The files that can go, manifests first: a version that cannot be opened any more needs no files."""
    there = [key.removeprefix(root) for key in store.walk(root.rstrip("/"))]
    if any(name.startswith(("tree/", "_refs/branches/")) for name in there):
        raise UnknownLayout("the table has branches")
    known = {version for name in there if (version := manifest.version_of(name)) is not None}
    kept = set(versions) | {int(tag["version"]) for tag in table.tags.list().values()}
    kept |= {version for version in known if version >= max(versions or kept)} if kept else known
    if kept - known:
        raise UnknownLayout(f"the manifests of the versions {sorted(kept - known)} are not there")
    files, indexes = {manifest.name_of(version) for version in kept}, set[str]()
    for version in sorted(kept):
        one = _checked(table, version, store.read(root + manifest.name_of(version)))
        files |= one.files
        indexes |= one.indexes
    needed = {name for name in files if not name.startswith("_transactions/")}
    if missing := needed.difference(there):
        raise UnknownLayout(f"files are missing: {sorted(missing)[:3]}")
    surplus = [name for name in there if name not in files and _may_go(name, indexes)]
    return sorted(surplus, key=lambda name: manifest.version_of(name) is None)


def _checked(table: Any, version: int, data: bytes) -> Manifest:
    one = manifest.read(data)
    table.checkout(version)
    indexes = {str(index.index_uuid) for index in table.list_indices()}
    if (one.version, one.rows) != (version, table.count_rows()) or not indexes <= one.indexes:
        raise UnknownLayout(f"the manifest of version {version} does not say what LanceDB says")
    return one


def _may_go(name: str, indexes: Collection[str]) -> bool:
    """Whether a file that no kept version names is of a kind that is named by every version that has it."""
    kind, *rest = name.split("/")
    if kind == "_indices":
        return len(rest) > 1 and rest[0] not in indexes
    suffixes = {"data": (".lance",), "_deletions": (".arrow", ".bin"), "_transactions": (".txn",)}
    return (len(rest) == 1 and name.endswith(suffixes.get(kind, ()))) or manifest.version_of(name) is not None
