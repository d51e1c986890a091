"""Timestamps of decoded frames as exact, rising seconds."""

from __future__ import annotations

from fractions import Fraction

from av.video.frame import VideoFrame
from av.video.stream import VideoStream

GRID_FPS = 25
"""Grid frames per second."""

MAX_STEP_S = 600
"""A step between neighbouring frames above this many seconds is a broken clock, not a pause."""

RESET_S = 1
"""A step back of more than this many seconds is a restarted clock (a stream that was joined), not a late frame."""

_FALLBACK_RATE = Fraction(GRID_FPS)


class FrameClock:
    """Turns the timestamps of one video stream into seconds that only rise.

    A frame without a timestamp follows the one before by the nominal frame duration. A frame that is not later than
    the one before is out of place. After a restarted or broken clock the frames go on where the last one ended.

    Args:
        stream: the video stream; its time base and average rate are used.

    Example:
        >>> times = [clock.time(frame) for frame in frames]  # doctest: +SKIP
        [Fraction(0, 1), Fraction(1, 30), Fraction(1, 15)]
    """

    def __init__(self, stream: VideoStream) -> None:
        self._time_base = stream.time_base
        rate = stream.average_rate or stream.guessed_rate
        self._nominal = 1 / rate if rate is not None and 1 <= rate <= 1000 else 1 / _FALLBACK_RATE
        self._offset = Fraction(0)
        self._last: Fraction | None = None
        self._last_duration = self._nominal

    def time(self, frame: VideoFrame) -> Fraction | None:
        """Seconds on the clock of the file, or None for a frame that is not later than the one before."""
        seconds = self._stamp(frame)
        if seconds is None:
            seconds = Fraction(0) if self._last is None else self._last + self._last_duration
        elif self._last is not None:
            step = seconds + self._offset - self._last
            if step > MAX_STEP_S or step < -RESET_S:
                self._offset = self._last + self._last_duration - seconds
            seconds += self._offset
            if seconds <= self._last:
                return None
        self._last, self._last_duration = seconds, self.duration(frame)
        return seconds

    def duration(self, frame: VideoFrame) -> Fraction:
        """How long the frame is shown, in seconds; the nominal frame duration where the file does not say."""
        base = frame.time_base or self._time_base
        if frame.duration and base:
            seconds = frame.duration * Fraction(base)
            if 0 < seconds <= MAX_STEP_S:
                return seconds
        return self._nominal

    def _stamp(self, frame: VideoFrame) -> Fraction | None:
        ticks = frame.pts if frame.pts is not None else frame.dts
        base = frame.time_base or self._time_base
        return None if ticks is None or not base else ticks * Fraction(base)
