"""Download: fetch uploads that are known but not here, decide their day, take their digest."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from facelib.clock import now
from facelib.digests import digest_file
from facelib.errors import FacelibError, SettingsError
from facelib.settings import Settings
from facelib.sources.base import Downloaded, DownloadError, Progress, Upload, open_source
from facelib.store import deny, documents, layout, quarantine, uploads
from facelib.store.objects import Store
from facelib.store.uploads import Revision

STAGE = "download"
MAX_ATTEMPTS = 5
"""A download that fails this often in a way that may pass goes to quarantine."""

Watch = Callable[[Upload], Progress]


@dataclass
class DownloadReport:
    """What became of the uploads. ``days`` are to be processed."""

    downloaded: int = 0
    failed: int = 0
    quarantined: int = 0
    seconds: float = 0.0
    size_bytes: int = 0
    days: list[str] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def download(
    store: Store,
    settings: Settings,
    *,
    day: str | None = None,
    watch: Watch = lambda upload: lambda done, total: None,
    say: Callable[[str], None] = lambda text: None,
) -> DownloadReport:
    """Fetch what is missing; an upload that fails never holds back the others.

    Args:
        store: where the bytes go.
        settings: for sources.
        day: only uploads of this UTC day, from the stored listings; None takes every upload, whatever its day.
        watch: gives a progress callback for each upload.
        say: called with a line for each upload that failed.

    Returns:
        Counts, and the days to be processed: those with uploads that wait, of this call or left behind by an earlier
        one. A named day counts when it has any upload, so that a backfill also computes again what has become stale.
    """
    report = DownloadReport()
    for upload in waiting(store, day):
        try:
            seconds, size = _fetch(store, settings, upload, watch(upload))
        except SettingsError:
            raise
        except FacelibError as error:
            _note_failure(store, upload, error, report)
            say(f"{upload.title or upload.url}: {error}")
            continue
        report.downloaded += 1
        report.seconds += seconds
        report.size_bytes += size
    report.days = uploads.pending_days(store) if day is None else [day] * bool(uploads.videos_of(store, day))
    report.seconds = round(report.seconds, 3)
    return report


def waiting(store: Store, day: str | None) -> Iterator[Upload]:
    """Uploads that are known but not here: not denied, not downloaded, not in quarantine."""
    denied = deny.denied(store)
    for video_id in uploads.videos(store):
        if video_id in denied or uploads.revision(store, video_id) is not None:
            continue
        upload = Upload.from_dict(uploads.read_upload(store, video_id))
        if day is not None and upload.upload_day != day:
            continue
        if quarantine.find(store, video_id, STAGE, _fingerprint(upload)) is None:
            yield upload


def _fetch(store: Store, settings: Settings, upload: Upload, progress: Progress) -> tuple[float, int]:
    channel_url = uploads.read_upload(store, upload.video_id)["channel_url"]
    source = open_source(channel_url, settings.download)
    folder = settings.work_dir / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    got = source.download(upload, folder, progress)
    digest = digest_file(got.path)
    size = got.path.stat().st_size
    key = "" if got.in_place else layout.raw(upload.video_id, digest, got.path.suffix)
    day = uploads.resolve(store, upload.video_id, _learned(got))
    if key:
        store.put_file(key, got.path, move=True)
    path = str(got.path.resolve()) if got.in_place else ""
    uploads.set_pending(store, day, upload.video_id)
    uploads.add_revision(store, Revision(1, digest, size, key, path, now().isoformat()), upload.video_id)
    return got.seconds, size


def _learned(got: Downloaded) -> dict[str, Any]:
    names = ("upload_day", "timestamp", "duration_s", "licence", "uploader", "title", "description")
    known = {name: getattr(got.upload, name) for name in names}
    return {name: value for name, value in known.items() if value not in (None, "")} | {"info": got.info}


def _note_failure(store: Store, upload: Upload, error: FacelibError, report: DownloadReport) -> None:
    report.failed += 1
    report.reasons[error.reason] = report.reasons.get(error.reason, 0) + 1
    if isinstance(error, DownloadError) and error.retryable:
        tries = uploads.record_attempt(store, upload.video_id, error.reason, str(error), now())
        if tries < MAX_ATTEMPTS:
            return
    day = uploads.resolve(store, upload.video_id, {"upload_day": upload.upload_day} if upload.upload_day else {})
    uploads.set_pending(store, day, upload.video_id)
    quarantine.enter(
        store,
        upload.video_id,
        STAGE,
        _fingerprint(upload),
        error=type(error).__name__,
        reason=error.reason,
        message=str(error),
    )
    report.quarantined += 1


def _fingerprint(upload: Upload) -> str:
    return documents.digest({"url": upload.url, "stage": STAGE})[:32]
