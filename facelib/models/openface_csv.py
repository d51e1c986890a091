"""Action units from a CSV file that OpenFace 2 wrote (``FeatureExtraction``), frame by frame for a clip.

OpenFace is a program of its own with its own licence: it is run by the user, and only its output is read here.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.errors import MediaError
from facelib.models.faces import Floats

FPS = 25
_UNIT = re.compile(r"AU\d\d_[rc]")


@dataclass(frozen=True)
class ActionUnits:
    """Action units of a clip.

    Args:
        intensity: by unit, such as ``AU12``: (n,) 0..5; NaN in a frame without a tracked face.
        presence: by unit: (n,) 0 or 1; NaN likewise.
        confidence: (n,) of the tracking, 0..1; NaN in a frame without a row.
    """

    intensity: dict[str, Floats]
    presence: dict[str, Floats]
    confidence: Floats


def read_action_units(path: Path, n_frames: int, *, min_confidence: float = 0.0) -> ActionUnits:
    """Read the file for a clip of ``n_frames`` frames at 25 frames/s.

    Each clip frame takes the row whose timestamp is nearest, if that lies within half a frame of it: rows may come from
    a video with another frame rate. Where the file has several faces, the surest row of a time counts.

    Args:
        path: the CSV file.
        n_frames: frames of the clip.
        min_confidence: rows of a lower confidence (0..1) count as without a face.

    Raises:
        MediaError: it is not such a file; reason ``not_openface``, ``bad_number`` or ``no_file``.
    """
    columns, rows = _rows(path)
    units = [name for name in columns if _UNIT.fullmatch(name)]
    if "timestamp" not in columns or "success" not in columns or not units:
        raise MediaError(
            f"{path.name} has no columns timestamp, success and AU.._r or AU.._c",
            hint="run OpenFace's FeatureExtraction with -aus",
            reason="not_openface",
        )
    numbers = {name: rows[:, columns.index(name)] for name in ("timestamp", "success", *units)}
    sure = rows[:, columns.index("confidence")] if "confidence" in columns else np.ones(len(rows))
    chosen = _row_of_frame(numbers["timestamp"], sure, n_frames)
    there = chosen >= 0
    tracked = there.copy()
    tracked[there] = (numbers["success"][chosen[there]] > 0) & (sure[chosen[there]] >= min_confidence)

    def aligned(values: NDArray[np.float64], where: NDArray[np.bool_]) -> Floats:
        out = np.full(n_frames, np.nan, np.float32)
        out[where] = values[chosen[where]]
        return out

    by_unit = {name: aligned(numbers[name], tracked) for name in units}
    return ActionUnits(
        {name[:-2]: values for name, values in by_unit.items() if name.endswith("_r")},
        {name[:-2]: values for name, values in by_unit.items() if name.endswith("_c")},
        aligned(sure, there),
    )


def _rows(path: Path) -> tuple[list[str], NDArray[np.float64]]:
    """Names of the columns and their numbers. OpenFace puts a space after each comma."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [[cell.strip() for cell in line] for line in csv.reader(file) if line]
    except OSError as error:
        raise MediaError(f"{path} cannot be read", hint="check the path", reason="no_file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise MediaError(f"{path.name} is not a CSV file", reason="not_openface") from error
    names = lines[0] if lines else []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(names):
            raise MediaError(f"{path.name} line {number} has {len(line)} of {len(names)} values", reason="bad_number")
    try:
        values = [[float(cell) for cell in line] for line in lines[1:]]
    except ValueError as error:
        raise MediaError(f"{path.name} holds text among its numbers: {error}", reason="bad_number") from error
    return names, np.array(values, np.float64).reshape(len(values), len(names))


def _row_of_frame(seconds: NDArray[np.float64], sure: NDArray[np.float64], n_frames: int) -> NDArray[np.int64]:
    """The row of each clip frame, -1 without one. OpenFace rounds its times to milliseconds."""
    chosen = np.full(n_frames, -1, np.int64)
    for frame in range(n_frames):
        away = np.abs(seconds * FPS - frame)
        near = np.flatnonzero(away <= 0.5 + 1e-6)
        if len(near):
            chosen[frame] = near[np.lexsort((near, -sure[near], away[near].round(3)))[0]]
    return chosen
