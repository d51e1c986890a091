"""Why a clip is kept out of search and export: the decision in force about its video, and what it was taken from."""

import json
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.store.blocked_faces import BLOCKED
from facelib.store.source_checks import HIDE_VIDEO

_TOLD = ("clip_id", "distance", "takedown_id")


def hidden(catalog: Catalog, video_id: str) -> dict[str, Any]:
    """What hides a video in the publication; empty where it is shown.

    Args:
        catalog: the publication.
        video_id: the video.

    Returns:
        ``reason``, ``decided_by`` and ``decided_at``; where a face is like that of a person who was taken down also the
        clip that shows it (``clip_id``), its ``distance`` from the template that was kept, and the ``takedown_id``.
    """
    columns = "reason, decided_by, decided_at"
    rows = catalog.rows(f"SELECT {columns} FROM hidden_videos WHERE video_id = ?", [video_id])  # noqa: S608
    if not rows or rows[0]["reason"] != BLOCKED:
        return rows[0] if rows else {}
    events = catalog.rows(
        "SELECT value FROM decisions WHERE kind = ? AND decided_by = ? AND decided_at = ?",
        [HIDE_VIDEO, rows[0]["decided_by"], rows[0]["decided_at"]],
    )
    values = [value for event in events if (value := json.loads(event["value"]))["video_id"] == video_id]
    return rows[0] | {name: values[0][name] for name in _TOLD if values}
