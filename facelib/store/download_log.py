"""The log of downloads: one document for each try, successful or not, and what they say of an upload together."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from facelib.clock import day_of, parse_stamp
from facelib.store import documents, layout, uploads
from facelib.store.objects import Store
from facelib.store.uploads import Revision

DOWNLOADED, WAITING, FAILED, FILTERED = "downloaded", "waiting", "failed", "filtered"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try to download an upload.

    Attributes:
        state: `downloaded`, `failed`, or `filtered` where the selection left it out.
        ended: UTC, ISO 8601; a try takes the `seconds` before it.
        seconds: wall time, without `wait_s`.
        wait_s: seconds for which its host was made to wait before.
        host: the server that it was fetched from, empty for a file.
        received_bytes: what came, complete or not.
        reason: stable code where it did not succeed.
        message: for a person to read.
        wanted_height: the frame height that was asked for, pixels; got is `height`.
        codec: of the pictures, as the site names it.
        format_id: the site's name of the chosen format, two with a `+` between.
        counts: whether it brings the upload nearer to quarantine.
        retry_after_s: pause that the host asked for.
        selection: digest of the selection that left it out.
        notes: what went wrong without holding it back.
    """

    state: str
    ended: str
    seconds: float = 0.0
    wait_s: float = 0.0
    host: str = ""
    received_bytes: int = 0
    reason: str = ""
    message: str = ""
    wanted_height: int | None = None
    height: int | None = None
    width: int | None = None
    codec: str | None = None
    format_id: str | None = None
    counts: bool = True
    retry_after_s: float = 0.0
    selection: str = ""
    captions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def record(store: Store, video_id: str, attempt: Attempt) -> None:
    """Write one try, and enter it in the log that publish reads."""
    moment = datetime.fromisoformat(attempt.ended)
    store.put(layout.attempt(video_id, moment), documents.encode(asdict(attempt)))
    store.put(layout.download_entry(day_of(moment), moment, video_id), b"")


def attempts(store: Store, video_id: str) -> list[Attempt]:
    """Every try for an upload, the oldest first."""
    return list(_read(store, video_id))


def _read(store: Store, video_id: str) -> Iterator[Attempt]:
    known = {f.name for f in fields(Attempt)}
    folder = layout.attempts(video_id)
    for name in store.names(folder):
        ended = parse_stamp(name.removesuffix(".json")).isoformat()
        document = {"state": FAILED, "ended": ended} | documents.decode(store.read(f"{folder}/{name}"))
        chosen: dict[str, Any] = {key: value for key, value in document.items() if key in known}
        chosen |= {key: tuple(chosen.get(key) or ()) for key in ("captions", "notes")}
        yield Attempt(**chosen)


def failures(tries: list[Attempt]) -> list[Attempt]:
    """The tries that count against an upload."""
    return [attempt for attempt in tries if attempt.state == FAILED and attempt.counts]


def row(store: Store, video_id: str, *, quarantined: bool = False) -> dict[str, Any]:
    """What the log says of one upload, as a row of the catalogue's table `downloads`.

    Its `state` is `downloaded` where a revision of the file is recorded, else `failed` where it is in quarantine, else
    `filtered` where the selection left it out at the last try, else `waiting`.
    """
    tries, revision = attempts(store, video_id), uploads.revision(store, video_id)
    last = tries[-1] if tries else None
    state = _state(revision, last, quarantined)
    told = next((t for t in reversed(tries) if t.state == DOWNLOADED), last) if revision else last
    wrong = last if last and state != DOWNLOADED else None
    return {
        "video_id": video_id,
        "state": state,
        "path": (revision.key or revision.path) if revision else "",
        "size_bytes": revision.size_bytes if revision else None,
        "height": told.height if told else None,
        "wanted_height": told.wanted_height if told else None,
        "codec": told.codec if told else None,
        "seconds": told.seconds if told else None,
        "attempts": len(tries),
        "reason": wrong.reason if wrong else "",
        "message": wrong.message if wrong else "",
        "last_try": last.ended if last else (revision.fetched if revision else ""),
    }


def _state(revision: Revision | None, last: Attempt | None, quarantined: bool) -> str:
    if revision is not None:
        return DOWNLOADED
    if quarantined:
        return FAILED
    return FILTERED if last is not None and last.state == FILTERED else WAITING
