"""What became of each upload, straight from the store: it needs nothing that was published."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.errors import SettingsError
from facelib.fetching.download_queue import STAGE
from facelib.store import deny, download_log, published, quarantine, uploads
from facelib.store.objects import Store

STATES = (download_log.DOWNLOADED, download_log.WAITING, download_log.FAILED, download_log.FILTERED)
COLUMNS = (
    *("video_id", "downloaded", "failed", "path", "num_clips", "state", "reason", "message", "title", "url"),
    *("size_bytes", "height", "wanted_height", "codec", "seconds", "attempts", "last_try"),
)


def table(store: Store, state: str | None = None) -> Iterator[dict[str, Any]]:
    """One row for each upload that is known and not denied, by video id, with `COLUMNS`.

    `num_clips` counts published clips, None where nothing of the video was published.

    Args:
        store: where the downloads are recorded.
        state: only rows of this state.

    Raises:
        SettingsError: there is no such state.
    """
    if state is not None and state not in STATES:
        raise SettingsError(f"there is no state {state!r}", hint=f"one of {', '.join(STATES)}", reason="no_state")
    denied = deny.denied(store)
    held = {entry.video_id for entry in quarantine.active(store) if entry.stage == STAGE}
    clips = _clips(store)
    for video_id in uploads.videos(store):
        if video_id in denied:
            continue
        row = download_log.row(store, video_id, quarantined=video_id in held)
        if state in (None, row["state"]):
            upload = uploads.read_upload(store, video_id)
            row |= {
                "downloaded": row["state"] == download_log.DOWNLOADED,
                "failed": row["state"] == download_log.FAILED,
            }
            row |= {"title": upload.get("title"), "url": upload.get("url"), "num_clips": clips.get(video_id)}
            yield {name: row[name] for name in COLUMNS}


def write_csv(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows of `table` as CSV with a header, UTF-8.

    Raises:
        SettingsError: the file cannot be written.
    """
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise SettingsError(f"cannot write {path}: {error.strerror}", reason="unwritable") from error


def _clips(store: Store) -> dict[str, int]:
    """Published clips by video."""
    if published.newest(store) is None:
        return {}
    with Catalog(store) as catalog:
        counted = catalog.rows(
            "SELECT v.video_id, count(c.clip_id) AS clips FROM videos v LEFT JOIN clips c USING (video_id) GROUP BY 1"
        )
    return {row["video_id"]: row["clips"] for row in counted}
