"""Download: fetch uploads that are known but not here, decide their day, take their digest."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from facelib.fetching.download_queue import STAGE as STAGE
from facelib.fetching.download_queue import waiting
from facelib.fetching.fetcher import MAX_ATTEMPTS as MAX_ATTEMPTS
from facelib.fetching.fetcher import Fetcher, Watch
from facelib.settings import Settings
from facelib.sources.hosts import PACER
from facelib.sources.turns import HostTurns, in_threads
from facelib.store import uploads
from facelib.store.download_log import DOWNLOADED, FILTERED, Attempt
from facelib.store.objects import Store


@dataclass
class DownloadReport:
    """What became of the uploads. ``days`` are to be processed.

    ``filtered`` were left out by the selection; ``postponed`` failed before and wait for their next try, their host
    wants a pause, or another run is fetching them.
    """

    downloaded: int = 0
    failed: int = 0
    quarantined: int = 0
    filtered: int = 0
    postponed: int = 0
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
    retry: bool = False,
    watch: Watch = lambda upload: lambda done, total: None,
    say: Callable[[str], None] = lambda text: None,
) -> DownloadReport:
    """Fetch what is missing, several at a time; an upload that fails never holds back the others.

    Args:
        store: where the bytes go.
        settings: for sources, and which uploads are wanted.
        day: only uploads of this UTC day, from the stored listings; None takes every upload, whatever its day.
        retry: try again at once what failed before in a way that may pass, without its growing wait.
        watch: gives a progress callback for each upload; called in the thread that fetches it.
        say: called with a line for each upload that failed; from any thread.

    Returns:
        Counts, and the days to be processed: those with uploads that wait, of this call or left behind by an earlier
        one. A named day counts when it has any upload, so that a backfill also computes again what has become stale.
    """
    found = waiting(store, settings, day, retry=retry)
    report = DownloadReport(filtered=found.filtered)
    turns = HostTurns(found.due, PACER, settings.download)
    fetcher = Fetcher(store, settings, turns, watch, say)
    for tried in in_threads(turns, fetcher.fetch, min(settings.download.workers, len(found.due))):
        if tried is not None:
            _count(report, *tried)
    report.postponed = found.postponed + len(turns.postponed)
    report.days = uploads.pending_days(store) if day is None else [day] * bool(uploads.videos_of(store, day))
    report.reasons = dict(sorted(report.reasons.items()))
    report.seconds = round(report.seconds, 3)
    return report


def _count(report: DownloadReport, attempt: Attempt, quarantined: bool) -> None:
    report.quarantined += quarantined
    if attempt.state == DOWNLOADED:
        report.downloaded += 1
        report.seconds += attempt.seconds
        report.size_bytes += attempt.received_bytes
    elif attempt.state == FILTERED:
        report.filtered += 1
    else:
        report.failed += 1
        report.reasons[attempt.reason] = report.reasons.get(attempt.reason, 0) + 1
