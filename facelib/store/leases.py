"""Leases: one holder at a time for a name, across processes and machines that share the store.

A lease is a chain of immutable files; the highest number that is neither released nor expired holds. Taking one means
being the first to write the next number. All it needs of the store is that a file is written once and listed at once,
which a folder and object storage both give. Clocks of machines that share a store must agree to well within the time
of a lease.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from facelib.clock import now
from facelib.errors import StoreError
from facelib.store import documents, layout
from facelib.store.objects import Store


def take(store: Store, name: str, holder: str, *, minutes: float) -> bool:
    """Take or keep a lease. True when ``holder`` has it now; False when another one holds it."""
    folder = layout.lease(name)
    number, lease = _newest(store, folder)
    if lease is not None:
        if lease["holder"] != holder:
            return False
        if datetime.fromisoformat(lease["expires"]) - now() > timedelta(minutes=minutes / 2):
            return True
    expires = now() + timedelta(minutes=minutes)
    taken = store.put(_key(folder, number + 1), documents.encode({"holder": holder, "expires": expires.isoformat()}))
    if taken and _number(store.names(folder)) > number + 1:
        # Others have gone on meanwhile and forgotten this number, or it could not have been written.
        _forget(store, folder, number + 1)
        return False
    if taken:
        for old in range(max(1, number - 1), number + 1):
            _forget(store, folder, old)
    return taken


def release(store: Store, name: str, holder: str | None = None) -> bool:
    """Give a lease back; with ``holder`` only when that one has it. True when there was one to give back."""
    folder = layout.lease(name)
    number, lease = _newest(store, folder)
    if lease is None or (holder is not None and lease["holder"] != holder):
        return False
    return store.put(f"{folder}/{number:06d}.released", b"")


def held(store: Store, name: str) -> str | None:
    """Who holds a lease now; None when it is free."""
    _, lease = _newest(store, layout.lease(name))
    return str(lease["holder"]) if lease is not None else None


@contextmanager
def locked(store: Store, name: str, *, minutes: float = 10.0) -> Iterator[Callable[[], None]]:
    """Hold a lease for a block of work.

    Yields:
        A function that long work calls now and then to keep the lease.

    Raises:
        StoreError: another process holds it, or took it over because it was not kept.
    """
    holder = uuid.uuid4().hex

    def keep() -> None:
        if not take(store, name, holder, minutes=minutes):
            raise StoreError(
                f"another process holds the lock '{name}' of this store",
                hint=f"wait for it to end; a lock whose holder died frees itself within {minutes:.0f} minutes",
                reason="locked",
            )

    keep()
    try:
        yield keep
    finally:
        release(store, name, holder)


def _newest(store: Store, folder: str) -> tuple[int, dict[str, Any] | None]:
    """The highest number there is, 0 for none, and its lease; None where it is free."""
    names = store.names(folder)
    number = _number(names)
    if f"{number:06d}.json" not in names or f"{number:06d}.released" in names:
        return number, None
    try:
        lease: dict[str, Any] = documents.decode(store.read(_key(folder, number)))
    except StoreError as error:
        if error.reason == "missing":  # somebody has taken the next number, and has it now
            return _newest(store, folder)
        raise
    return number, lease if datetime.fromisoformat(lease["expires"]) > now() else None


def _number(names: list[str]) -> int:
    return max((int(name.split(".")[0]) for name in names), default=0)


def _key(folder: str, number: int) -> str:
    return f"{folder}/{number:06d}.json"


def _forget(store: Store, folder: str, number: int) -> None:
    store.remove(_key(folder, number))
    store.remove(f"{folder}/{number:06d}.released")
