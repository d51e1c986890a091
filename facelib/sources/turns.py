"""Who may fetch next: many uploads at a time, but few from one host, and none from a host that wants a pause."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeVar

from facelib.sources.hosts import HostPacer
from facelib.sources.ytdlp import DownloadSettings

R = TypeVar("R")
GRACE_S = 3.0
"""How long an orderly end waits for the threads; what they write is complete or partial at any time."""


@dataclass(frozen=True)
class Turn:
    """One upload whose turn it is.

    Args:
        video_id: the upload.
        server: where it is fetched from, see `facelib.sources.hosts.server_of`; empty for a file.
        wait_s: seconds for which its server was made to wait.
    """

    video_id: str
    server: str
    wait_s: float


class HostTurns:
    """Gives out uploads to the threads that fetch them.

    No more than `per_host` of one server are out at a time, with the interval between their starts. A server that
    pauses for longer than `max_host_wait_s` is given up for this run: its uploads are put off. Files are given out
    freely.

    Args:
        uploads: video ids with their server.
        pacer: keeps the intervals and pauses.
        settings: intervals and limits.

    Attributes:
        postponed: ids of the uploads that were put off.
        stopped: whether nothing is given out any more.

    Example:
        >>> turns = HostTurns([("a", "x.org"), ("b", "y.org")], HostPacer(), DownloadSettings())
        >>> [turns.take().video_id for _ in range(2)], turns.take()
        (['a', 'b'], None)
    """

    def __init__(self, uploads: Iterable[tuple[str, str]], pacer: HostPacer, settings: DownloadSettings) -> None:
        self.postponed: list[str] = []
        self.stopped = False
        self._pacer = pacer
        self._settings = settings
        self._patience = max(settings.max_host_wait_s, settings.upload_interval_s * (1 + settings.upload_jitter))
        self._queues: dict[str, deque[str]] = {}
        self._running: Counter[str] = Counter()
        self._changed = threading.Condition()
        for video_id, server in uploads:
            self._queues.setdefault(server, deque()).append(video_id)
        self._free_since = dict.fromkeys(self._queues, time.monotonic())

    def take(self) -> Turn | None:
        """The next upload, waiting for it where need be; None when none is left."""
        with self._changed:
            while not self.stopped and self._queues:
                now = time.monotonic()
                free = [s for s in self._queues if not s or self._running[s] < self._settings.per_host]
                ready, server = min(((self._pacer.ready_at(s) if s else 0.0, s) for s in free), default=(0.0, None))
                if server is None:
                    self._changed.wait()
                elif ready - now > self._patience:
                    self.postponed += self._queues.pop(server)
                elif ready > now:
                    self._changed.wait(ready - now)
                else:
                    return self._give(server, max(0.0, ready - self._free_since[server]))
            return None

    def done(self, server: str) -> None:
        """Note that an upload of a server is no longer under way."""
        with self._changed:
            self._running[server] -= 1
            self._free_since[server] = time.monotonic()
            self._changed.notify_all()

    def put_off(self, server: str) -> int:
        """Give out nothing more of a server; returns how many of its uploads are put off."""
        with self._changed:
            waiting = self._queues.pop(server, deque())
            self.postponed += waiting
            self._changed.notify_all()
            return len(waiting)

    def stop(self) -> None:
        """Give out nothing any more."""
        with self._changed:
            self.stopped = True
            self._changed.notify_all()

    def _give(self, server: str, wait_s: float) -> Turn:
        video_id = self._queues[server].popleft()
        if not self._queues[server]:
            del self._queues[server]
        self._running[server] += 1
        if server:
            self._pacer.start(server, self._settings.upload_interval_s, self._settings.upload_jitter)
        return Turn(video_id, server, wait_s)


def in_threads(turns: HostTurns, work: Callable[[Turn], R], workers: int) -> Iterator[R]:
    """What `work` gives for each upload, in the order in which they end.

    Anything that `work` raises, or that comes to this thread such as Ctrl-C, stops the giving out and is raised here
    after the threads had `GRACE_S` seconds to end; `turns.stopped` tells them.
    """
    ended: SimpleQueue[tuple[R | None, BaseException | None] | None] = SimpleQueue()

    def loop() -> None:
        while (turn := turns.take()) is not None:
            try:
                ended.put((work(turn), None))
            except BaseException as error:
                ended.put((None, error))
            finally:
                turns.done(turn.server)
        ended.put(None)

    # Daemons: a host that does not answer must not hold up the end of the process.
    threads = [threading.Thread(target=loop, name=f"download-{n}", daemon=True) for n in range(workers)]
    try:
        for thread in threads:
            thread.start()
        running = len(threads)
        while running:
            got = ended.get()
            if got is None:
                running -= 1
            elif got[1] is not None:
                raise got[1]
            else:
                yield got[0]  # type: ignore[misc]
    finally:
        turns.stop()
        deadline = time.monotonic() + GRACE_S
        for thread in threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
