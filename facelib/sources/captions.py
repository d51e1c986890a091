"""Captions as lines of text with times, from the formats that sites serve: WebVTT, SubRip and YouTube's json3."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from itertools import pairwise

_TIME = r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_CUE = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}")
_TAG = re.compile(r"<[^<>]*>|\{\\[^}]*\}")
_ROLLING_SHARE = 0.5
"""Share of cues that begin with the line before, from which on a file is taken to roll."""


@dataclass(frozen=True)
class Line:
    """What is said from `start_s` to `end_s`, seconds of the video."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class _Cue:
    start_s: float
    end_s: float
    lines: tuple[str, ...]


def parse(text: str, extension: str, *, automatic: bool = False) -> list[Line]:
    """The lines of a caption file in order of time; none where the format is not known or holds nothing.

    Automatic captions that roll, each cue showing the line before once more, give each line once.

    Args:
        text: the file.
        extension: `vtt`, `srt` or `json3`.
        automatic: made by the site from the sound.

    Example:
        >>> parse("WEBVTT\\n\\n00:01.000 --> 00:02.500\\n<v Ann>Good &amp; bad\\n", "vtt")
        [Line(start_s=1.0, end_s=2.5, text='Good & bad')]
    """
    if extension == "json3":
        cues = _json3(text, automatic)
    elif extension in ("vtt", "srt"):
        cues = _timed_text(text)
    else:
        return []
    cues.sort(key=lambda cue: cue.start_s)
    repeats = sum(bool(_overlap(a, b)) for a, b in pairwise(cues))
    rolls = repeats > 0 and (automatic or (repeats >= 3 and repeats >= _ROLLING_SHARE * (len(cues) - 1)))
    return _unrolled(cues) if rolls else [Line(c.start_s, c.end_s, " ".join(c.lines)) for c in cues]


def _timed_text(text: str) -> list[_Cue]:
    """The cues of WebVTT and SubRip, whose blocks differ only in what this passes over: numbers, names, settings."""
    cues = []
    # Lines of one space keep their block together in YouTube's files, so only empty lines end one.
    for block in re.split(r"\n(?:\n)+", text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")):
        rows = block.split("\n")
        for at, row in enumerate(rows[:3]):
            if found := _CUE.match(row):
                numbers = found.groups()
                cue = _cue(_seconds(*numbers[:4]), _seconds(*numbers[4:]), rows[at + 1 :])
                cues += [cue] if cue else []
                break
    return cues


def _json3(text: str, automatic: bool) -> list[_Cue]:
    """The events of json3: milliseconds, and text in segments."""
    try:
        events = [event for event in json.loads(text)["events"] if event.get("segs")]
        spans = [(e["tStartMs"] / 1000, e.get("dDurationMs", 0) / 1000, e["segs"]) for e in events]
        texts = ["".join(str(segment.get("utf8") or "") for segment in segs) for _, _, segs in spans]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    cues = [_cue(start, start + length, t.split("\n")) for (start, length, _), t in zip(spans, texts, strict=True)]
    shown = [cue for cue in cues if cue]
    if not automatic:
        return shown
    # An automatic line stays on the screen while the next one is said.
    ends = [min(a.end_s, max(b.start_s, a.start_s)) for a, b in pairwise(shown)] + [c.end_s for c in shown[-1:]]
    return [_Cue(cue.start_s, end, cue.lines) for cue, end in zip(shown, ends, strict=True)]


def _cue(start_s: float, end_s: float, rows: list[str]) -> _Cue | None:
    plain = (" ".join(html.unescape(_TAG.sub("", row)).split()) for row in rows)
    lines = tuple(row for row in plain if row)
    return _Cue(start_s, max(start_s, end_s), lines) if lines else None


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _overlap(before: _Cue, after: _Cue) -> int:
    """How many lines that end one cue begin the next, which follows it at once."""
    if after.start_s > before.end_s + 0.5:
        return 0
    longest = min(len(before.lines), len(after.lines))
    return next((n for n in range(longest, 0, -1) if before.lines[-n:] == after.lines[:n]), 0)


def _unrolled(cues: list[_Cue]) -> list[Line]:
    lines: list[Line] = []
    before = None
    for cue in cues:
        fresh = cue.lines[_overlap(before, cue) if before else 0 :]
        if fresh:
            lines.append(Line(cue.start_s, cue.end_s, " ".join(fresh)))
        elif lines:
            lines[-1] = Line(lines[-1].start_s, max(lines[-1].end_s, cue.end_s), lines[-1].text)
        before = cue
    return lines
