"""Stretches of a video as people write them."""

import re
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from facelib.errors import MediaError
from facelib.media.clock import GRID_FPS

FORMS = (
    "write 0:10-0:25, 1:02:03.5-1:02:10, 12.4-15 (seconds), 310f-375f (frames of 1/25 s), or leave an end out: 5:00-"
)
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d{1,2}(?:\.\d+)?)")
_SECONDS = re.compile(r"\d+(?:\.\d+)?")
_FRAMES = re.compile(r"(\d+)f")


@dataclass(frozen=True)
class TimeRange:
    """A stretch of a video, in seconds after its first picture.

    Attributes:
        start_s: where it begins.
        end_s: where it ends; None is the end of the video.
    """

    start_s: Fraction
    end_s: Fraction | None

    @property
    def start_frame(self) -> int:
        """First frame on the grid of 25 a second: the nearest one."""
        return _frame(self.start_s)

    @property
    def end_frame(self) -> int | None:
        """The frame after the last, the nearest one; None is the end of the video."""
        return None if self.end_s is None else _frame(self.end_s)


def parse_time(text: str) -> Fraction:
    """Seconds of a time: ``MM:SS``, ``HH:MM:SS.mmm``, seconds, or frames of 1/25 s with an f behind.

    Raises:
        MediaError: reason ``bad_time``, naming the text.

    Example:
        >>> [float(parse_time(text)) for text in ("1:02.5", "1:00:00", "90", "310f")]
        [62.5, 3600.0, 90.0, 12.4]
    """
    stripped = text.strip()
    if found := _FRAMES.fullmatch(stripped):
        return Fraction(int(found[1]), GRID_FPS)
    if _SECONDS.fullmatch(stripped):
        return Fraction(stripped)
    found = _CLOCK.fullmatch(stripped)
    if found is None:
        raise MediaError(f"{text!r} is not a time", hint=FORMS, reason="bad_time")
    hours, minutes, seconds = int(found[1] or 0), int(found[2]), Fraction(found[3])
    if seconds >= 60 or (found[1] is not None and minutes >= 60):
        raise MediaError(f"{text!r} is not a time: minutes and seconds go up to 59", hint=FORMS, reason="bad_time")
    return hours * 3600 + minutes * 60 + seconds


def parse_range(text: str) -> TimeRange:
    """A stretch ``from-to``; without ``from`` it begins with the video, without ``to`` it ends with it.

    Raises:
        MediaError: reason ``bad_time``, naming the text: no time, or none that is at least one frame long.

    Example:
        >>> parse_range("00:10-00:25").start_frame, parse_range("5:00-").end_frame
        (250, None)
    """
    first, dash, last = text.replace("–", "-").partition("-")
    if not dash:
        raise MediaError(f"{text!r} is not a stretch of time", hint=FORMS, reason="bad_time")
    try:
        found = TimeRange(
            parse_time(first) if first.strip() else Fraction(0), parse_time(last) if last.strip() else None
        )
    except MediaError as error:
        raise MediaError(f"{error.message} (in {text!r})", hint=FORMS, reason="bad_time") from error
    return _not_empty(found, text)


def parse_minutes(text: str) -> TimeRange:
    """A stretch in minutes, such as ``2-4.5``; either end may be left out.

    Raises:
        MediaError: reason ``bad_time``, naming the text.

    Example:
        >>> parse_minutes("2-4.5").end_frame
        6750
    """
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash or any(part and not _SECONDS.fullmatch(part) for part in (first, last)):
        raise MediaError(f"{text!r} is no stretch in minutes", hint="write it as 2-4.5", reason="bad_time")
    return _not_empty(TimeRange(Fraction(first or 0) * 60, Fraction(last) * 60 if last else None), text)


def parse_area(text: str) -> tuple[int, int, int, int]:
    """A rectangle ``x1 y1 x2 y2`` in px, right and bottom exclusive, the numbers divided by blanks or commas.

    Raises:
        MediaError: reason ``bad_rectangle``, naming the text.

    Example:
        >>> parse_area("10,20, 330 260")
        (10, 20, 330, 260)
    """
    words = re.split(r"[,\s]+", text.strip())
    if len(words) == 4 and all(re.fullmatch(r"-?\d+", word) for word in words):
        x1, y1, x2, y2 = map(int, words)
        if x2 > x1 and y2 > y1:
            return x1, y1, x2, y2
    raise MediaError(
        f"{text!r} is not a rectangle", hint="write x1 y1 x2 y2 in px, such as 10 20 330 260", reason="bad_rectangle"
    )


def _not_empty(found: TimeRange, text: str) -> TimeRange:
    if found.end_frame is not None and found.end_frame <= found.start_frame:
        raise MediaError(f"{text!r} ends where it begins, or before", hint=FORMS, reason="bad_time")
    return found


def _frame(seconds: Fraction) -> int:
    return floor(seconds * GRID_FPS + Fraction(1, 2))
