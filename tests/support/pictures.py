"""Single pictures of the test clips."""

from pathlib import Path

from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models.pictures import Picture


def picture_of(path: Path, frame: int, long_side: int) -> Picture:
    """A frame of a video, upright, with its longer side of ``long_side`` px."""
    with GridReader(path, start=frame, stop=frame + 1, threads=1) as reader:
        scale = long_side / max(reader.width, reader.height)
        size = (round(reader.width * scale), round(reader.height * scale))
        return to_bgr(next(iter(reader)).frame, size=size, rotation=reader.rotation)
