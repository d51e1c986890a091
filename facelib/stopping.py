"""An orderly end when a process is told to stop: an evicted pod, a cancelled task, Ctrl-C."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """The process was told to stop. What is complete stays; what is not was never written.

    Args:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"told to stop by {signal.Signals(number).name}")
        self.exit_code = 128 + number


@contextmanager
def stop_on(*numbers: signal.Signals) -> Iterator[None]:
    """Raise :class:`Stopped` in the main thread when one of these signals comes; elsewhere do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped(number)

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
