"""What the store knows of an upload before any stage runs: sightings, its day, its source revisions."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from facelib.clock import check_day, day_of, stamp
from facelib.errors import StoreError
from facelib.store import deny, documents, layout
from facelib.store.objects import Store


@dataclass(frozen=True)
class Revision:
    """One version of a source file.

    Args:
        number: 1 for the first download; later ones are made only on request.
        digest: sha256 of the file, 64 hex digits.
        size_bytes: its size.
        key: where its bytes lie in the store, or empty for a file that is read in place.
        path: where a file that is read in place lies, or empty.
        fetched: when, UTC, ISO 8601.
    """

    number: int
    digest: str
    size_bytes: int
    key: str
    path: str
    fetched: str

    def exists(self, store: Store) -> bool:
        """Whether the file is still there; it may have been let go since."""
        return store.exists(self.key) if self.key else Path(self.path).is_file()

    def local(self, store: Store) -> Path:
        """The file to read. Raises StoreError when it is not in the store any more."""
        return store.local(self.key) if self.key else Path(self.path)

    def place(self, store: Store) -> str:
        """Where the file is, for people."""
        return store.location(self.key) if self.key else self.path


def record_sighting(store: Store, video_id: str, upload: dict[str, Any], moment: datetime) -> bool:
    """Remember an upload at its first sighting. Returns True when it was not known before."""
    document = {**upload, "first_seen": moment.isoformat()}
    return store.put(layout.upload(video_id), documents.encode(document))


def read_upload(store: Store, video_id: str) -> dict[str, Any]:
    """The upload as first seen, overlaid by what the download learned."""
    upload: dict[str, Any] = documents.decode(store.read(layout.upload(video_id)))
    key = layout.resolved(video_id)
    if store.exists(key):
        upload |= documents.decode(store.read(key))
    return upload


def listed(store: Store, video_id: str) -> dict[str, str]:
    """What the list that an upload came from says of it, by column; empty where there is none, or nothing is kept."""
    try:
        return dict(read_upload(store, video_id).get("extra") or {})
    except StoreError:
        return {}


def resolve(store: Store, video_id: str, learned: dict[str, Any]) -> str:
    """Decide an upload's day, once and for all, and enter it in the list of that day.

    ``learned["upload_day"]`` is used when given; otherwise the day of the first sighting counts. A later call changes
    nothing and returns the day that was decided first.
    """
    known = read_upload(store, video_id)
    day = learned.get("upload_day") or known.get("upload_day") or day_of(datetime.fromisoformat(known["first_seen"]))
    store.put(layout.resolved(video_id), documents.encode({**learned, "upload_day": check_day(day)}))
    decided: str = documents.decode(store.read(layout.resolved(video_id)))["upload_day"]
    store.put(layout.day(decided, video_id), b"")
    return decided


def videos(store: Store) -> list[str]:
    """The ids of all uploads ever seen."""
    return store.names(layout.VIDEOS)


def days(store: Store) -> list[str]:
    """The days that have uploads, in order."""
    return store.names(layout.DAYS)


def videos_of(store: Store, day: str) -> list[str]:
    """The ids of the uploads of a day."""
    return store.names(f"{layout.DAYS}/{check_day(day)}")


def add_revision(store: Store, revision: Revision, video_id: str) -> Revision:
    """Record a revision; when another writer was first, that one is returned."""
    key = layout.revision(video_id, revision.number)
    store.put(key, documents.encode(asdict(revision)))
    return Revision(**documents.decode(store.read(key)))


def revision(store: Store, video_id: str, number: int = 1) -> Revision | None:
    """A revision of the source; by default the one in force, the first. None before the download."""
    key = layout.revision(video_id, number)
    return Revision(**documents.decode(store.read(key))) if store.exists(key) else None


def set_pending(store: Store, day: str, video_id: str) -> None:
    """Note that an upload waits to be processed, so that a run that dies in between is made up for."""
    store.put(layout.pending(day, video_id), b"")


def clear_pending(store: Store, day: str, video_id: str) -> None:
    """The upload's commit says all there is to say."""
    store.remove(layout.pending(day, video_id))


def pending_days(store: Store) -> list[str]:
    """Days that have uploads which wait to be processed; those on the deny list do not count."""
    denied = deny.denied(store)
    return [day for day in store.names(layout.PENDING) if set(store.names(f"{layout.PENDING}/{day}")) - denied]


def record_information(store: Store, video_id: str, information: dict[str, Any]) -> None:
    """Keep what the site says of an upload; what was kept first stays."""
    store.put(layout.information(video_id), documents.encode(information))


def record_listing(store: Store, channel: dict[str, Any], uploads: list[dict[str, Any]], moment: datetime) -> None:
    """Write one listing of one channel: which uploads it showed, and when."""
    channel_id = channel["channel_id"]
    document = {"channel": channel, "uploads": uploads, "listed": moment.isoformat()}
    key = layout.crawl(day_of(moment), moment, channel_id)
    store.put(key, documents.encode(document))
    store.put(layout.channel_listing(channel_id, moment), documents.encode({"crawl": key, "url": channel["url"]}))


def last_listing(store: Store, channel_id: str) -> str | None:
    """When a channel was last listed, as the stamp in its file name; None before the first time."""
    names = store.names(f"{layout.CHANNELS}/{channel_id}")
    return names[-1].removesuffix(".json") if names else None


def listed_since(store: Store, channel_id: str, moment: datetime) -> bool:
    """Whether a channel was listed at or after a time."""
    last = last_listing(store, channel_id)
    return last is not None and last >= stamp(moment)
