"""Runs one measurement in a process of its own, so that its peak memory is its alone."""

import multiprocessing
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

Figures = dict[str, Any]


def measured(work: Callable[..., Figures], *arguments: Any) -> Figures:
    """What the work returns, with ``peak_mib`` of its process and the ``wall_s`` that it took.

    Raises:
        RuntimeError: the process died.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(there, work, arguments))
    process.start()
    there.close()
    try:
        figures: Figures = here.recv()
    except EOFError:
        figures = {}
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{work!r}: the process ended with {process.exitcode}")
    return figures


def _run(answer: Connection, work: Callable[..., Figures], arguments: tuple[Any, ...]) -> None:
    started = time.perf_counter()
    figures = work(*arguments)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    answer.send({**figures, "wall_s": seconds, "peak_mib": peak})
