"""Fetching one upload with yt-dlp, so that a file under its final name is always complete."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from facelib.errors import SettingsError
from facelib.sources.attempts import with_retries
from facelib.sources.base import Downloaded, DownloadError, Progress, Upload
from facelib.sources.checked import open_ytdlp
from facelib.sources.entries import information, resolved, seconds_of
from facelib.sources.failures import HINTS, too_large
from facelib.sources.hosts import HostPolicy, redacted
from facelib.sources.resume import ResumeValidators
from facelib.sources.sniff import HEAD_BYTES, container_of
from facelib.sources.transfer import Filtered, Transfer
from facelib.sources.ytdlp import DownloadSettings, format_order, language_patterns, options

LIVE = frozenset({"is_live", "is_upcoming", "post_live"})
_KEPT = (
    *("id", "display_id", "extractor_key", "title", "webpage_url", "upload_date", "timestamp", "duration", "license"),
    *("uploader", "uploader_id", "channel", "channel_id", "language", "categories", "tags", "availability"),
    *("format_id", "ext", "width", "height", "fps", "vcodec", "acodec", "asr", "tbr", "vbr", "abr", "dynamic_range"),
    *("view_count", "like_count", "age_limit", "was_live"),
)
_FRESH = frozenset({"not_media", "too_large", "too_long", "unsupported", "gone"})
_CAPTIONS = ("vtt", "srt", "json3")
"""Caption formats that can be searched later, the best first."""


def fetch(
    upload: Upload, folder: Path, settings: DownloadSettings, policy: HostPolicy, progress: Progress | None = None
) -> Downloaded:
    """Fetch `upload` to `folder/<video_id>.<ext>`.

    What has come so far lies in `folder/<video_id>.partial/`, from which a later call goes on; it is moved to its final
    name when its size and first bytes are right. Captions lie beside it as `<video_id>.<language>.<ext>`, those that
    the site made by itself as `<video_id>.<language>.auto.<ext>`.

    Args:
        upload: what to fetch.
        folder: where to.
        settings: how.
        policy: which hosts may be asked.
        progress: called with the bytes so far; a `Transfer` also decides on the full information and learns it.

    Raises:
        DownloadError: see `facelib.sources.failures.HINTS` for the reasons.
        Filtered: the transfer's check left it out.
    """
    transfer = progress if isinstance(progress, Transfer) else Transfer(upload, progress)
    if settings.cookiefile and not settings.cookiefile.is_file():
        raise SettingsError(f"no such cookie file: {settings.cookiefile}", hint="FACELIB_DOWNLOAD__COOKIEFILE names it")
    policy.check(upload.url)
    _check_limits(upload, settings, {"duration": upload.duration_s})
    started = time.monotonic()
    partial = folder / f"{upload.video_id}.partial"
    try:
        partial.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DownloadError(f"cannot make {partial}: {error.strerror}", reason="local_io") from error
    try:
        info = with_retries(lambda: _transfer(upload, partial, settings, policy, transfer), upload.url, settings)
        media = _checked(info, upload, settings)
        return _settle(media, info, upload, partial, folder, started)
    except DownloadError as error:
        # What a later call must not go on from.
        if isinstance(error, Filtered) or error.reason in _FRESH:
            shutil.rmtree(partial, ignore_errors=True)
        raise
    except OSError as error:
        message = f"cannot keep {redacted(upload.url)}: {error.strerror}"
        raise DownloadError(message, hint=HINTS["local_io"], reason="local_io") from error


def _transfer(
    upload: Upload, partial: Path, settings: DownloadSettings, policy: HostPolicy, transfer: Transfer
) -> dict[str, Any]:
    """One try: yt-dlp's information on the upload, whose file then lies in `partial`."""
    languages = language_patterns(settings.caption_languages)
    parameters = options(
        settings,
        format_sort=format_order(settings, transfer.wanted_height),
        # The format is part of the name, so that one format is never continued with another. `%` starts a field.
        outtmpl={"default": str(partial).replace("%", "%%") + "/media.%(format_id)s.%(ext)s"},
        progress_hooks=[_Meter(upload, settings, transfer)],
        match_filter=_filter(upload, settings, transfer),
        writesubtitles=bool(languages),
        writeautomaticsub=bool(languages) and settings.automatic_captions,
        subtitleslangs=languages,
        subtitlesformat="/".join((*_CAPTIONS, "best")),
        # A page that turns out to be a list is not fetched as a whole.
        extract_flat="in_playlist",
        playlist_items="0",
    )
    with open_ytdlp(
        parameters, policy, ResumeValidators(partial / "validators.json"), settings.max_bytes
    ) as downloader:
        info = downloader.extract_info(upload.url, download=True)
        if not info or not info.get("requested_downloads"):
            what = "is a list of videos, not one" if info and "entries" in info else "gave no file"
            raise DownloadError(f"{redacted(upload.url)} {what}", hint=HINTS["unsupported"], reason="unsupported")
        clean: dict[str, Any] = downloader.sanitize_info(info)
        failures = downloader.caption_failures
        transfer.notes = [f"captions {language}: {said}" for language, said in sorted(failures.items())]
        transfer.information = information(clean)
        return clean


class _Meter:
    """Adds up the bytes of all parts of one upload, and stops it where it grows too large."""

    def __init__(self, upload: Upload, settings: DownloadSettings, progress: Progress) -> None:
        self._upload, self._limit, self._progress = upload, settings.max_bytes, progress
        self._done: dict[str, int] = {}
        self._total: dict[str, int | None] = {}

    def __call__(self, state: dict[str, Any]) -> None:
        part_info = state.get("info_dict") or {}
        if "vcodec" not in part_info and "formats" not in part_info:
            return  # captions
        part = str(state.get("filename"))
        total = state.get("total_bytes")
        self._total[part] = int(total) if total else None
        self._done[part] = int(state.get("downloaded_bytes") or total or 0)
        done, known = sum(self._done.values()), sum(size or 0 for size in self._total.values())
        if max(done, known) > self._limit:
            raise too_large(self._upload.url, max(done, known), self._limit)
        self._progress(done, None if None in self._total.values() else known)


def _filter(upload: Upload, settings: DownloadSettings, transfer: Transfer) -> Callable[..., None]:
    """yt-dlp's filter: raises where the upload is not to be fetched by what the site says of it."""

    def check(info: dict[str, Any], incomplete: object = False) -> None:
        _check_limits(upload, settings, info)
        if not incomplete:
            transfer.information = information(info)
            transfer.check(info)

    return check


def _check_limits(upload: Upload, settings: DownloadSettings, info: Mapping[str, Any]) -> None:
    """Raises where the upload is live, too long or too large."""
    where = redacted(upload.url)
    if info.get("live_status") in LIVE or info.get("is_live"):
        raise DownloadError(f"{where} is live", hint=HINTS["live"], reason="live")
    duration = seconds_of(info.get("duration"))
    if duration is not None and duration > settings.max_seconds:
        message = f"{where} lasts {duration:.0f} s, more than {settings.max_seconds:.0f} s"
        raise DownloadError(message, hint=HINTS["too_long"], reason="too_long")
    sizes = [part.get("filesize") or 0 for part in info.get("requested_formats") or [info]]
    if sum(sizes) > settings.max_bytes:
        raise too_large(upload.url, sum(sizes), settings.max_bytes)


def _checked(info: dict[str, Any], upload: Upload, settings: DownloadSettings) -> Path:
    """The downloaded file, once it is known to be a media file of a size that is allowed."""
    media = Path(info["requested_downloads"][0]["filepath"])
    size = media.stat().st_size if media.is_file() else 0
    if size > settings.max_bytes:
        raise too_large(upload.url, size, settings.max_bytes)
    head = b""
    if size:
        with media.open("rb") as file:
            head = file.read(HEAD_BYTES)
    if container_of(head) is None:
        what = f"gave {size} bytes that are no media file" if size else "gave an empty file"
        raise DownloadError(f"{redacted(upload.url)} {what}", hint=HINTS["not_media"], reason="not_media")
    return media


def _settle(
    media: Path, info: dict[str, Any], upload: Upload, partial: Path, folder: Path, started: float
) -> Downloaded:
    """Move the file and its captions to their final names, the media file last, and let the rest go."""
    with media.open("rb") as file:
        found = container_of(file.read(HEAD_BYTES))
    extension = media.suffix.lstrip(".").lower()
    if re.fullmatch(r"[a-z0-9]{2,5}", extension) is None:  # `unknown_video` where the address had none
        extension = found or "bin"
    captions = []
    for language, caption in sorted((info.get("requested_subtitles") or {}).items()):
        source = Path(caption.get("filepath") or "")
        if source.is_file():
            name = re.sub(r"[^A-Za-z0-9-]+", "-", str(language))
            name += "" if language in (info.get("subtitles") or {}) else ".auto"
            captions.append(source.replace(folder / f"{upload.video_id}.{name}{source.suffix}"))
    path = media.replace(folder / f"{upload.video_id}.{extension}")
    shutil.rmtree(partial, ignore_errors=True)
    kept = information({name: info[name] for name in _KEPT if info.get(name) is not None})
    return Downloaded(
        path=path,
        upload=resolved(upload, info),
        info=kept,
        captions=tuple(captions),
        seconds=time.monotonic() - started,
    )
