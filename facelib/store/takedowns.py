"""Records of takedowns: what was asked, by whom, why, and what was removed. They hold no face data and no title."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from facelib.errors import StoreError
from facelib.store import documents, layout
from facelib.store.objects import Store

VIDEO, CHANNEL, PERSON = "video", "channel", "person"
KINDS = (VIDEO, CHANNEL, PERSON)


@dataclass(frozen=True)
class Takedown:
    """One takedown.

    Args:
        takedown_id: its name.
        kind: `video`, `channel` or `person`.
        target: id of the video, channel or person.
        videos: ids of the videos that go.
        aliases: further ids of a person, those that were merged with it.
        reason: as it was given.
        by: who decided.
        begun: when, UTC, ISO 8601.
        ended: when it was complete, UTC, ISO 8601; empty before.
        removed: how many files, rows and vectors went, by kind of thing.
        exports: folder, format and time of each export that held one of the videos.
        snapshots: names of the snapshots that something was taken out of.
    """

    takedown_id: str
    kind: str
    target: str
    videos: tuple[str, ...]
    aliases: tuple[str, ...]
    reason: str
    by: str
    begun: str
    ended: str = ""
    removed: dict[str, int] = field(default_factory=dict)
    exports: tuple[dict[str, str], ...] = ()
    snapshots: tuple[str, ...] = ()

    @property
    def needles(self) -> tuple[str, ...]:
        """The ids that nothing in the store may mention afterwards: ids of clips begin with those of their videos."""
        return tuple(sorted({*self.videos, self.target, *self.aliases}))

    @property
    def denied(self) -> tuple[str, ...]:
        """The ids that are held out: the videos, and a channel whose further uploads shall not come either."""
        return self.videos if self.kind == PERSON else self.needles


def begin(store: Store, takedown: Takedown) -> None:
    """Note what is to be removed, before anything is; what the note has already stays in it."""
    key = layout.takedown_begun(takedown.takedown_id)
    if not store.put(key, documents.encode(asdict(takedown))):
        rewrite(store, key, lambda noted: _grown(noted, takedown))


def _grown(noted: bytes, takedown: Takedown) -> bytes:
    document = documents.decode(noted)
    both = {name: sorted({*document[name], *getattr(takedown, name)}) for name in ("videos", "aliases")}
    return documents.encode(document | both)


def finish(store: Store, takedown: Takedown) -> None:
    """Write the audit record."""
    store.put(layout.takedown(takedown.takedown_id), documents.encode(asdict(takedown)))


def read(store: Store, takedown_id: str) -> Takedown:
    """A takedown by its id, complete or not. Raises StoreError when there is none."""
    for key in (layout.takedown(takedown_id), layout.takedown_begun(takedown_id)):
        if store.exists(key):
            document: dict[str, Any] = documents.decode(store.read(key))
            return Takedown(
                **document | {name: tuple(document[name]) for name in ("videos", "aliases", "exports", "snapshots")}
            )
    raise StoreError(
        f"there is no takedown {takedown_id!r}", hint="'facelib takedown list' shows all", reason="no_takedown"
    )


def read_all(store: Store) -> list[Takedown]:
    """All takedowns, the oldest first."""
    ids = {name.removesuffix(".json").removesuffix(".begun") for name in store.names(layout.TAKEDOWNS)}
    return sorted((read(store, takedown_id) for takedown_id in ids), key=lambda t: (t.begun, t.takedown_id))


def find(store: Store, kind: str, target: str) -> list[Takedown]:
    """The takedowns of one video, channel or person, the oldest first."""
    return [takedown for takedown in read_all(store) if (takedown.kind, takedown.target) == (kind, target)]


def rewrite(store: Store, key: str, change: Callable[[bytes], bytes | None]) -> bool:
    """Put other bytes in place of a file's, or remove it where ``change`` gives None; True when it was changed.

    Nothing but a takedown may do so. A reader sees the old bytes or the new ones.
    """
    before = store.read(key)
    after = change(before)
    if after == before:
        return False
    if after is None:
        store.remove(key)
        return True
    store.replace(key, after)
    return True
