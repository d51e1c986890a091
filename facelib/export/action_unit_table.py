"""Action units of a clip as a CSV file, one row a frame."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def write_action_units(
    intensity: Mapping[str, Floats], presence: Mapping[str, Floats], confidence: Floats, path: Path
) -> None:
    """Write columns ``frame`` (from 0), ``confidence``, ``<unit>_intensity`` (0..5) and ``<unit>_presence`` (0 or 1).

    Args:
        intensity, presence: (n,) by unit, such as ``AU12``; NaN becomes an empty field.
        confidence: (n,) of the tracking, 0..1.
        path: the file to write.
    """
    columns = {"confidence": confidence}
    columns |= {f"{unit}_intensity": values for unit, values in intensity.items()}
    columns |= {f"{unit}_presence": values for unit, values in presence.items()}
    with path.open("w", newline="", encoding="ascii") as file:
        out = csv.writer(file)
        out.writerow(["frame", *columns])
        for frame in range(len(confidence)):
            values = (float(column[frame]) for column in columns.values())
            out.writerow([frame, *("" if np.isnan(value) else f"{value:g}" for value in values)])
