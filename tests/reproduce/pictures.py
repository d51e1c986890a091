"""Reading what was written, and what should have been."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr

Picture = NDArray[np.uint8]


def frames_of(path: Path, start: int = 0, stop: int | None = None) -> list[Picture]:
    """Every frame of the 25 fps grid, BGR."""
    with GridReader(path, start=start, stop=stop, threads=1) as reader:
        return [to_bgr(shown.frame, rotation=reader.rotation) for shown in reader for _ in range(shown.count)]


def shown_in(source: list[Picture], box: tuple[float, float, float, float], size: tuple[int, int]) -> list[Picture]:
    """A rectangle of each frame in another size."""
    x1, y1, x2, y2 = (int(edge) for edge in box)
    filter = cv2.INTER_AREA if size[0] <= x2 - x1 else cv2.INTER_CUBIC
    return [np.asarray(cv2.resize(p[y1:y2, x1:x2], size, interpolation=filter), np.uint8) for p in source]


def difference(found: list[Picture], wanted: list[Picture]) -> float:
    """Largest mean absolute difference of two pictures of a pair, in grey levels."""
    assert len(found) == len(wanted) and found[0].shape == wanted[0].shape
    return max(float(np.abs(a.astype(int) - b.astype(int)).mean()) for a, b in zip(found, wanted, strict=True))
