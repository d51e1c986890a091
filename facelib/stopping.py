"""An orderly end when a process is told to stop: an evicted pod, a cancelled task, Ctrl-C."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(BaseException):
    """The process was told to stop. What is complete stays; what is not was never written. Travels between processes.

    Args:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"told to stop by {signal.Signals(number).name}")
        self.number = number
        self.exit_code = 128 + number

    def __reduce__(self) -> tuple[type["Stopped"], tuple[int]]:
        """Made again of the signal, not of the message."""
        return Stopped, (self.number,)


@contextmanager
def stop_on(*numbers: signal.Signals) -> Iterator[None]:
    """Raise :class:`Stopped` in the main thread when one of these signals comes; elsewhere do nothing.

    A SIGTERM that comes on top of it is ignored, so that it does not break into what ends the work in order: whoever
    sends one kills in the end. A second Ctrl-C counts.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if signal.SIGTERM in before:
            # Not SIG_IGN: of one that has come already, Python would then print that it ignored it.
            signal.signal(signal.SIGTERM, lambda number, frame: None)
        raise Stopped(number)

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
