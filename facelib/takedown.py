"""Takedown: the one thing that deletes. What a video, a channel or a person left in the store goes, for good.

The deny list comes first, so that nothing that is still running brings back what goes. Every step can be done again: a
takedown that died is completed by the same command. A person's takedown takes every video that shows the person whole,
because a frame, the sound, a caption or a duplicate elsewhere in it may show the person too.
"""

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from facelib.catalog.reader import Catalog
from facelib.clock import now, stamp
from facelib.curate.person_events import PersonEvents
from facelib.errors import StoreError
from facelib.snapshots import publication
from facelib.store import (
    commits,
    decisions,
    deny,
    documents,
    exports_log,
    layout,
    leases,
    published,
    snapshots,
    takedowns,
)
from facelib.store import uploads as known_uploads
from facelib.store.exports_log import NotedExport
from facelib.store.mentions import Mentions
from facelib.store.objects import Store
from facelib.store.published import Publication
from facelib.store.takedowns import CHANNEL, KINDS, PERSON, VIDEO, Takedown
from facelib.takedown_derived import rewrite_derived
from facelib.takedown_files import in_place, remove_known, remove_scratch, remove_trees, sweep

WAIT_S = 900.0
"""How long a takedown waits for a publish that is under way, s."""


@dataclass(frozen=True)
class TakedownReport:
    """What a takedown did, or would do.

    Args:
        takedown: its record; not in the store for one that was only tried.
        files_in_place: files that were read where they lie: they are left, and somebody has to see to them.
        exports: those that held one of the videos.
        complete: whether everything was removed.
    """

    takedown: Takedown
    files_in_place: list[str]
    exports: list[NotedExport]
    complete: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        shown = [{"folder": e.folder, "format": e.format, "at": e.at} for e in self.exports]
        mine = {"files_in_place": self.files_in_place, "exports": shown, "complete": self.complete}
        return asdict(self.takedown) | mine


def takedown(
    store: Store,
    kind: str,
    target: str,
    reason: str,
    *,
    by: str = "cli",
    dry_run: bool = False,
    also: Sequence[str] = (),
    work_dir: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> TakedownReport:
    """Remove a video, a channel with every upload that it showed, or a person with every video that shows it.

    Args:
        store: where from.
        kind: `video`, `channel` or `person`.
        target: its id.
        reason: kept in the audit record.
        by: who decided; kept too.
        dry_run: only say what would go.
        also: ids of further videos that go with it.
        work_dir: scratch folder of this machine, where downloads may have been begun.
        say: called with a line for each step.

    Returns:
        What was done. Run again, it changes nothing and says the same, unless something was left.

    Raises:
        StoreError: the id is not known (nothing is changed), or another process publishes for too long.
    """
    if kind not in KINDS:
        raise StoreError(f"{kind!r} cannot be taken down", hint=f"one of {', '.join(KINDS)}", reason="bad_kind")
    if not reason.strip():
        raise StoreError("a takedown needs a reason", hint="pass --reason TEXT", reason="no_reason")
    aliases = _aliases(store, target) if kind == PERSON else ()
    videos = sorted({*also, *(video for one in (target, *aliases) for video in _videos(store, kind, one))})
    before = takedowns.find(store, kind, target)
    record = replace(_record(kind, target, videos, reason, by, before), aliases=_joined(aliases, before))
    if not videos and not before:
        raise StoreError(
            f"there is no {kind} {target!r}",
            hint="ids are shown by 'facelib status', 'facelib search' and on the pages of the dashboard",
            reason=f"no_{kind}",
        )
    if not dry_run and before and before[-1].ended and not videos:
        return TakedownReport(before[-1], [], exports_log.holding(store, before[-1].videos), True)
    exports = exports_log.holding(store, record.videos)
    files = in_place(store, record.videos)
    if dry_run:
        return TakedownReport(record, files, exports, False)
    takedowns.begin(store, record)
    for denied in record.denied:
        deny.add(store, denied, f"takedown {record.takedown_id}")
    say(f"{len(record.videos)} videos are on the deny list")
    done = _remove(store, record, work_dir, say)
    held = tuple({"folder": e.folder, "format": e.format, "at": e.at} for e in exports)
    record = replace(done, ended=now().isoformat(), exports=held)
    takedowns.finish(store, record)
    return TakedownReport(record, files, exports, True)


def again(store: Store, takedown_id: str, **options: Any) -> TakedownReport:
    """Complete a takedown that died, or remove what has come back since one that was complete."""
    record = takedowns.read(store, takedown_id)
    return takedown(
        store, record.kind, record.target, record.reason, by=record.by, also=record.videos, **options
    )  # fmt: skip


def _record(
    kind: str, target: str, videos: Sequence[str], reason: str, by: str, before: Sequence[Takedown]
) -> Takedown:
    """The record to go on with: that of one that died, or a new one."""
    if before and not before[-1].ended:
        return replace(before[-1], videos=tuple(sorted({*before[-1].videos, *videos})))
    moment = now()
    digest = hashlib.sha256(f"{kind}\0{target}".encode()).hexdigest()[:8]
    takedown_id = f"{stamp(moment)[:15].lower()}-{digest}"
    every = sorted({*videos, *(video for earlier in before for video in earlier.videos)})
    return Takedown(takedown_id, kind, target, tuple(every), (), reason, by, moment.isoformat())


def _joined(aliases: Sequence[str], before: Sequence[Takedown]) -> tuple[str, ...]:
    return tuple(sorted({*aliases, *(alias for earlier in before for alias in earlier.aliases)}))


def _aliases(store: Store, person_id: str) -> tuple[str, ...]:
    """The other ids of a person: whom it went into by a merge, and all that went into the same one."""
    events = PersonEvents.of((e.kind, e.by, e.value) for e in decisions.read_all(store))
    now_ = events.person(person_id)
    same = {now_, *(other for other in events.merged if events.person(other) == now_)}
    return tuple(sorted(same - {person_id}))


def _remove(store: Store, record: Takedown, work_dir: Path | None, say: Callable[[str], None]) -> Takedown:
    """Remove everything under the lock of publish; the record with what was removed."""
    mentions = Mentions(record.needles)
    with _locked(store, say) as keep_lock:
        removed = remove_trees(store, record.videos)
        say(f"{sum(removed.values())} files of media, results and the source are removed")
        removed += sweep(store, mentions, keep_lock)
        if record.kind == CHANNEL:
            store.remove_tree(f"{layout.CHANNELS}/{record.target}")
        keep_lock()
        derived = rewrite_derived(store, record.takedown_id, record.videos, mentions, keep_lock)
        say(f"{derived.vectors} vectors and {sum(derived.rows.values())} rows are removed")
        # What a stage wrote that had asked the deny list just before.
        removed += remove_trees(store, record.videos)
        removed += remove_known(store, record.videos)
        scratch = remove_scratch(work_dir, record.videos) if work_dir else 0
    counts = dict(sorted(removed.items())) | {f"rows of {t}": n for t, n in sorted(derived.rows.items())}
    counts |= {"vectors": derived.vectors} | ({"scratch": scratch} if scratch else {})
    names = tuple(sorted({*record.snapshots, *derived.snapshots}))
    return replace(record, removed={name: n for name, n in counts.items() if n}, snapshots=names)


@contextlib.contextmanager
def _locked(store: Store, say: Callable[[str], None]) -> Iterator[Callable[[], None]]:
    """Hold the lock of publish, once whoever holds it has ended."""
    deadline, told = time.monotonic() + WAIT_S, False
    while leases.held(store, "publish") and time.monotonic() < deadline:
        if not told:
            say("another process is publishing; waiting for it to end")
            told = True
        time.sleep(1.0)
    with leases.locked(store, "publish") as keep_lock:
        yield keep_lock


def _videos(store: Store, kind: str, target: str) -> set[str]:
    """The videos that go; none for an id of which nothing is known."""
    if kind == VIDEO:
        known = target in known_uploads.videos(store) or any(
            _published(store, "SELECT video_id FROM videos WHERE video_id = ?", target)
        )
        return {target} if known or any(name.video_id == target for name in commits.all_names(store)) else set()
    if kind == PERSON:
        return set(_published(store, "SELECT DISTINCT video_id FROM clip_people WHERE person_id = ?", target))
    return _of_channel(store, target)


def _of_channel(store: Store, channel_id: str) -> set[str]:
    """Every upload that a channel has shown, by its listings, by what is known of each, and by what is published."""
    found: set[str] = set()
    for key in store.walk(layout.CRAWLS):
        if key.endswith(f"_{channel_id}.json"):
            found |= {upload["video_id"] for upload in documents.decode(store.read(key))["uploads"]}
    for video_id in known_uploads.videos(store):
        known = known_uploads.read_upload(store, video_id) if store.exists(layout.upload(video_id)) else {}
        if known.get("channel_id") == channel_id:
            found.add(video_id)
    shown = "SELECT video_id FROM {} WHERE channel_id = $1"
    sql = " UNION ".join(shown.format(table) for table in ("uploads", "sightings"))
    return found | set(_published(store, sql, channel_id))


def _published(store: Store, sql: str, value: str) -> Iterator[str]:
    """Ids of videos that the current publication and the snapshots have; an older catalogue may lack the table."""
    import duckdb

    named = [publication(store, name) for name in snapshots.names(store)]
    newest = published.newest(store)
    everything: list[Publication] = [*named, *([newest] if newest else [])]
    for one in everything:
        if store.exists(one.catalog):
            with Catalog(store, one) as catalog, contextlib.suppress(duckdb.CatalogException):
                yield from (str(row["video_id"]) for row in catalog.rows(sql, [value]))
