"""From yt-dlp's dictionaries to uploads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from facelib.ids import canonical_url, video_id
from facelib.sources.base import Upload, calendar_day, utc_day, whole_text
from facelib.sources.hosts import redacted

GENERIC = "generic"


def upload_of(entry: Mapping[str, Any], feed_url: str, downloader: Any) -> Upload | None:
    """The upload that one entry of a listing stands for; None where it has no address.

    A link of a feed to a site that yt-dlp knows gets that site's id, so that it is the same video in every channel.

    Args:
        entry: what yt-dlp gives for an upload, resolved or not.
        feed_url: relative addresses are relative to it.
        downloader: the YoutubeDL that listed it.
    """
    from yt_dlp.utils import smuggle_url, unsmuggle_url

    # A resolved file has its media address in `url`, which may expire; its page is in `webpage_url`.
    raw = entry.get("url") if entry.get("_type") in ("url", "url_transparent") else entry.get("webpage_url")
    address, smuggled = unsmuggle_url(str(raw or entry.get("url") or ""), {})
    if not address:
        return None
    address = whole_text(urljoin(feed_url, address))
    extra = {"guid": str(smuggled.pop("force_videoid"))} if smuggled.get("force_videoid") else {}
    extractor, key = _identity(entry, address, downloader)
    timestamp = seconds_of(entry.get("timestamp") or entry.get("release_timestamp"))
    return Upload(
        video_id=video_id(extractor, key),
        extractor=extractor,
        key=key,
        url=str(smuggle_url(address, smuggled)) if smuggled else address,
        title=str(entry.get("title") or ""),
        timestamp=timestamp,
        upload_day=_day(timestamp, entry.get("upload_date")),
        duration_s=seconds_of(entry.get("duration")),
        description=str(entry.get("description") or ""),
        licence=_text(entry.get("license")),
        uploader=_text(entry.get("uploader") or entry.get("channel")),
        thumbnail=_text(entry.get("thumbnail")),
        extra=extra,
    )


def resolved(upload: Upload, info: Mapping[str, Any]) -> Upload:
    """`upload` with what the full information adds. A day that the listing gave stays, so that it never changes."""
    timestamp = upload.timestamp if upload.timestamp is not None else seconds_of(info.get("timestamp"))
    description = str(info.get("description") or "")
    return replace(
        upload,
        title=upload.title or str(info.get("title") or ""),
        timestamp=timestamp,
        upload_day=upload.upload_day or _day(timestamp, info.get("upload_date")),
        duration_s=upload.duration_s if upload.duration_s is not None else seconds_of(info.get("duration")),
        # Flat listings cut descriptions short.
        description=max(upload.description, description, key=len),
        licence=upload.licence or _text(info.get("license")),
        uploader=upload.uploader or _text(info.get("uploader") or info.get("channel")),
        thumbnail=upload.thumbnail or _text(info.get("thumbnail")),
    )


_DROPPED = frozenset(
    {
        *(
            "manifest_url",
            "fragment_base_url",
            "fragments",
            "http_headers",
            "cookies",
            "hls_aes",
            "filepath",
            "filename",
        ),
        *("_filename", "downloader_options", "request_data", "extra_param_to_segment_url", "extra_param_to_key_url"),
        *("requested_downloads", "entries", "_version"),
    }
)


def information(info: Mapping[str, Any]) -> dict[str, Any]:
    """What yt-dlp knows of an upload as plain JSON, without what expires or must not be kept.

    That is media addresses, which are signed, headers, cookies, and paths of this machine; pages and pictures keep
    their address, without secrets in it.

    Example:
        >>> information({"id": "a", "formats": [{"format_id": "18", "url": "https://x/?sig=1", "http_headers": {}}]})
        {'id': 'a', 'formats': [{'format_id': '18'}]}
    """
    kept: dict[str, Any] = _plain({name: value for name, value in info.items() if name != "url"})
    return kept


def _plain(value: Any, media: bool = False) -> Any:
    if isinstance(value, Mapping):
        return {
            whole_text(str(name)): _plain(item, media or name in _MEDIA)
            for name, item in value.items()
            if name not in _DROPPED and not str(name).startswith("__") and not (media and name == "url")
        }
    if isinstance(value, list | tuple):
        return [_plain(item, media) for item in value]
    if isinstance(value, str):
        return redacted(whole_text(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int) else whole_text(str(value))


_MEDIA = frozenset({"formats", "requested_formats", "subtitles", "automatic_captions", "requested_subtitles"})


def seconds_of(value: object) -> float | None:
    """A time or duration in seconds, None where it is absent, negative or not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # 253402300800 is the first second after the year 9999, where calendars end.
    return float(value) if math.isfinite(value) and 0 <= value < 253402300800 else None


def _identity(entry: Mapping[str, Any], address: str, downloader: Any) -> tuple[str, str]:
    """The extractor in lower case and the key of an entry."""
    extractor = str(entry.get("ie_key") or entry.get("extractor_key") or "")
    identifier = entry.get("id")
    if not extractor:
        known = next((ie for ie in downloader._ies.values() if ie.suitable(address)), None)
        extractor = known.ie_key() if known else GENERIC
        identifier = known.get_temp_id(address) if known and extractor.lower() != GENERIC else None
    if extractor.lower() == GENERIC or not identifier:
        return GENERIC, canonical_url(address)
    return extractor.lower(), whole_text(str(identifier))


def _day(timestamp: float | None, upload_date: object) -> str | None:
    if timestamp is not None:
        return utc_day(timestamp)
    if isinstance(upload_date, str) and len(upload_date) == 8:
        return calendar_day(f"{upload_date[:4]}-{upload_date[4:6]}-{upload_date[6:]}")
    return None


def _text(value: object) -> str | None:
    return str(value) if value else None
