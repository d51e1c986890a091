"""Append-only logs: one immutable file an entry, in folders by day."""

from collections.abc import Iterator

from facelib.store.objects import Store


def days(store: Store, log: str) -> list[str]:
    """The days that have entries, in order."""
    return store.names(log)


def entries(store: Store, log: str, *, known: frozenset[str] | set[str] = frozenset()) -> Iterator[str]:
    """The keys of a log in order of time, without those in ``known``.

    Every day is listed each time rather than from a high-water mark on: a writer whose clock lags may add an entry to a
    day that was read before, and it must not be lost.
    """
    for day in days(store, log):
        for name in store.names(f"{log}/{day}"):
            key = f"{log}/{day}/{name}"
            if key not in known:
                yield key
