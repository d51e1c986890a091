"""Packs old commit records: the log says the same in a thousandth of the files."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from facelib.clock import day_of, now
from facelib.maintenance.report import Freed
from facelib.store import layout, packs
from facelib.store.objects import Store

MOST_BYTES = 64 * 1024**2
"""Size of the records in one pack: a copy of it is fetched to read one record from object storage, bytes."""


def pack_commits(store: Store, days: float, keep_lock: Callable[[], None], *, dry_run: bool) -> Freed:
    """Pack the commit records of days that ended so many days ago; 0 packs none.

    The caller holds the lock of publish: a takedown that runs meanwhile would not see what is read here. A record that
    comes late, from a writer whose clock lags, is packed the next time.
    """
    freed = Freed("commit records of their own file")
    last = day_of(now() - timedelta(days=days + 1))
    for day in store.names(layout.COMMITS) if days else []:
        if day > last:
            break
        for keys, sizes in _chunks(store, day):
            keep_lock()
            if dry_run:
                freed.add(sizes)
                continue
            saved = sum(sizes) - store.size(packs.write(store, keys))
            for key in keys:
                store.remove(key)
            freed.add([])
            freed.files += len(keys) - 1
            freed.size_bytes += max(0, saved)
    return freed


def _chunks(store: Store, day: str) -> Iterator[tuple[list[str], list[int]]]:
    """The records of a day, in packs of at most `MOST_BYTES`; a single one is left where it is."""
    keys: list[str] = []
    sizes: list[int] = []
    for name in store.names(f"{layout.COMMITS}/{day}"):
        key = f"{layout.COMMITS}/{day}/{name}"
        size = max(0, store.size(key))
        if keys and sum(sizes) + size > MOST_BYTES:
            yield keys, sizes
            keys, sizes = [], []
        keys.append(key)
        sizes.append(size)
    if len(keys) > 1:
        yield keys, sizes
