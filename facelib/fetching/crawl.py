"""Crawl: list channels into the store, so that every upload is known from its first sighting on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice

from facelib.clock import now
from facelib.errors import FacelibError, SourceError
from facelib.fetching import search_turns
from facelib.machine_faults import is_machine_fault
from facelib.settings import Settings
from facelib.sources.base import Source, Upload, whole_text
from facelib.sources.hosts import redacted
from facelib.sources.kinds import open_source
from facelib.sources.list_report import Reports
from facelib.sources.select import rejects
from facelib.store import deny, uploads
from facelib.store.objects import Store

Say = Callable[[str], None]


@dataclass
class CrawlReport:
    """What a crawl saw.

    ``filtered`` counts, by reason, the uploads that the listing alone shows to be unwanted: they are known from now on,
    and not fetched. ``bad_lines`` counts the lines of lists that were left out. ``failed`` maps a channel to what was
    wrong with it; channels that differ in their secrets alone are numbered.
    """

    channels: int = 0
    listed: int = 0
    seen: int = 0
    new: int = 0
    denied: int = 0
    filtered: dict[str, int] = field(default_factory=dict)
    bad_lines: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Plain values."""
        return asdict(self)


def crawl(
    store: Store, settings: Settings, channels: Iterable[str], *, force: bool = False, say: Say = lambda text: None
) -> CrawlReport:
    """List each channel and remember the uploads that were not known.

    A channel that cannot be listed is noted in the report and does not hold back the others.

    Args:
        store: where listings go.
        settings: for sources, which uploads are wanted, and how often a channel may be listed.
        channels: what ``facelib.sources.kinds.open_source`` opens.
        force: list a channel even if it was listed less than ``crawl.min_hours`` ago.
        say: called with a line for each channel, and for each line of a list that was left out. Neither it nor the
            report has the secrets of a channel's address.
    """
    report = CrawlReport()
    for url in channels:
        report.channels += 1
        try:
            _crawl_one(store, settings, url, force, report, say)
        except Exception as error:
            if is_machine_fault(error) or (isinstance(error, FacelibError) and not isinstance(error, SourceError)):
                raise
            said = str(error) if isinstance(error, SourceError) else f"{type(error).__name__}: {error}"
            name, why = redacted(whole_text(url)), redacted(whole_text(said))
            alike = sum(1 for failed in report.failed if failed == name or failed.startswith(f"{name} ("))
            report.failed[f"{name} ({alike + 1})" if alike else name] = why
            say(f"{name}: {why}" if url.strip() else why)
    return report


def meant(named: Sequence[str] | None, configured: Sequence[str]) -> list[str]:
    """The channels to crawl, each once: those that were named, or all that are configured where none was.

    A name that reads like a configured address without its secrets stands for that one.

    Example:
        >>> meant(["https://example.org/a?token=***"], ["https://example.org/a?token=abc", "https://example.org/b"])
        ['https://example.org/a?token=abc']
    """
    if not named:
        return list(configured)
    found = ([one for one in configured if redacted(one) == name] or [name] for name in named)
    return list(dict.fromkeys(chain.from_iterable(found)))


def _crawl_one(store: Store, settings: Settings, url: str, force: bool, report: CrawlReport, say: Say) -> None:
    source = open_source(url, settings.download, settings.crawl.search())
    if deny.is_denied(store, source.channel_id):
        say(f"{redacted(url)}: was taken down and is not listed")
        return
    moment = now()
    if not force and uploads.listed_since(store, source.channel_id, moment - timedelta(hours=settings.crawl.min_hours)):
        say(f"{redacted(url)}: listed less than {settings.crawl.min_hours:g} h ago")
        return
    listed: list[Upload] = []
    if isinstance(source, search_turns.TakesTurns):
        source.last_searched = search_turns.read(store, source.channel_id)
    try:
        _list(source, settings.crawl.max_uploads, listed, report, say)
    except SourceError as error:
        if not listed:
            _note_turns(store, source, moment)
            raise
        # What came before the error is known; the channel is not listed, so the next crawl asks for all of it again.
        _remember(store, settings, source, listed, moment, report)
        kept = f"{error.message}; the {len(listed)} uploads listed before are kept"
        raise SourceError(kept, hint=error.hint, reason=error.reason) from error
    shown, new = _remember(store, settings, source, listed, moment, report)
    title = whole_text(source.title)
    channel = {"channel_id": source.channel_id, "url": source.url, "title": title, "kind": source.kind}
    uploads.record_listing(store, channel, [{"video_id": u.video_id, "title": u.title} for u in shown], moment)
    report.listed += 1
    say(f"{redacted(url)}: {len(listed)} {'upload' if len(listed) == 1 else 'uploads'}, {new} new")


def _remember(
    store: Store, settings: Settings, source: Source, listed: list[Upload], moment: datetime, report: CrawlReport
) -> tuple[list[Upload], int]:
    """Record the sighting of each upload that is not denied; these uploads, and how many of them are new."""
    new = 0
    shown = [upload for upload in listed if not deny.is_denied(store, upload.video_id)]
    for upload in shown:
        document = {**upload.to_dict(), "channel_url": source.url}
        new += uploads.record_sighting(store, upload.video_id, document, moment)
        rejection = rejects(upload, None, settings.select)
        if rejection is not None:
            report.filtered[rejection.reason] = report.filtered.get(rejection.reason, 0) + 1
    report.denied += len(listed) - len(shown)
    report.seen += len(listed)
    report.new += new
    _note_turns(store, source, moment)
    return shown, new


def _note_turns(store: Store, source: Source, moment: datetime) -> None:
    if isinstance(source, search_turns.TakesTurns):
        search_turns.record(store, source.channel_id, source, moment)


def _list(source: Source, limit: int, listed: list[Upload], report: CrawlReport, say: Say) -> None:
    """Add the uploads of a source to a list, the first ``limit`` where it is not 0; tell the lines that it left out."""
    try:
        for upload in islice(source.list_uploads(), limit or None):
            listed.append(upload)
    finally:
        bad = source.bad_lines if isinstance(source, Reports) else ()
        report.bad_lines += len(bad)
        for line in bad:
            say(f"{source.title}, {line}")
