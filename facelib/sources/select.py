"""Which uploads are wanted: by length, height, licence, words, day, exclusion lists, and a sample of a given size."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from facelib.digests import digest_file
from facelib.errors import SourceError
from facelib.sources.base import Upload
from facelib.sources.entries import resolved, seconds_of
from facelib.sources.select_settings import SelectSettings as SelectSettings

_CLOSED = {
    "subscriber_only": "filtered_members_only",
    "premium_only": "filtered_premium_only",
    "private": "filtered_private",
}
_LIVE = {"is_live": "filtered_live", "post_live": "filtered_live", "is_upcoming": "filtered_upcoming"}


@dataclass(frozen=True)
class Rejection:
    """Why an upload is not wanted.

    Attributes:
        reason: stable code, `filtered_<what>`.
        measured: what the upload has, with its unit.
        wanted: what the settings ask for.
        final: whether only other settings can change it; False where time can, as for what is still live.
    """

    reason: str
    measured: str
    wanted: str
    final: bool = True

    def __str__(self) -> str:
        return f"{self.measured}, wanted: {self.wanted}"


def rejects(upload: Upload, info: Mapping[str, Any] | None, settings: SelectSettings) -> Rejection | None:
    """The first rule that an upload breaks, None where it is wanted.

    A value that is not known yet breaks no rule: ask again with `info`. With `info` at hand, a licence that is still
    unknown counts as unwanted where licences are asked for, unless `allow_unknown_licence` is set.

    Args:
        upload: as its channel lists it.
        info: yt-dlp's full information on it (height and formats in pixels, duration in seconds, license,
            live_status, availability), None before it was asked for; empty for files.
        settings: the rules.

    Raises:
        SourceError: a list file of `settings.exclude` cannot be read.

    Example:
        >>> talk = Upload(video_id="a", extractor="youtube", key="a", url="https://youtu.be/a", duration_s=12.0)
        >>> str(rejects(talk, None, SelectSettings(min_seconds=60)))
        '12 s, wanted: at least 60 s'
    """
    known = resolved(upload, info) if info else upload
    return next(_broken(known, info, settings), None)


def sampled(video_ids: Iterable[str], settings: SelectSettings) -> set[str]:
    """The `settings.sample` ids that come first in the order of `rank`; all of them where it is 0.

    The same seed draws the same sample from the same ids, in whatever order; of a list that grows, what was drawn
    stays drawn unless a new id ranks before it.
    """
    ids = set(video_ids)
    if not settings.sample or len(ids) <= settings.sample:
        return ids
    return set(sorted(ids, key=lambda video_id: rank(settings.seed, video_id))[: settings.sample])


def rank(seed: int, video_id: str) -> str:
    """A place in a random order that depends on the seed and the id alone: sha256 of both, 64 hex digits."""
    return hashlib.sha256(f"{seed}\0{video_id}".encode()).hexdigest()


def digest(settings: SelectSettings) -> str:
    """sha256 of the rules in force, 64 hex digits, with the contents of the exclusion lists instead of their paths."""
    document = settings.model_dump(mode="json")
    document["exclude"] = sorted(_content(path) for path in settings.exclude)
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _content(path: Path) -> str:
    try:
        return digest_file(path)
    except OSError as error:
        raise SourceError(
            f"cannot read the exclusion list {path}: {error.strerror}",
            hint="FACELIB_SELECT__EXCLUDE names it",
            reason="list_unreadable",
        ) from error


def _broken(upload: Upload, info: Mapping[str, Any] | None, settings: SelectSettings) -> Iterator[Rejection]:
    yield from _excluded(upload, settings)
    yield from _closed(upload, info or {}, settings)
    yield from _duration(upload, settings)
    yield from _height(info or {}, settings)
    yield from _licence(upload, info, settings)
    yield from _words(upload, info, settings)
    yield from _day(upload, settings)


def _excluded(upload: Upload, settings: SelectSettings) -> Iterator[Rejection]:
    if not settings.exclude:
        return
    from facelib.sources.exclusions import excluded_ids

    for path in settings.exclude:
        if upload.video_id in excluded_ids(path):
            yield Rejection("filtered_excluded", f"listed in {path}", "on no exclusion list")


def _closed(upload: Upload, info: Mapping[str, Any], settings: SelectSettings) -> Iterator[Rejection]:
    status = info.get("live_status") or upload.extra.get("live_status") or ("is_live" if info.get("is_live") else None)
    if status in _LIVE:
        yield Rejection(_LIVE[status], str(status), "a recording", final=False)
    availability = info.get("availability") or upload.extra.get("availability")
    if availability in _CLOSED and not settings.allow_closed:
        yield Rejection(_CLOSED[availability], str(availability), "open to everyone")


def _duration(upload: Upload, settings: SelectSettings) -> Iterator[Rejection]:
    seconds = upload.duration_s
    if seconds is None:
        return
    if seconds < settings.min_seconds:
        yield Rejection("filtered_duration", f"{seconds:g} s", f"at least {settings.min_seconds:g} s")
    if settings.max_seconds is not None and seconds > settings.max_seconds:
        yield Rejection("filtered_duration", f"{seconds:g} s", f"at most {settings.max_seconds:g} s")


def _height(info: Mapping[str, Any], settings: SelectSettings) -> Iterator[Rejection]:
    pictures = [part for part in info.get("formats") or () if part.get("vcodec") != "none"]
    heights = [height for part in [info, *pictures] if (height := seconds_of(part.get("height")))]
    if heights and max(heights) < settings.min_height:
        yield Rejection("filtered_height", f"{max(heights):g} px", f"at least {settings.min_height} px")


def _licence(upload: Upload, info: Mapping[str, Any] | None, settings: SelectSettings) -> Iterator[Rejection]:
    if not settings.licences:
        return
    wanted = " or ".join(settings.licences)
    if upload.licence is None:
        if info is not None and not settings.allow_unknown_licence:
            yield Rejection("filtered_licence", "no licence is named", wanted)
    elif not any(fnmatchcase(upload.licence.lower(), pattern.lower()) for pattern in settings.licences):
        yield Rejection("filtered_licence", upload.licence, wanted)


def _words(upload: Upload, info: Mapping[str, Any] | None, settings: SelectSettings) -> Iterator[Rejection]:
    if upload.title or info is not None:
        if not re.search(settings.title_pattern, upload.title, re.I):
            yield Rejection("filtered_title", repr(upload.title), f"a title with {settings.title_pattern!r}")
        if settings.not_title_pattern and re.search(settings.not_title_pattern, upload.title, re.I):
            yield Rejection("filtered_title", repr(upload.title), f"no title with {settings.not_title_pattern!r}")
    # Listings cut descriptions short, so that only the full information can tell what is not in one.
    if info is not None and not re.search(settings.description_pattern, upload.description, re.I):
        wanted = f"a description with {settings.description_pattern!r}"
        yield Rejection("filtered_description", f"{len(upload.description)} characters without it", wanted)


def _day(upload: Upload, settings: SelectSettings) -> Iterator[Rejection]:
    day = upload.upload_day
    if day is None:
        return
    if settings.first_day and day < settings.first_day:
        yield Rejection("filtered_day", day, f"{settings.first_day} or later")
    if settings.last_day and day > settings.last_day:
        yield Rejection("filtered_day", day, f"{settings.last_day} or earlier")
