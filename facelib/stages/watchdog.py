"""Limits on the work for one video: a file that would take for ever, or all memory, is put aside like any other.

The limit is first told to the code at work, as an exception. Code that does not come back from a library within the
grace cannot be told anything: then the process ends, after the video was put in quarantine, and the next try goes on
without it. Code that keeps even Python's own lock is ended by a timer outside of Python; its start marker stays, and a
second one puts the video in quarantine as a crash.
"""

import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pydantic import BaseModel, ConfigDict, Field

from facelib.errors import FacelibError

EXIT_CODE = 75
"""Of a process that could not be interrupted: a temporary failure, to be tried again."""
_POLL_S = 0.5
_GIB = 2**30


class Limits(BaseModel):
    """What a stage may take for one video."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minutes: float = Field(360.0, gt=0, description="Longest time of one stage for one video, min; then `timed_out`.")
    memory_share: float = Field(
        0.9,
        gt=0,
        le=1,
        description="Share of the memory of machine or container that a stage may hold; then `too_much_memory`.",
    )
    grace_seconds: float = Field(
        60.0, ge=0, description="Time to come back from a library after a limit, s; then the process ends."
    )


class LimitExceeded(FacelibError):
    """A stage passed one of its limits; reason ``timed_out`` or ``too_much_memory``."""


Passed = Callable[[LimitExceeded], None]


@contextmanager
def watched(limits: Limits, what: str, ending: Passed) -> Iterator[None]:
    """Do a piece of work under limits.

    Args:
        limits: the limits.
        what: the work, for the message, such as ``detect on youtube_x-0123456789``.
        ending: called, in another thread, before the process is ended because it could not be interrupted.

    Raises:
        LimitExceeded: one was passed. Outside the main thread nothing is raised; there only the end of the process
            is left.
    """
    watch = _Watch(limits, what, ending)
    thread = threading.Thread(target=watch.run, name="watchdog", daemon=True)
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGALRM, watch.interrupt) if in_main else None
    thread.start()
    last = 60 * limits.minutes + 2 * limits.grace_seconds + 2 * _POLL_S
    faulthandler.dump_traceback_later(last, exit=True, file=sys.__stderr__ or sys.stderr)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        watch.done.set()
        if in_main:
            signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
        thread.join()


def memory_limit() -> int:
    """Bytes that this process may use: of its container, else of the machine."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for name in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        text = Path(name).read_text().strip() if Path(name).exists() else ""
        if text.isdigit():
            limits.append(int(text))
    return min(limits)


class _Watch:
    def __init__(self, limits: Limits, what: str, ending: Passed) -> None:
        self.done = threading.Event()
        self._limits, self._what, self._ending = limits, what, ending
        self._main = threading.main_thread().ident if threading.current_thread() is threading.main_thread() else None
        self._started = time.monotonic()
        self._most = limits.memory_share * memory_limit()
        self._error: LimitExceeded | None = None

    def interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._error is not None and not self.done.is_set():
            raise self._error

    def run(self) -> None:
        while self._error is None:
            if self.done.wait(_POLL_S):
                return
            self._error = self._passed()
        if self._main is not None:
            signal.pthread_kill(self._main, signal.SIGALRM)
            if self.done.wait(self._limits.grace_seconds):
                return
        self._ending(self._error)
        print(f"{self._error.message}; the process ends", file=sys.stderr, flush=True)
        os._exit(EXIT_CODE)

    def _passed(self) -> LimitExceeded | None:
        minutes = (time.monotonic() - self._started) / 60
        if minutes > self._limits.minutes:
            return LimitExceeded(
                f"{self._what} took more than {self._limits.minutes:g} min",
                hint="raise limits.minutes if the file is worth it",
                reason="timed_out",
            )
        held = _resident()
        if held > self._most:
            return LimitExceeded(
                f"{self._what} held {held / _GIB:.1f} GiB of memory, more than {self._most / _GIB:.1f} GiB",
                hint="give it more memory, or raise limits.memory_share",
                reason="too_much_memory",
            )
        return None


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text().split()[1] if Path("/proc/self/statm").exists() else "0"
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
