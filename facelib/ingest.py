"""The whole path in one process: what the DAGs do in many, for a laptop, a notebook or a test."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from facelib.collection.state.summary import summary
from facelib.fetching.crawl import crawl
from facelib.fetching.download import download
from facelib.planning import finish, plan
from facelib.publish import PublishReport, publish
from facelib.settings import Settings
from facelib.shards import Watch, run_shards
from facelib.store import layout, quarantine, uploads
from facelib.store.objects import Store


def ingest(
    settings: Settings,
    channels: Iterable[str],
    *,
    force: bool = True,
    watch: Watch = lambda stage, total, video_id, outcome: None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Crawl channels, process what is new, publish.

    Args:
        settings: store, models, parameters.
        channels: URLs or folders.
        force: list channels even if they were listed a short time ago.
        watch: progress.
        say: called with a line for each problem, and for each plan that holds videos which have work left.

    Returns:
        Counts: uploads seen, new, downloaded; lines of lists that were left out (``bad_lines``); downloads that failed,
        by reason; shards; the counts of the published tables; and of the whole collection, videos by stage that a stage
        was not computed for, and those in quarantine by reason.

    Example:
        >>> from facelib.ingest import ingest  # doctest: +SKIP
        >>> from facelib.settings import Settings  # doctest: +SKIP
        >>> ingest(Settings(store="data/store"), ["~/Videos"])["counts"]["clips"]  # doctest: +SKIP
        12
    """
    store = settings.open_store()
    crawled = crawl(store, settings, channels, force=force, say=say)
    got = download(store, settings, say=say)
    made = plan(store, settings, uploads.days(store))
    for line in made.held_lines():
        say(line)
    try:
        run_shards(settings, made.shards, watch=watch, say=say)
    finally:
        finish(store, made.plan_id)
    report = _publish(store, settings)
    return {
        "seen": crawled.seen,
        "new": crawled.new,
        "failed_channels": crawled.failed,
        "bad_lines": crawled.bad_lines,
        "downloaded": got.downloaded,
        "failed_downloads": got.reasons,
        "shards": len(made.shards),
        "published": report.number if report else 0,
        "changed": report.changed if report else False,
        "counts": report.counts if report else {},
        "not_computed": summary(store)["not_computed_by_stage"] if report else {},
        "quarantine": Counter(entry.reason for entry in quarantine.active(store)),
    }


def _publish(store: Store, settings: Settings) -> PublishReport | None:
    """Publish, unless nothing was ever listed: an empty collection would look like one that was searched in vain."""
    if not store.names(layout.CRAWLS) and not store.names(layout.COMMITS):
        return None
    return publish(store, settings=settings.curate)
