"""Hides videos that show a person who was taken down, where a template of the face was kept: see `FaceTemplate`.

Hidden, not removed: that two faces are alike is no proof, and a person decides. What was decided once about a video is
not decided again, so what somebody let in stays in, also after a rebuild.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from facelib.distances import distance
from facelib.errors import StoreError
from facelib.store import blocked_faces, decisions, source_checks
from facelib.store.blocked_faces import BLOCKED, FaceTemplate
from facelib.store.decisions import Decision
from facelib.store.objects import Store
from facelib.store.source_checks import HIDE_VIDEO

BY = "takedown_block"


class BlockedFaces:
    """Holds clips against the templates of a store.

    Args:
        store: its templates are read once, and it gets the decisions.
        takedown_id: only the templates of this takedown; None: all.

    Attributes:
        templates: that clips are held against.
        hidden: ids of the videos that were hidden.
    """

    def __init__(self, store: Store, takedown_id: str | None = None) -> None:
        self.templates = blocked_faces.read_all(store, takedown_id)
        self.hidden: list[str] = []
        self._store = store
        self._decided = set(blocked_faces.hidden_by(decisions.read_all(store))) if self.templates else set[str]()

    def meet(self, model: str, digest: str, clips: Sequence[Mapping[str, Any]]) -> None:
        """Hide the videos of clips that show one of the persons.

        Args:
            model: that made the vectors.
            digest: sha256 of its weights.
            clips: ``clip_id``, ``video_id`` and ``vector`` of each.
        """
        mine = [t for t in self.templates if (t.model, t.digest) == (model, digest)]
        if not mine or not clips:
            return
        vectors = np.array([clip["vector"] for clip in clips], np.float32)
        for template in mine:
            found = distance(vectors, np.array(template.vector, np.float32), template.metric).tolist()
            for clip, away in zip(clips, found, strict=True):
                if away < template.distance:
                    self._hide(clip, away, template)

    def _hide(self, clip: Mapping[str, Any], away: float, template: FaceTemplate) -> None:
        video_id = clip["video_id"]
        if video_id in self._decided:
            return
        value = {"video_id": video_id, "hidden": True, "reason": BLOCKED, "takedown_id": template.takedown_id}
        value |= {"clip_id": clip["clip_id"], "distance": round(away, 4)}
        decisions.append(self._store, Decision(HIDE_VIDEO, BY, value))
        self._decided.add(video_id)
        self.hidden.append(video_id)


def hidden(store: Store) -> list[dict[str, Any]]:
    """The videos that are hidden by a template: video, the clip that showed it, distance, takedown, day."""
    events = list(decisions.read_all(store))
    now = source_checks.hidden(events)
    return [
        {name: event.value[name] for name in ("video_id", "clip_id", "distance", "takedown_id")} | {"since": event.at}
        for video_id, event in sorted(blocked_faces.hidden_by(events).items())
        if video_id in now and now[video_id].value["reason"] == BLOCKED
    ]


def unblock(store: Store, takedown_id: str, by: str) -> list[str]:
    """Remove the templates of a takedown, and show again what they hid; returns the ids of these videos.

    Raises:
        StoreError: no template is kept for it (``no_template``).
    """
    mine = [row["video_id"] for row in hidden(store) if row["takedown_id"] == takedown_id]
    blocked_faces.remove(store, takedown_id)
    for video_id in mine:
        source_checks.hide(store, video_id, "the template was removed", hidden=False, by=by)
    return mine


def allow(store: Store, video_id: str, by: str) -> None:
    """Let a video in again from the next publish on, for good.

    Raises:
        StoreError: no template hides it (``not_blocked``).
    """
    if video_id not in {row["video_id"] for row in hidden(store)}:
        raise StoreError(
            f"no face template hides {video_id!r}", hint="'facelib takedown blocked' shows all", reason="not_blocked"
        )
    source_checks.hide(store, video_id, "not the person", hidden=False, by=by)
