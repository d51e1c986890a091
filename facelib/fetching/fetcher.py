"""Fetching one upload into the store: its bytes, captions and information, and the record of the try."""

import signal
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from facelib.clock import day_of, now
from facelib.digests import digest_file
from facelib.errors import FacelibError, SettingsError, StoreError
from facelib.fetching.download_queue import STAGE, fingerprint
from facelib.file_lock import held_alone
from facelib.machine_faults import is_machine_fault
from facelib.settings import Settings
from facelib.sources import select
from facelib.sources.base import Downloaded, DownloadError, Progress, Upload, whole_text
from facelib.sources.failures import HINTS, HostBusy, classify
from facelib.sources.hosts import PACER
from facelib.sources.kinds import open_source
from facelib.sources.retries import RETRIES
from facelib.sources.transfer import Filtered, Transfer
from facelib.sources.turns import HostTurns, Turn
from facelib.stopping import Stopped
from facelib.store import captions, deny, download_log, layout, quarantine, uploads
from facelib.store.download_log import DOWNLOADED, FAILED, FILTERED, Attempt
from facelib.store.objects import Store
from facelib.store.uploads import Revision
from facelib.store.video_files import remove_scratch, withdraw

MAX_ATTEMPTS = 5
"""A download that fails this often in a way that may pass goes to quarantine."""

Watch = Callable[[Upload], Progress]


class Fetcher:
    """Fetches uploads one by one, in any number of threads, and writes down what became of each.

    Args:
        store: where the bytes and the log go.
        settings: for sources, and which uploads are wanted.
        turns: says who is next; once it is stopped, what is under way ends at its next bytes.
        watch: gives a progress callback for each upload.
        say: called with a line for each upload that failed.
    """

    def __init__(
        self, store: Store, settings: Settings, turns: HostTurns, watch: Watch, say: Callable[[str], None]
    ) -> None:
        self._store, self._settings, self._turns, self._watch, self._say = store, settings, turns, watch, say
        self._selection = select.digest(settings.select)
        self._folder = settings.work_dir / "downloads"

    def fetch(self, turn: Turn) -> tuple[Attempt, bool] | None:
        """The try for one upload, and whether it is in quarantine now.

        None where another run is at it or has it, or where it was taken down.

        Whatever goes wrong with an upload is written down for it alone, so that it ends no other.

        Raises:
            SettingsError: a setting is wrong for every upload.
            Exception: see `is_machine_fault`.
        """
        if deny.is_denied(self._store, turn.video_id):
            return None
        try:
            outcome = self._fetch(turn)
        except StoreError:
            if not deny.is_denied(self._store, turn.video_id):
                raise
            outcome = None
        if deny.is_denied(self._store, turn.video_id):  # it was taken down meanwhile
            withdraw(self._store, turn.video_id)
            remove_scratch(self._folder.parent, [turn.video_id])
            return None
        return outcome

    def _fetch(self, turn: Turn) -> tuple[Attempt, bool] | None:
        upload = Upload.from_dict(uploads.read_upload(self._store, turn.video_id))
        transfer = Transfer(upload, self._progress(upload), lambda info: self._check(upload, info))
        started = time.monotonic()
        try:
            # What came so far lies in one place a video, where two runs would mix their bytes.
            with held_alone(self._folder / f"{upload.video_id}.lock") as mine:
                if not mine:
                    self._turns.postponed.append(upload.video_id)
                    return None
                if uploads.revision(self._store, upload.video_id) is not None:
                    return None
                got = self._download(upload, transfer)
                if deny.is_denied(self._store, upload.video_id):
                    return None
                received, kept = self._keep(upload, got, transfer)
        except SettingsError:
            raise
        except Exception as error:
            if is_machine_fault(error):
                raise
            return self._failed(upload, turn, transfer, started, _known(error, upload))
        PACER.succeeded(turn.server)
        attempt = self._attempt(turn, transfer, started, state=DOWNLOADED, received_bytes=received, captions=kept)
        download_log.record(self._store, upload.video_id, attempt)
        return attempt, False

    def _failed(
        self, upload: Upload, turn: Turn, transfer: Transfer, started: float, error: FacelibError
    ) -> tuple[Attempt, bool]:
        attempt = self._attempt(turn, transfer, started, **self._why(error, turn))
        download_log.record(self._store, upload.video_id, attempt)
        self._say(f"{upload.title or upload.url}: {whole_text(str(error))}")
        return attempt, attempt.state == FAILED and self._quarantine(upload, error)

    def _progress(self, upload: Upload) -> Progress:
        inner = self._watch(upload)

        def progress(done: int, total: int | None) -> None:
            if self._turns.stopped:
                raise Stopped(signal.SIGINT)
            inner(done, total)

        return progress

    def _check(self, upload: Upload, info: Mapping[str, Any]) -> None:
        rejection = select.rejects(upload, info, self._settings.select)
        if rejection is None:
            return
        message = f"{upload.title or upload.url} is left out: {rejection}"
        if not rejection.final:
            raise DownloadError(message, hint=HINTS["live"], reason="live")
        raise Filtered(message, reason=rejection.reason)

    def _download(self, upload: Upload, transfer: Transfer) -> Downloaded:
        channel_url = uploads.read_upload(self._store, upload.video_id)["channel_url"]
        source = open_source(channel_url, self._settings.download, self._settings.crawl.search())
        return source.download(upload, self._folder, transfer)

    def _keep(self, upload: Upload, got: Downloaded, transfer: Transfer) -> tuple[int, tuple[str, ...]]:
        """Bring the file into the store, the record of its revision last; its size and the names of its captions."""
        store, video_id = self._store, upload.video_id
        try:
            digest, size = digest_file(got.path), got.path.stat().st_size
            key = "" if got.in_place else layout.raw(video_id, digest, got.path.suffix)
            day = self._day(upload, _learned(got, transfer))
            if transfer.information:
                uploads.record_information(store, video_id, transfer.information)
            kept = tuple(captions.keep(store, video_id, file) for file in got.captions)
            if key:
                store.put_file(key, got.path, move=True)
        except OSError as error:
            message = f"cannot keep {upload.url}: {error.strerror}"
            raise DownloadError(message, hint=HINTS["local_io"], reason="local_io") from error
        path = str(got.path.resolve()) if got.in_place else ""
        uploads.set_pending(store, day, video_id)
        uploads.add_revision(store, Revision(1, digest, size, key, path, now().isoformat()), video_id)
        return size, kept

    def _why(self, error: FacelibError, turn: Turn) -> dict[str, Any]:
        """What a failure adds to the record of the try."""
        said: dict[str, Any] = {"state": FAILED, "reason": error.reason, "message": whole_text(str(error))}
        if isinstance(error, Filtered):
            return said | {"state": FILTERED, "selection": self._selection}
        if isinstance(error, HostBusy):
            pause = PACER.pause(turn.server, self._settings.download.host_pause_s, error.retry_after_s)
            self._say(f"{turn.server}: {error.reason}, nothing is fetched from it for {pause:.0f} s")
            said |= {"retry_after_s": error.retry_after_s}
        rule = RETRIES.get(error.reason)
        return said | {"counts": rule is None or rule.counts}

    def _attempt(self, turn: Turn, transfer: Transfer, started: float, **further: Any) -> Attempt:
        info = transfer.information
        codec = info.get("vcodec")
        values: dict[str, Any] = {
            "ended": now().isoformat(),
            "seconds": round(time.monotonic() - started, 3),
            "wait_s": round(turn.wait_s, 3),
            "host": turn.server,
            "received_bytes": transfer.received,
            "wanted_height": transfer.wanted_height,
            "height": info.get("height"),
            "width": info.get("width"),
            "codec": codec if codec != "none" else None,
            "format_id": info.get("format_id"),
            "notes": tuple(transfer.notes),
        }
        return Attempt(**values | further)

    def _quarantine(self, upload: Upload, error: FacelibError) -> bool:
        """Put an upload in quarantine unless a later run may try it again."""
        failed = download_log.failures(download_log.attempts(self._store, upload.video_id))
        if isinstance(error, DownloadError) and error.retryable and len(failed) < MAX_ATTEMPTS:
            return False
        day = self._day(upload, {})
        uploads.set_pending(self._store, day, upload.video_id)
        quarantine.enter(
            self._store,
            upload.video_id,
            STAGE,
            fingerprint(upload),
            error=type(error).__name__,
            reason=error.reason,
            message=whole_text(str(error)),
        )
        return True

    def _day(self, upload: Upload, learned: dict[str, Any]) -> str:
        """Decide an upload's day; one that the listing gave and no calendar has counts as none."""
        first_seen = datetime.fromisoformat(uploads.read_upload(self._store, upload.video_id)["first_seen"])
        day = learned.get("upload_day") or upload.upload_day or day_of(first_seen)
        return uploads.resolve(self._store, upload.video_id, learned | {"upload_day": day})


def _known(error: Exception, upload: Upload) -> FacelibError:
    """An error of an upload as one that its record can hold."""
    if isinstance(error, FacelibError):
        return error
    if isinstance(error, OSError):
        return classify(error, upload.url)
    message = f"cannot fetch {upload.url}: {type(error).__name__}: {error}"
    return DownloadError(message, hint="release it once the cause is mended", reason="exception")


def _learned(got: Downloaded, transfer: Transfer) -> dict[str, Any]:
    names = ("upload_day", "timestamp", "duration_s", "licence", "uploader", "title", "description")
    known = {name: getattr(got.upload, name) for name in names}
    info = got.info | ({"wanted_height": transfer.wanted_height} if transfer.wanted_height else {})
    return {name: value for name, value in known.items() if value not in (None, "")} | {"info": info}
