"""Processes beside this one that end with it, however it ends, and say nothing of their own when it is told to stop."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

_HELD = (signal.SIGINT,)
GRACE_SECONDS = 10.0
"""What a task that takes SIGTERM itself has for an orderly end."""
_AGAIN_SECONDS = 0.1


@contextmanager
def worker_processes(
    processes: int, begin: Callable[..., None], arguments: tuple[Any, ...]
) -> Iterator[ProcessPoolExecutor]:
    """Start processes that work for this one.

    Leaving the block waits for what was submitted. Leaving it by an exception, such as
    :class:`~facelib.stopping.Stopped`, ends the processes at once, and so does the death of this one. Ctrl-C, which a
    terminal sends to them too, ends them without a traceback. A task that begins with
    :func:`~facelib.stopping.stop_on` is told by SIGTERM, and has `GRACE_SECONDS` to end in order.

    Args:
        processes: how many.
        begin: called first in each, with ``arguments``; importable by name.
        arguments: of ``begin``.

    Yields:
        The pool, whose processes run. If one is killed, for lack of memory for instance, a result raises
        ``concurrent.futures.process.BrokenProcessPool``.
    """
    # A process that is forked off would share the locks of libraries that this one has loaded.
    context = multiprocessing.get_context("spawn")
    watched, lifeline = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begun, initargs=(watched, begin, arguments))
    try:
        # What is blocked here is blocked in a process that starts here, until it has said how it takes the signal.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
        try:
            pool.submit(_nothing)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        yield pool
        pool.shutdown(wait=True)
    except BaseException:
        lifeline.close()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    finally:
        lifeline.close()
        watched.close()


def _begun(watched: Connection, begin: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    for number in _HELD:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD)
    threading.Thread(target=_end_with, args=(watched,), daemon=True).start()
    begin(*arguments)


def _end_with(watched: Connection) -> None:
    """End this process when the other end is closed, which the death of its owner does too."""
    watched.poll(None)
    until = time.monotonic() + GRACE_SECONDS
    # One ends a process between tasks at once; in a task that takes it, all after the first are ignored.
    while time.monotonic() < until:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_AGAIN_SECONDS)
    os._exit(1)


def _nothing() -> None:
    return None
