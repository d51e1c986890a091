"""What processes that died have left: leases that ended, start markers, temporary files, scratch; and old plans."""

import shutil
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from facelib.clock import now, parse_stamp
from facelib.maintenance.raw import HOLDER
from facelib.maintenance.report import Freed
from facelib.stages.pipeline import STAGES
from facelib.store import documents, layout, leases
from facelib.store.objects import TEMPORARY, Store

DAY_S = 86400.0
TEMPORARY_DAYS = 1.0
"""No writer keeps a temporary file for so long, d."""


def ended_leases(store: Store, days: float, *, dry_run: bool) -> Freed:
    """Remove what is left of leases that were given back, or ended, so many days ago.

    The lease is taken first: whoever wants it meanwhile is refused, rather than getting one beside somebody else.
    """
    freed = Freed("leases that ended")
    before = now() - timedelta(days=days)
    for folder in sorted({key.rsplit("/", 1)[0] for key in store.walk(layout.LEASES)}):
        name = folder.removeprefix(f"{layout.LEASES}/")
        if leases.held(store, name) or not _ended(store, folder, before):
            continue
        sizes = _sizes(store, folder)
        if not dry_run:
            if not leases.take(store, name, HOLDER, minutes=10.0):
                continue
            store.remove_tree(folder)
        freed.add(sizes)
    return freed


def _ended(store: Store, folder: str, before: datetime) -> bool:
    documents_ = [name for name in store.names(folder) if name.endswith(".json")]
    if not documents_:
        return True
    return datetime.fromisoformat(documents.decode(store.read(f"{folder}/{documents_[-1]}"))["expires"]) < before


def markers(store: Store, days: float, *, dry_run: bool) -> Freed:
    """Remove start markers older than so many days: what died so long ago says nothing of a next start."""
    freed = Freed("start markers")
    before = now() - timedelta(days=days)
    for key in list(store.walk(layout.MARKERS)):
        if _stamped(key.rsplit("/", 1)[1].split("-", 1)[0]) < before:
            freed.add([store.size(key)])
            if not dry_run:
                store.remove(key)
    return freed


def plans(store: Store, days: float, *, dry_run: bool) -> Freed:
    """Remove plans older than so many days, with the times and counts of their stages; 0 keeps all."""
    freed = Freed("plans")
    before = now() - timedelta(days=days)
    for plan_id in store.names(layout.PLANS) if days else []:
        if _stamped(plan_id.rpartition("-")[2]) < before:
            freed.add(_sizes(store, f"{layout.PLANS}/{plan_id}"))
            if not dry_run:
                store.remove_tree(f"{layout.PLANS}/{plan_id}")
    return freed


def temporary_files(store: Store, *, dry_run: bool) -> Freed:
    """Remove what was being written to the store a day ago and got no name.

    On object storage their number is all that is told, and a dry run does not know it.
    """
    freed = Freed("temporary files")
    for name in store.names(TEMPORARY):
        _remove_old(store.path(f"{TEMPORARY}/{name}"), TEMPORARY_DAYS, freed, dry_run=dry_run)
    if not dry_run:
        freed.things += store.remove_stale(TEMPORARY_DAYS * DAY_S)
    return freed


def scratch(work_dir: Path, days: float, *, dry_run: bool) -> Freed:
    """Remove what stages and downloads of this machine left in the scratch folder so many days ago."""
    freed = Freed("scratch of this machine")
    if work_dir.is_dir():
        left = [path for path in work_dir.iterdir() if path.name.split("-", 1)[0] in STAGES and "-" in path.name]
        begun = list((work_dir / "downloads").iterdir()) if (work_dir / "downloads").is_dir() else []
        for path in sorted([*left, *begun]):
            _remove_old(path, days, freed, dry_run=dry_run)
    return freed


def _remove_old(path: Path, days: float, freed: Freed, *, dry_run: bool) -> None:
    """Remove a file or folder in which nothing changed for so many days; its owner may be quicker."""
    with suppress(FileNotFoundError):
        within = [path, *path.rglob("*")] if path.is_dir() else [path]
        if time.time() - max(one.stat().st_mtime for one in within) <= days * DAY_S:
            return
        sizes = [one.stat().st_size for one in within if one.is_file()]
        if not dry_run:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        freed.add(sizes)


def _stamped(text: str) -> datetime:
    """The time in a file name; a name without one is of no known age, and stays."""
    try:
        return parse_stamp(text)
    except ValueError:
        return now()


def _sizes(store: Store, folder: str) -> list[int]:
    return [max(0, store.size(key)) for key in store.walk(folder)]
