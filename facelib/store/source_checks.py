"""The log of looks at the sources of uploads, and which videos are hidden because of what they found."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from facelib.clock import day_of, now
from facelib.store import decisions, documents, layout, log
from facelib.store.decisions import Decision
from facelib.store.objects import Store

HIDE_VIDEO = "hide_video"
"""Kind of the decision that keeps the clips of a video out of search and export, or lets them in again."""


@dataclass(frozen=True)
class Seen:
    """One look at the source of one upload.

    Args:
        video_id: the upload.
        case: `there`, `gone`, `private`, `licence_changed`, `changed`, or the reason why nothing could be said.
        at: when, UTC, ISO 8601.
        before: what was known.
        now: what is there now, or what was said.
        answered: whether the source answered; a look without an answer says nothing of the upload.
    """

    video_id: str
    case: str
    at: str
    before: str = ""
    now: str = ""
    answered: bool = True


def record(store: Store, looks: Sequence[Seen]) -> None:
    """Append some looks as one entry of the log."""
    if looks:
        content = [asdict(seen) for seen in looks]
        moment = now()
        store.put(
            layout.source_check(day_of(moment), moment, documents.digest(content)), documents.encode({"looks": content})
        )


def history(store: Store) -> dict[str, list[Seen]]:
    """All looks that got an answer, by video, the oldest first, and at last one that got none if that is the newest."""
    found: dict[str, list[Seen]] = {}
    for key in log.entries(store, layout.SOURCE_CHECKS):
        for item in documents.decode(store.read(key))["looks"]:
            seen = Seen(**item)
            looks = found.setdefault(seen.video_id, [])
            if looks and not looks[-1].answered:
                looks.pop()
            looks.append(seen)
    return found


def hide(store: Store, video_id: str, reason: str, *, hidden: bool, by: str) -> None:
    """Keep the clips of a video out of search and export from the next publish on, or let them in again."""
    value = {"video_id": video_id, "hidden": hidden, "reason": reason}
    decisions.append(store, Decision(HIDE_VIDEO, by, value))


def hidden(events: Iterable[Decision]) -> dict[str, Decision]:
    """The videos that are hidden, each with the decision in force.

    >>> hidden([Decision(HIDE_VIDEO, "me", {"video_id": "a", "hidden": h, "reason": ""}) for h in (True, False)])
    {}
    """
    newest = {event.value["video_id"]: event for event in events if event.kind == HIDE_VIDEO}
    return {video_id: event for video_id, event in newest.items() if event.value["hidden"]}
