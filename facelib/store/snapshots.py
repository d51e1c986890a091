"""Snapshots: named versions of the collection that stay as they are, whatever is published after them.

A snapshot is ``snapshots/<name>/000.json`` with a copy of the catalogue beside it; the vectors are tagged versions of
the LanceDB tables. A takedown, which alone may change what a snapshot holds, writes the next number. A name is taken
for ever.
"""

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from facelib.errors import StoreError
from facelib.store import documents, layout
from facelib.store.objects import Store
from facelib.store.published import Publication, VectorTable

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Redaction:
    """A takedown that took something out of a snapshot: its id, and when, UTC, ISO 8601."""

    takedown_id: str
    at: str


@dataclass(frozen=True)
class Snapshot:
    """A named version of the collection.

    Args:
        name: what it is cited by.
        number: 0, then one more for each takedown that rewrote it.
        created: when it was made, UTC, ISO 8601.
        note: for a person to read.
        publication: number of the publication that it was made of.
        last_commit: key of the newest commit record in it; empty when there was none.
        catalog: key of its copy of the catalogue.
        index: key of the LanceDB folder.
        tag: what its versions of the LanceDB tables are tagged with.
        vectors: one entry a vector table, with the digest of the model.
        counts: rows of each catalogue table.
        seconds: length of all clips, s.
        redacted: the takedowns that took something out of it.
    """

    name: str
    number: int
    created: str
    note: str
    publication: int
    last_commit: str
    catalog: str
    index: str
    tag: str
    vectors: tuple[VectorTable, ...]
    counts: dict[str, int]
    seconds: float
    redacted: tuple[Redaction, ...] = field(default=())

    def as_publication(self) -> Publication:
        """What readers open it through."""
        return Publication(
            number=self.publication,
            catalog=self.catalog,
            index=self.index,
            last_commit=self.last_commit,
            published=self.created,
            vectors=self.vectors,
            counts=self.counts,
        )


def check_name(name: str) -> str:
    """Return ``name`` when a snapshot can have it; raise StoreError otherwise."""
    if NAME.fullmatch(name) and ".." not in name and not name.endswith("."):
        return name
    hint = "use up to 80 letters, digits, dots, dashes and underscores, the first one a letter or digit"
    raise StoreError(f"{name!r} cannot be the name of a snapshot", hint=hint, reason="bad_name")


def names(store: Store) -> list[str]:
    """The names of all snapshots."""
    return [name for name in store.names(layout.SNAPSHOTS) if _numbers(store, name)]


def read(store: Store, name: str) -> Snapshot:
    """A snapshot as it is now. Raises StoreError when there is none of that name."""
    numbers = _numbers(store, check_name(name))
    if not numbers:
        known = ", ".join(names(store)) or "there is none yet: 'facelib snapshot create NAME' makes one"
        raise StoreError(f"there is no snapshot {name!r}", hint=known, reason="no_snapshot")
    document: dict[str, Any] = documents.decode(store.read(layout.snapshot(name, numbers[-1])))
    document["vectors"] = tuple(VectorTable(**item) for item in document["vectors"])
    document["redacted"] = tuple(Redaction(**item) for item in document["redacted"])
    return Snapshot(**document)


def read_all(store: Store) -> list[Snapshot]:
    """All snapshots, the oldest first."""
    return sorted((read(store, name) for name in names(store)), key=lambda snapshot: (snapshot.created, snapshot.name))


def write(store: Store, snapshot: Snapshot) -> bool:
    """Write a snapshot's document; False when that number is taken."""
    return store.put(layout.snapshot(snapshot.name, snapshot.number), documents.encode(asdict(snapshot)))


def forget_before(store: Store, snapshot: Snapshot) -> None:
    """Remove what a snapshot was before a takedown rewrote it."""
    for number in range(snapshot.number):
        store.remove(layout.snapshot(snapshot.name, number))
        store.remove(layout.snapshot_catalog(snapshot.name, number))


def _numbers(store: Store, name: str) -> list[int]:
    found = store.names(f"{layout.SNAPSHOTS}/{name}")
    return sorted(int(file.removesuffix(".json")) for file in found if file.endswith(".json"))
