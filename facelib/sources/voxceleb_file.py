"""VoxCeleb's text files: the boxes of one face in one stretch of a video, at 25 frames a second.

A file has a header (Identity, Reference, Offset, FV Conf, ASD Conf), an empty line, the names of the columns, and a row
``FRAME X Y W H`` for each frame. VoxCeleb1 gives pixels, VoxCeleb2 fractions of the frame.
https://www.robots.ox.ac.uk/~vgg/data/voxceleb/
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from facelib.ids import video_id
from facelib.sources.faults import BadRow, Fault

Units = Literal["auto", "pixels", "fractions"]
"""What X Y W H are; ``auto`` tells by the values: no face is 2 px wide."""

_HEADER = re.compile(r"(Identity|Reference|Offset|FV Conf|ASD Conf)\s*:\s*(\S*)", re.IGNORECASE)
_COLUMNS = re.compile(r"FRAME\s+X\s+Y\s+W\s+H", re.IGNORECASE)
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{11}")
_IDENTITY = re.compile(r"\w[\w.-]{0,63}")
_LARGEST_FRACTION = 2.0
LONGEST_GAP = 250
"""So many frames, 10 s, may be missing between two rows; a row that lies farther on belongs to no face seen before."""


@dataclass(frozen=True)
class VoxClip:
    """What one text file says.

    Attributes:
        file: the file, relative to the folder that was read.
        identity: VoxCeleb's id of the person.
        reference: YouTube's id of the video.
        number: name of the file without extension, its number within the video.
        offset: by how many frames of 1/25 s the sound leads, as VoxCeleb measured it; None where it is not given.
        face_confidence, speaker_confidence: VoxCeleb's FV Conf and ASD Conf; None where they are not given.
        frames: (n,) int64, numbers of frames of 1/25 s, growing.
        boxes: (n, 4) float64 ``x y width height``, px or fractions of the frame.
        fractions: whether ``boxes`` are fractions.
    """

    file: str
    identity: str
    reference: str
    number: str
    offset: float | None
    face_confidence: float | None
    speaker_confidence: float | None
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]
    fractions: bool

    @property
    def video_id(self) -> str:
        """Name of its video in the store."""
        return video_id("youtube", self.reference)


def read_voxceleb(path: Path, folder: Path, units: Units = "auto") -> tuple[VoxClip | None, list[Fault]]:
    """Read one file.

    Args:
        path: the file.
        folder: what was given; identity and reference that the header lacks are taken from folders below it.
        units: what the boxes are.

    Returns:
        The clip, or None where the file holds none; and what is wrong with the file.
    """
    file = _File(path, folder)
    names = file.names()
    if names is None:
        return None, file.faults
    rows = file.rows()
    fractions = file.are_fractions(rows, units)
    rows = file.checked(rows, fractions, units)
    if not rows:
        file.add(0, "", "no_frames", "no row FRAME X Y W H can be read", "file left out")
        return None, file.faults
    offset, face, speaker = (_number(file.header.get(name, (0, ""))[1]) for name in ("offset", "fv conf", "asd conf"))
    table = np.array([values for _, _, values in rows], np.float64)
    clip = VoxClip(
        file=file.name,
        identity=names[0],
        reference=names[1],
        number=path.stem,
        offset=offset,
        face_confidence=face,
        speaker_confidence=speaker,
        frames=table[:, 0].astype(np.int64),
        boxes=table[:, 1:],
        fractions=fractions,
    )
    return clip, file.faults


def read_names(path: Path, folder: Path) -> tuple[tuple[str, str] | None, list[Fault]]:
    """Identity and reference of one file, without its rows; None where it holds no clip. As `read_voxceleb`."""
    file = _File(path, folder)
    return file.names(), file.faults


_Row = tuple[int, str, list[float]]


class _File:
    """One file, read by the rules of its parts; what is wrong is added to ``faults``."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.path = path
        self.name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
        self.faults: list[Fault] = []
        self._lines: list[str] = []
        try:
            self._lines = path.read_bytes().decode("utf-8-sig", "replace").splitlines()
        except OSError as error:
            self.add(0, "", "file_unreadable", f"it cannot be read: {error.strerror}", "file left out")
        self.header = self._header()

    def add(self, line: int, text: str, reason: str, why: str, action: str) -> None:
        self.faults.append(Fault.of(self.name, line, text, reason, why, action))

    def names(self) -> tuple[str, str] | None:
        """Identity and reference; what the header lacks is taken from the names of the folders. None without them."""
        if not self._lines and self.faults:
            return None
        if not self.header:
            why = "there is no line Identity, Reference, Offset, FV Conf or ASD Conf"
            self.add(0, "", "not_voxceleb", why, "file left out")
            return None
        folders = ("", "", *self.path.parent.parts)
        identity = self._name("identity", _IDENTITY, folders[-2])
        reference = self._name("reference", _REFERENCE, folders[-1])
        return (identity, reference) if identity and reference else None

    def _name(self, name: str, pattern: re.Pattern[str], folder: str) -> str:
        line, value = self.header.get(name, (0, ""))
        if pattern.fullmatch(value):
            return value
        instead = folder if pattern.fullmatch(folder) else ""
        why = f"{value!r} is no {name}" if value else f"there is no {name}"
        action = f"{instead}, the name of the folder, is taken" if instead else "file left out"
        self.add(line, self._lines[line - 1] if line else "", f"bad_{name}", why, action)
        return instead

    def _header(self) -> dict[str, tuple[int, str]]:
        """Number of the line and value by the name of the header line in lower case, up to the first row."""
        found: dict[str, tuple[int, str]] = {}
        for number, line in enumerate(self._lines, 1):
            match = _HEADER.match(line.strip())
            if match:
                found.setdefault(match[1].lower(), (number, match[2]))
            elif _COLUMNS.match(line.strip()):
                break
        return found

    def rows(self) -> list[_Row]:
        """The rows that hold five numbers."""
        rows: list[_Row] = []
        for number, line in enumerate(self._lines, 1):
            text = line.strip()
            if not text or _HEADER.match(text) or _COLUMNS.match(text):
                continue
            try:
                rows.append((number, text, _five(text)))
            except BadRow as error:
                self.add(number, text, error.reason, error.why, "row left out")
        return rows

    def are_fractions(self, rows: list[_Row], units: Units) -> bool:
        """Whether the boxes are fractions of the frame: by the values of most rows, where it is not said."""
        if units != "auto":
            return units == "fractions"
        small = Counter(max(values[3], values[4]) <= _LARGEST_FRACTION for _, _, values in rows)
        return small[True] > small[False]

    def checked(self, rows: list[_Row], fractions: bool, units: Units) -> list[_Row]:
        """The rows that go on from the ones before them, in the unit of most."""
        kept: list[_Row] = []
        for number, text, values in rows:
            frame, _, _, width, height = values
            if units == "auto" and (max(width, height) <= _LARGEST_FRACTION) != fractions:
                why = f"the other boxes are {'fractions of the frame' if fractions else 'pixels'}"
                self.add(number, text, "mixed_units", why, "row left out")
            elif kept and frame <= kept[-1][2][0]:
                self.add(number, text, "frame_order", f"frame {frame:.0f} does not follow those before", "row left out")
            else:
                missing = int(frame - kept[-1][2][0] - 1) if kept else 0
                if missing:
                    why = f"{missing} frames are missing before frame {frame:.0f}"
                    action = "boxes between are interpolated" if missing <= LONGEST_GAP else "row left out"
                    self.add(number, text, "frame_gap", why, action)
                if missing <= LONGEST_GAP:
                    kept.append((number, text, values))
        return kept


def _five(text: str) -> list[float]:
    fields = text.split()
    try:
        values = [float(field) for field in fields]
    except ValueError:
        values = []
    if len(values) != 5 or not np.isfinite(values).all() or re.fullmatch(r"\d{1,9}", fields[0]) is None:
        raise BadRow("unreadable_row", "not a frame and four numbers: FRAME X Y W H")
    if values[3] <= 0 or values[4] <= 0:
        raise BadRow("empty_box", f"a box of {fields[3]} x {fields[4]} is empty")
    return values


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None
