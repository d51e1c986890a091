"""Landmarks as text: one line a frame, ``000001.png x_y x_y ... ``, whole pixels, as talking-face tools read them."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.errors import StoreError


def landmark_lines(points: NDArray[np.float32]) -> Iterator[str]:
    """One line for each frame, without its end.

    Args:
        points: (n, p, 2) px; every frame must have points.

    Numbers are cut towards zero, not rounded; frames count from 1; each pair is followed by a space, the last one too.

    Example:
        >>> list(landmark_lines(np.array([[[1.9, 2.0], [-0.5, 3.2]]], "f4")))
        ['000001.png 1_2 0_3 ']
    """
    for number, face in enumerate(np.trunc(points).astype(np.int64).tolist(), start=1):
        yield f"{number:06d}.png " + "".join(f"{x}_{y} " for x, y in face)


def write_landmark_text(points: NDArray[np.float32], path: Path) -> int:
    """Write the file of one clip and return the number of its lines, which is that of its frames.

    Raises:
        StoreError: a frame has no points; reason ``landmarks_missing``.
    """
    missing = int((~np.isfinite(points).all(axis=(1, 2))).sum())
    if missing:
        raise StoreError(
            f"{missing} of {len(points)} frames have no landmarks",
            hint="run: facelib run landmarks",
            reason="landmarks_missing",
        )
    path.write_text("".join(f"{line}\n" for line in landmark_lines(points)), encoding="ascii", newline="\n")
    return len(points)
