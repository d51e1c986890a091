"""Decisions of people, as append-only events that survive a re-run of the pipeline.

A decision names the clip by an anchor in the source (video, seconds, box) rather than by its id, because a re-run with
other settings gives other ids. :func:`overlap` says how well a clip fits an anchor; the best clip with at least
``ATTACH`` gets the decision, and what finds none is listed, never dropped.
"""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from facelib.clock import day_of, now
from facelib.store import documents, layout, log
from facelib.store.objects import Store

ATTACH = 0.5
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Anchor:
    """Where in the source a decision is about.

    Args:
        video_id: the video.
        start_s: first second of the source.
        end_s: last second of the source, after ``start_s``.
        box: the face in the middle of that time, source pixels, ``x1 y1 x2 y2``.
    """

    video_id: str
    start_s: float
    end_s: float
    box: Box


@dataclass(frozen=True)
class Decision:
    """One event; ``value`` is its content.

    ``kind`` is one of review, gold, undo, release, merge, split, name, hide, hide_video, takedown.
    """

    kind: str
    by: str
    value: dict[str, Any]
    anchor: Anchor | None = None
    at: str = field(default_factory=lambda: now().isoformat())
    event_id: str = field(default_factory=lambda: uuid.uuid4().hex)


def append(store: Store, decision: Decision) -> str:
    """Write an event; returns its key."""
    moment = now()
    key = layout.decision(day_of(moment), moment, decision.event_id)
    store.put(key, documents.encode(asdict(decision)))
    return key


def read_all(store: Store) -> Iterator[Decision]:
    """All events in order of time."""
    for key in log.entries(store, layout.DECISIONS):
        yield decode(store.read(key))


def decode(content: bytes) -> Decision:
    """An event from its file."""
    document = documents.decode(content)
    anchor = document.pop("anchor")
    if anchor:
        anchor = Anchor(anchor["video_id"], anchor["start_s"], anchor["end_s"], tuple(anchor["box"]))
    return Decision(**document, anchor=anchor)


def overlap(a: Anchor, b: Anchor) -> float:
    """Temporal overlap × box overlap of two anchors, each an intersection over union in 0..1.

    >>> a = Anchor("v", 0.0, 4.0, (0.0, 0.0, 10.0, 10.0))
    >>> overlap(a, Anchor("v", 2.0, 4.0, (0.0, 0.0, 10.0, 10.0)))
    0.5
    """
    if a.video_id != b.video_id:
        return 0.0
    shared = max(0.0, min(a.end_s, b.end_s) - max(a.start_s, b.start_s))
    spanned = max(a.end_s, b.end_s) - min(a.start_s, b.start_s)
    return (shared / spanned if spanned > 0 else 0.0) * _box_iou(a.box, b.box)


def attach(anchor: Anchor, clips: Iterable[tuple[str, Anchor]]) -> str | None:
    """The id of the clip that fits an anchor best, or None when none reaches ``ATTACH``."""
    score, clip = max(((overlap(anchor, other), clip) for clip, other in clips), default=(0.0, None))
    return clip if score >= ATTACH else None


def _box_iou(a: Box, b: Box) -> float:
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    inside = width * height
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inside
    return inside / union if union > 0 else 0.0
