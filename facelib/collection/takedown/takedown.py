"""Takedown: the one thing that deletes. What a video, a channel or a person left in the store goes, for good.

The deny list comes first, so that nothing that is still running brings back what goes. The videos of a person are known
only where everything is published, so theirs comes under the lock of publish. Every step can be done again: a
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

from facelib.clock import now, stamp
from facelib.collection.takedown import face_template
from facelib.collection.takedown.derived import rewrite_derived, snapshots_with
from facelib.collection.takedown.proof import leftovers
from facelib.collection.takedown.sweep import sweep
from facelib.collection.takedown.videos import check_published, going
from facelib.curate.settings import TakedownSettings
from facelib.errors import StoreError
from facelib.store import deny, exports_log, layout, leases, takedowns
from facelib.store.exports_log import NotedExport
from facelib.store.mentions import Mentions
from facelib.store.objects import Store
from facelib.store.takedowns import CHANNEL, KINDS, PERSON, Takedown
from facelib.store.video_files import in_place, remove_known, remove_scratch, remove_trees

SHOWN_BY = {
    "video": "'facelib downloads'",
    "channel": "'facelib status'",
    "person": "'facelib people list --hidden'",
}
"""The command that shows the ids of each kind."""
WAIT_S = 900.0
"""How long a takedown waits for a publish that is under way, s."""


@dataclass(frozen=True)
class TakedownReport:
    """What a takedown did, or would do.

    Args:
        takedown: its record; not in the store for one that was only tried.
        files_in_place: files that were read where they lie: they are left, and somebody has to see to them.
        exports: those that held one of the videos when they were written.
        complete: whether everything was removed.
    """

    takedown: Takedown
    files_in_place: list[str]
    exports: list[NotedExport]
    complete: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        videos = self.takedown.videos
        shown = [
            {"folder": e.folder, "format": e.format, "at": e.at, "state": exports_log.state(e, videos)}
            for e in self.exports
        ]
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
    block: TakedownSettings | None = None,
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
        block: keep a template of a person's face, so that new videos of the person are hidden; None keeps none.
        work_dir: scratch folder of this machine, where downloads may have been begun.
        say: called with a line for each step.

    Returns:
        What was done. Run again, it changes nothing and says the same, unless something was left.

    Raises:
        StoreError: the id is not known or, for a person, commits are not published yet (nothing is changed); or another
            process publishes for too long.
    """
    if kind not in KINDS:
        raise StoreError(f"{kind!r} cannot be taken down", hint=f"one of {', '.join(KINDS)}", reason="bad_kind")
    if not reason.strip():
        raise StoreError("a takedown needs a reason", hint="pass --reason TEXT", reason="no_reason")
    record, left = _record(store, kind, target, reason, by, also)
    before = takedowns.find(store, kind, target)
    if not dry_run and before and before[-1].ended and not left:
        return TakedownReport(before[-1], [], exports_log.holding(store, before[-1].videos), True)
    if dry_run:
        record = replace(record, snapshots=snapshots_with(store, Mentions(record.needles)))
        return TakedownReport(record, in_place(store, record.videos), exports_log.holding(store, record.videos), False)
    if kind != PERSON:
        _hold_out(store, record, say)
    with _locked(store, say) as keep_lock:
        # The publish that was waited for may have told more, or otherwise, of whom a video shows.
        record, _ = _record(store, kind, target, reason, by, also)
        if kind == PERSON:
            check_published(store, record.videos)
            if block:
                kept = face_template.keep(store, record, block)
                say(f"{kept} face template{'s' if kept > 1 else ''} kept: new videos of the person will be hidden")
        _hold_out(store, record, say)
        return _complete(store, record, work_dir, say, keep_lock)


def again(store: Store, takedown_id: str, **options: Any) -> TakedownReport:
    """Complete a takedown that died, or remove what has come back since one that was complete."""
    record = takedowns.read(store, takedown_id)
    if record.ended and next(leftovers(store, record), None) is None:
        return TakedownReport(record, [], exports_log.holding(store, record.videos), True)
    return takedown(
        store, record.kind, record.target, record.reason, by=record.by, also=record.videos, **options
    )  # fmt: skip


def _record(
    store: Store, kind: str, target: str, reason: str, by: str, also: Sequence[str]
) -> tuple[Takedown, frozenset[str]]:
    """The record to go on with, that of one that died or a new one, and the videos that the store has now."""
    found, before = going(store, kind, target), takedowns.find(store, kind, target)
    left = found.videos.union(also)
    if not left and not before:
        raise StoreError(
            f"there is no {kind} {target!r}",
            hint=f"{SHOWN_BY[kind]} shows ids",
            reason=f"no_{kind}",
        )
    videos = tuple(sorted(left.union(*(earlier.videos for earlier in before))))
    aliases = tuple(sorted({*found.aliases, *(alias for earlier in before for alias in earlier.aliases)}))
    if before and not before[-1].ended:
        return replace(before[-1], videos=videos, aliases=aliases), left
    moment = now()
    digest = hashlib.sha256(f"{kind}\0{target}".encode()).hexdigest()[:8]
    takedown_id = f"{stamp(moment)[:15].lower()}-{digest}"
    return Takedown(takedown_id, kind, target, videos, aliases, reason, by, moment.isoformat()), left


def _hold_out(store: Store, record: Takedown, say: Callable[[str], None]) -> None:
    """Note what goes, then put it on the deny list."""
    takedowns.begin(store, record)
    denied = deny.denied(store)
    new = [name for name in record.denied if name not in denied]
    for name in new:
        deny.add(store, name, f"takedown {record.takedown_id}")
    if new:
        count = len(record.videos)
        say(f"{count} video{'s are' if count != 1 else ' is'} on the deny list")


def _complete(
    store: Store, record: Takedown, work_dir: Path | None, say: Callable[[str], None], keep_lock: Callable[[], None]
) -> TakedownReport:
    """Remove everything, and close the record with the exports that held it."""
    exports, files = exports_log.holding(store, record.videos), in_place(store, record.videos)
    done = _remove(store, record, work_dir, say, keep_lock)
    for video_id in face_template.hide_shown(store, record.takedown_id):
        say(f"{video_id} shows a face like it: it is hidden from the next publish on")
    held = tuple({"folder": e.folder, "format": e.format, "at": e.at} for e in exports)
    record = replace(done, ended=now().isoformat(), exports=held)
    takedowns.finish(store, record)
    return TakedownReport(record, files, exports, True)


def _remove(
    store: Store, record: Takedown, work_dir: Path | None, say: Callable[[str], None], keep_lock: Callable[[], None]
) -> Takedown:
    """Remove everything under the lock of publish; the record with what was removed."""
    mentions = Mentions(record.needles)
    removed = remove_trees(store, record.videos, keep_lock)
    say(f"{sum(removed.values())} files of media, results and the source are removed")
    swept, foreign = sweep(store, mentions, keep_lock)
    removed += swept
    if record.kind == CHANNEL:
        store.remove_tree(f"{layout.CHANNELS}/{record.target}")
    keep_lock()
    derived = rewrite_derived(store, record.takedown_id, record.videos, mentions, keep_lock)
    say(f"{derived.vectors} vectors and {sum(derived.rows.values())} rows are removed")
    # What a stage wrote that had asked the deny list just before.
    removed += remove_trees(store, record.videos, keep_lock)
    removed += remove_known(store, record.videos)
    scratch = remove_scratch(work_dir, record.videos) if work_dir else 0
    counts = dict(sorted(removed.items())) | {f"rows of {t}": n for t, n in sorted(derived.rows.items())}
    counts |= {"vectors": derived.vectors} | ({"scratch": scratch} if scratch else {})
    names = tuple(sorted({*record.snapshots, *derived.snapshots}))
    if foreign:
        raise StoreError(
            f"all is removed but {len(foreign)} file{'s' * (len(foreign) > 1)}, none of them the store's own, that "
            f"mention what is taken down or cannot be read: {', '.join(foreign[:20])}",
            hint=f"move them out of the store or delete them, then 'facelib takedown resume {record.takedown_id}'",
            reason="bad_record",
        )
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
