"""What people decided about a clip until now, the newest first: published or waiting for the next publish."""

import json
from dataclasses import dataclass
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.collection.newer_decisions import newer
from facelib.store.decisions import Anchor, Decision, attach
from facelib.store.objects import Store

_PLACES = "SELECT clip_id, video_id, start_s, end_s, face_x1, face_y1, face_x2, face_y2 FROM clips WHERE video_id = ?"


@dataclass(frozen=True)
class Told:
    """A decision.

    Args:
        kind: review, gold, undo, merge, …
        by: who decided.
        at: when, UTC, ISO 8601.
        value: its content.
        published: whether the publication has taken it in; else the next publish puts it in force.
    """

    kind: str
    by: str
    at: str
    value: dict[str, Any]
    published: bool

    @property
    def words(self) -> str:
        """Its content as a line.

        >>> Told("review", "ann", "", {"verdict": "drop", "reason": "blurred", "tags": ["hands"]}, True).words
        'drop · reason: blurred · tags: hands'
        """
        said = [str(self.value["verdict"])] if self.value.get("verdict") else []
        for name, content in self.value.items():
            if name in ("verdict", "clip_id", "event_id", "settles") or content in (None, "", []):
                continue
            text = ", ".join(map(str, content[:5])) if isinstance(content, list) else str(content)
            said.append(f"{name}: {text}")
        return " · ".join(said)


def decisions_of(store: Store, catalog: Catalog, clip: dict[str, Any]) -> list[Told]:
    """All that people decided about a clip, or about the whole of its video.

    Args:
        store: whose log of decisions is read.
        catalog: the publication.
        clip: columns as of ``Catalog.clips``.
    """
    rows = catalog.rows(
        "SELECT kind, decided_by, decided_at, value FROM decisions WHERE clip_id = ? "
        "OR (video_id = ? AND kind IN ('hide_video', 'release')) ORDER BY decided_at DESC LIMIT 100",
        [clip["clip_id"], clip["video_id"]],
    )
    told = [Told(row["kind"], row["decided_by"], row["decided_at"], json.loads(row["value"]), True) for row in rows]
    new = [event for event in newer(store, catalog) if event.anchor and event.anchor.video_id == clip["video_id"]]
    if new:
        places = [(str(row["clip_id"]), _anchor(row)) for row in catalog.rows(_PLACES, [clip["video_id"]])]
        told += [_told(event) for event in new if event.anchor and attach(event.anchor, places) == clip["clip_id"]]
    return sorted(told, key=lambda one: one.at, reverse=True)


def _told(event: Decision) -> Told:
    return Told(event.kind, event.by, event.at, event.value, published=False)


def _anchor(row: dict[str, Any]) -> Anchor:
    x1, y1, x2, y2 = (float(row[f"face_{edge}"] or 0.0) for edge in ("x1", "y1", "x2", "y2"))
    return Anchor(row["video_id"], float(row["start_s"]), float(row["end_s"]), (x1, y1, x2, y2))
