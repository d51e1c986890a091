"""Work in batches on another thread while the next items are made."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Generic, Self, TypeVar

from facelib.models.device import Batch

K = TypeVar("K")
T = TypeVar("T")
R = TypeVar("R")

BATCHES = 2
"""Batches that wait at most: both threads use all cores, by turns."""


class Ahead(Generic[K, T, R]):
    """Gathers items to batches, works on them in one other thread, and hands results back in order, each with its key.

    Args:
        run: gives one result an item.
        batch: how many items it takes at once.

    Example:
        >>> with Ahead(lambda items: [item * 2 for item in items], Batch(2)) as work:
        ...     [*work.put("a", 1), *work.put("b", 2), *work.put("c", 3), *work.rest()]
        [('a', 2), ('b', 4), ('c', 6)]
    """

    def __init__(self, run: Callable[[list[T]], Sequence[R]], batch: Batch) -> None:
        self._run = run
        self._batch = batch
        self._keys: list[K] = []
        self._items: list[T] = []
        self._waiting: deque[tuple[list[K], Future[list[R]]]] = deque()
        self._pool = ThreadPoolExecutor(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def put(self, key: K, item: T) -> Iterator[tuple[K, R]]:
        """Add an item; gives what is done and must not wait longer. The iterator has to be used up."""
        self._keys.append(key)
        self._items.append(item)
        if len(self._items) >= self._batch.size:
            self._submit()
        while len(self._waiting) > BATCHES:
            yield from self._next()

    def rest(self) -> Iterator[tuple[K, R]]:
        """All that is not handed back yet."""
        if self._items:
            self._submit()
        while self._waiting:
            yield from self._next()

    def _submit(self) -> None:
        self._waiting.append((self._keys, self._pool.submit(self._batch.map, self._run, self._items)))
        self._keys, self._items = [], []

    def _next(self) -> Iterator[tuple[K, R]]:
        keys, results = self._waiting.popleft()
        yield from zip(keys, results.result(), strict=True)
