"""Which uploads are to be fetched now, and which wait: for their time, for a person, or because nobody wants them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from facelib.clock import now
from facelib.settings import Settings
from facelib.sources import select
from facelib.sources.base import Upload
from facelib.sources.hosts import server_of
from facelib.sources.retries import wait_after
from facelib.store import deny, documents, download_log, layout, quarantine, uploads
from facelib.store.download_log import Attempt
from facelib.store.objects import Store

STAGE = "download"


@dataclass
class Waiting:
    """The uploads that are known but not here.

    Attributes:
        due: id and server of those to be fetched now.
        filtered: how many the selection leaves out.
        postponed: how many failed and wait for their next try.
    """

    due: list[tuple[str, str]] = field(default_factory=list)
    filtered: int = 0
    postponed: int = 0


def waiting(store: Store, settings: Settings, day: str | None = None, *, retry: bool = False) -> Waiting:
    """Uploads that are known but not here; those that are denied or in quarantine do not count.

    Args:
        store: where they are known.
        settings: the selection, and how long a failure waits.
        day: only uploads of this UTC day.
        retry: do not wait after a failure that may pass.
    """
    found, moment, rules = Waiting(), now(), _Rules(store, settings)
    denied = deny.denied(store)
    for video_id in uploads.videos(store):
        if video_id in denied or uploads.revision(store, video_id) is not None:
            continue
        upload = Upload.from_dict(uploads.read_upload(store, video_id))
        if (day is not None and upload.upload_day != day) or in_quarantine(store, upload):
            continue
        tries = download_log.attempts(store, video_id)
        if not rules.wants(upload, tries):
            found.filtered += 1
        elif retry or _is_due(store, settings, upload, tries, moment):
            found.due.append((video_id, server_of(upload.url)))
        else:
            found.postponed += 1
    return found


def in_quarantine(store: Store, upload: Upload) -> bool:
    """Whether an upload's download waits for a person."""
    return quarantine.find(store, upload.video_id, STAGE, fingerprint(upload)) is not None


def fingerprint(upload: Upload) -> str:
    """What a download's quarantine is about: another address is tried again by itself."""
    return documents.digest({"url": upload.url, "stage": STAGE})[:32]


class _Rules:
    """The selection, as far as the listing tells, with what earlier tries learned."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._select = store, settings.select
        self._digest = select.digest(settings.select)
        self._sample = self._drawn() if settings.select.sample else None

    def wants(self, upload: Upload, tries: list[Attempt]) -> bool:
        if self._sample is not None and upload.video_id not in self._sample:
            return False
        return self._passes(upload, tries)

    def _passes(self, upload: Upload, tries: list[Attempt]) -> bool:
        if tries and tries[-1].state == download_log.FILTERED and tries[-1].selection == self._digest:
            return False
        # A file has no page that could tell more.
        info: Mapping[str, Any] | None = {} if upload.extractor == "file" else None
        rejection = select.rejects(upload, info, self._select)
        # What the first listing told of a live one may have passed; the fetch tells.
        return rejection is None or not rejection.final

    def _drawn(self) -> set[str]:
        """The sample of all uploads that pass, here or not, so that it stays the same while they come."""
        denied, passing = deny.denied(self._store), []
        for video_id in uploads.videos(self._store):
            upload = Upload.from_dict(uploads.read_upload(self._store, video_id))
            if video_id not in denied and self._passes(upload, download_log.attempts(self._store, video_id)):
                passing.append(video_id)
        return select.sampled(passing, self._select)


def _is_due(store: Store, settings: Settings, upload: Upload, tries: list[Attempt], moment: datetime) -> bool:
    failed = [attempt for attempt in tries if attempt.state == download_log.FAILED]
    if not tries or tries[-1].state != download_log.FAILED:
        return True
    if store.names(layout.quarantine(upload.video_id, STAGE, fingerprint(upload))):
        return True  # a person released it
    last = tries[-1]
    wait = wait_after(last.reason, len(failed), settings.download.retry_hours, last.retry_after_s)
    return moment >= datetime.fromisoformat(last.ended) + timedelta(seconds=wait)
