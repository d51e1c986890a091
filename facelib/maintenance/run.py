"""One upkeep of a store: everything that can be let go, packed or cleared away."""

from collections.abc import Callable

from facelib.errors import StoreError
from facelib.maintenance import derived, leftovers, packing, raw
from facelib.maintenance.report import Freed, Report
from facelib.settings import Settings
from facelib.store import leases
from facelib.store.objects import Store

Work = Callable[[Callable[[], None]], Freed]


def maintain(store: Store, settings: Settings, *, dry_run: bool = False) -> Report:
    """Let go, pack and clear away what the settings say; safe beside everything else, and safe to repeat.

    What needs the lock of publish (derived files, the commit log) is postponed while another process holds it.

    Args:
        store: the store.
        settings: section ``maintenance``.
        dry_run: change nothing, and say what would go.
    """
    report, days = Report(dry_run), settings.maintenance
    report.freed = [
        raw.let_go(store, settings, dry_run=dry_run),
        leftovers.ended_leases(store, days.stale_days, dry_run=dry_run),
        leftovers.markers(store, days.stale_days, dry_run=dry_run),
        leftovers.plans(store, days.plan_days, dry_run=dry_run),
        leftovers.temporary_files(store, dry_run=dry_run),
        leftovers.scratch(settings.work_dir, days.stale_days, dry_run=dry_run),
    ]
    locked: list[Work] = [
        lambda keep: packing.pack_commits(store, days.pack_days, keep, dry_run=dry_run),
        lambda keep: derived.catalogs(store, dry_run=dry_run),
        lambda keep: derived.indexes(store, dry_run=dry_run),
        lambda keep: derived.versions(store, keep, dry_run=dry_run),
    ]
    report.freed += _under_lock(store, locked, dry_run=dry_run)
    return report


def _under_lock(store: Store, work: list[Work], *, dry_run: bool) -> list[Freed]:
    """Do work that must not run beside publish or takedown; a dry run changes nothing, so it needs no lock."""
    if dry_run:
        return [one(lambda: None) for one in work]
    done: list[Freed] = []
    try:
        with leases.locked(store, "publish") as keep:
            for one in work:
                keep()
                done.append(one(keep))
    except StoreError as error:
        if error.reason != "locked":
            raise
        done.append(Freed("derived files and the commit log", postponed=error.message))
    return done
