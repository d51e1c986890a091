"""From the resources of the YouTube Data API to uploads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from facelib.ids import video_id
from facelib.sources.base import Upload, utc_day

EXTRACTOR = "youtube"
PARTS = "snippet,contentDetails,statistics,status,liveStreamingDetails"
"""The parts of a video that `upload_of` reads; a request costs the same with all of them."""

LICENCES = {"creativeCommon": "Creative Commons Attribution", "youtube": "Standard YouTube License"}
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_SECONDS = {"weeks": 604800, "days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_NOT_THERE = frozenset({"failed", "rejected", "deleted"})


def seconds_of_iso(text: object) -> float | None:
    """Seconds of an ISO 8601 duration of weeks, days and times; None where `text` is none.

    Example:
        >>> seconds_of_iso("PT1H2M3S")
        3723.0
    """
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None or not any(found.groupdict().values()):
        return None
    return float(sum(_SECONDS[unit] * float(number) for unit, number in found.groupdict().items() if number))


def is_recording(video: Mapping[str, Any]) -> bool:
    """Whether a video is a public or unlisted recording: not live, not upcoming, not private, not removed."""
    if _part(video, "snippet").get("liveBroadcastContent") in ("live", "upcoming"):
        return False
    status, live = _part(video, "status"), _part(video, "liveStreamingDetails")
    if status.get("privacyStatus") == "private" or status.get("uploadStatus") in _NOT_THERE:
        return False
    return not live or "actualEndTime" in live or _part(video, "snippet").get("liveBroadcastContent") == "none"


def is_hd(video: Mapping[str, Any]) -> bool:
    """Whether the largest frame of a video is at least 720 pixels high."""
    return _part(video, "contentDetails").get("definition") == "hd"


def upload_of(video: Mapping[str, Any], extra: Mapping[str, str]) -> Upload:
    """The upload that a resource of `videos.list` with `PARTS` stands for.

    Args:
        video: the resource.
        extra: what the listing adds, such as the playlist. `views`, `likes`, `definition`, `dimension`, `caption`
            (`true`: it has captions that its owner made), `category_id` and `uploader_id` come from the resource.
    """
    key = str(video["id"])
    snippet, details, statistics = (_part(video, name) for name in ("snippet", "contentDetails", "statistics"))
    licence = _part(video, "status").get("license")
    timestamp = _timestamp(snippet.get("publishedAt"))
    known = {
        "views": statistics.get("viewCount"),
        "likes": statistics.get("likeCount"),
        "definition": details.get("definition"),
        "dimension": details.get("dimension"),
        "caption": details.get("caption"),
        "category_id": snippet.get("categoryId"),
        "uploader_id": snippet.get("channelId"),
    }
    return Upload(
        video_id=video_id(EXTRACTOR, key),
        extractor=EXTRACTOR,
        key=key,
        url=f"https://www.youtube.com/watch?v={key}",
        title=str(snippet.get("title") or ""),
        timestamp=timestamp,
        upload_day=None if timestamp is None else utc_day(timestamp),
        # The API says 0 where it does not know.
        duration_s=seconds_of_iso(details.get("duration")) or None,
        description=str(snippet.get("description") or ""),
        licence=LICENCES.get(str(licence), str(licence)) if licence else None,
        uploader=snippet.get("channelTitle") or None,
        thumbnail=_largest(_part(snippet, "thumbnails")),
        extra={name: str(value) for name, value in known.items() if value is not None} | dict(extra),
    )


def _part(resource: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = resource.get(name)
    return part if isinstance(part, Mapping) else {}


def _timestamp(text: object) -> float | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _largest(thumbnails: Mapping[str, Any]) -> str | None:
    sized = [t for t in thumbnails.values() if isinstance(t, Mapping) and t.get("url")]
    return str(max(sized, key=lambda t: int(t.get("width") or 0))["url"]) if sized else None
