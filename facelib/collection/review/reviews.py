"""What people decide about clips: read from the catalogue and the log, written as events.

An event is seen by :func:`read` at once. The next publish attaches it to a clip by its anchor, and puts it in force.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.collection import newer_decisions
from facelib.curate.review_events import GOLD, KINDS, REVIEW, UNDO, VERDICTS, Event, ReviewEvents
from facelib.errors import SettingsError, StoreError
from facelib.store import decisions
from facelib.store.decisions import Anchor, Decision
from facelib.store.objects import Store

MAX_TEXT = 500
"""Characters of a reason."""
MAX_TAGS = 20
"""Tags of one review."""
MAX_TAG = 50
"""Characters of a tag."""

_PLACE = "SELECT clip_id, video_id, start_s, end_s, face_x1, face_y1, face_x2, face_y2 FROM clips"


def read(store: Store, catalog: Catalog) -> ReviewEvents:
    """Everything that people decided about clips until now."""
    return of_catalog(catalog).also(newer(store, catalog))


def of_catalog(catalog: Catalog) -> ReviewEvents:
    """What the publication has taken in; the same as long as the publication is."""
    rows = catalog.rows(f"{STORED} ORDER BY decided_at, event_id", [list(KINDS)])
    return ReviewEvents.of(event_of(row) for row in rows)


STORED = "SELECT * FROM decisions WHERE kind IN (SELECT unnest(?::VARCHAR[]))"


def event_of(row: dict[str, Any]) -> Event:
    """A row of ``decisions`` as an event."""
    about = {name: str(row[name]) for name in ("event_id", "kind", "clip_id", "video_id")}
    return Event(**about, by=row["decided_by"], at=row["decided_at"], value=json.loads(row["value"]))


def newer(store: Store, catalog: Catalog) -> list[Event]:
    """The events that the publication has not taken in, each attached to the clip that it fits."""
    found = [event for event in newer_decisions.newer(store, catalog) if event.kind in KINDS and event.anchor]
    return list(_attached(catalog, found))


def _attached(catalog: Catalog, events: Sequence[Decision]) -> Iterator[Event]:
    videos = {event.anchor.video_id for event in events if event.anchor}
    rows = catalog.rows(f"{_PLACE} WHERE video_id IN (SELECT unnest(?::VARCHAR[]))", [list(videos)]) if videos else []
    clips = [(str(row["clip_id"]), _anchor(row)) for row in rows]
    for event in events:
        if event.anchor:
            near = [clip for clip in clips if clip[1].video_id == event.anchor.video_id]
            clip_id = decisions.attach(event.anchor, near) or ""
            about = (event.event_id, event.kind, event.by, event.at, clip_id, event.anchor.video_id)
            yield Event(*about, value=event.value)


def judge(
    store: Store,
    catalog: Catalog,
    clip_id: str,
    verdict: str,
    by: str,
    *,
    reason: str = "",
    tags: Sequence[str] = (),
    settles: bool = False,
) -> Decision:
    """Write a review of a clip.

    Args:
        store: takes the event.
        catalog: the published collection.
        clip_id: the clip.
        verdict: ``keep`` or ``drop``.
        by: who decides.
        reason: why.
        tags: for finding it again; put in order, without doubles.
        settles: whether it ends a disagreement of reviewers.

    Raises:
        StoreError: there is no such clip in the published collection (``no_clip``).
        SettingsError: the verdict is another word (``bad_verdict``), or a text too long (``bad_review``).
    """
    value = {"verdict": _verdict(verdict), "reason": _text(reason, MAX_TEXT), "tags": _tags(tags), "settles": settles}
    return _decide(store, catalog, clip_id, REVIEW, value, by)


def set_gold(store: Store, catalog: Catalog, clip_id: str, verdict: str, by: str) -> Decision:
    """Say what the verdict on a clip has to be, so that reviewers can be measured by it; empty: not any more.

    Raises:
        StoreError: there is no such clip in the published collection (``no_clip``).
        SettingsError: the verdict is another word (``bad_verdict``).
    """
    return _decide(store, catalog, clip_id, GOLD, {"verdict": verdict and _verdict(verdict)}, by)


def undo(
    store: Store, catalog: Catalog, events: ReviewEvents, event_id: str, by: str, *, of_others: bool = False
) -> Decision:
    """Undo a review or a gold verdict; both events stay.

    Args:
        store: takes the event.
        catalog: the published collection.
        events: what was decided until now.
        event_id: of what is to be undone.
        by: who undoes it.
        of_others: whether what others decided may be undone too.

    Raises:
        StoreError: there is no such event (``no_event``), or it was undone already (``undone_already``).
        SettingsError: it is somebody else's (``not_yours``).
    """
    review = events.events.get(event_id)
    if review is None:
        hint = "'facelib review list' shows the ids"
        raise StoreError(f"there is no review {event_id}", hint=hint, reason="no_event")
    if review.undone_by:
        said = f"the review {event_id} was undone by {review.undone_by} already"
        raise StoreError(said, hint="judge the clip again to bring a verdict back", reason="undone_already")
    if review.by != by and not of_others:
        raise SettingsError(f"the review is one of {review.by}", hint="ask them, or an admin", reason="not_yours")
    rows = catalog.rows(f"{_PLACE} WHERE clip_id = ?", [review.clip_id])
    # The anchor tells a takedown which video it is about; what is undone is named by its id.
    anchor = _anchor(rows[0]) if rows else Anchor(review.video_id, 0.0, 0.0, (0.0, 0.0, 0.0, 0.0))
    decision = Decision(UNDO, by, {"event_id": event_id}, anchor)
    decisions.append(store, decision)
    return decision


def _decide(store: Store, catalog: Catalog, clip_id: str, kind: str, value: dict[str, Any], by: str) -> Decision:
    rows = catalog.rows(f"{_PLACE} WHERE clip_id = ?", [clip_id])
    if not rows:
        hint = "it was replaced, or taken down: look at another one"
        raise StoreError(f"there is no clip {clip_id} in the published collection", hint=hint, reason="no_clip")
    decision = Decision(kind, by, {"clip_id": clip_id, **value}, _anchor(rows[0]))
    decisions.append(store, decision)
    return decision


def _anchor(row: dict[str, Any]) -> Anchor:
    x1, y1, x2, y2 = (float(row[f"face_{edge}"] or 0.0) for edge in ("x1", "y1", "x2", "y2"))
    return Anchor(row["video_id"], float(row["start_s"]), float(row["end_s"]), (x1, y1, x2, y2))


def _verdict(verdict: str) -> str:
    if verdict not in VERDICTS:
        raise SettingsError(f"{verdict!r} is no verdict", hint=f"say {' or '.join(VERDICTS)}", reason="bad_verdict")
    return verdict


def _tags(tags: Sequence[str]) -> list[str]:
    found = sorted({_text(tag, MAX_TAG).replace(",", " ") for tag in tags} - {""})
    if len(found) > MAX_TAGS:
        raise SettingsError(f"{len(found)} tags", hint=f"at most {MAX_TAGS} for one clip", reason="bad_review")
    return found


def _text(text: str, most: int) -> str:
    text = " ".join(text.split())
    if len(text) > most or not text.isprintable():
        hint = f"at most {most} printable characters"
        raise SettingsError(f"{text[:most]!r} cannot be kept", hint=hint, reason="bad_review")
    return text
