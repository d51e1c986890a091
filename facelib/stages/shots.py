"""Shot cuts from frames that somebody else decodes."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from facelib.media.grid import GRID_FPS

SCENE_WIDTH = 256
"""Width in pixels at which frames are compared; PySceneDetect's own downscaling aims at the same size."""


@dataclass(frozen=True)
class Shot:
    """Frames between two cuts, on the grid; ``end_frame`` is one past the last."""

    start_frame: int
    end_frame: int


class ShotFinder:
    """PySceneDetect's content detector, fed frame by frame.

    Args:
        threshold: mean change in HSV between two frames from which on there is a cut (0..255).
        min_frames: a cut closer than this to the one before is not reported.
    """

    def __init__(self, threshold: float, min_frames: int) -> None:
        from scenedetect.detectors import ContentDetector

        self._detector = ContentDetector(threshold=threshold, min_scene_len=min_frames)
        self._cuts: set[int] = set()
        self._last = 0

    def add(self, index: int, picture: NDArray[np.uint8]) -> None:
        """Look at one small BGR picture, the frame ``index`` of the grid; indices must grow."""
        from scenedetect import FrameTimecode

        found = self._detector.process_frame(FrameTimecode(index, float(GRID_FPS)), picture)
        self._cuts.update(cut.frame_num for cut in found)
        self._last = index

    def shots(self, n_frames: int) -> list[Shot]:
        """The shots of a video of ``n_frames`` frames: they cover it without gap or overlap."""
        from scenedetect import FrameTimecode

        found = self._detector.post_process(FrameTimecode(self._last, float(GRID_FPS)))
        cuts = sorted(self._cuts.union(cut.frame_num for cut in found))
        edges = [0, *(cut for cut in cuts if 0 < cut < n_frames), n_frames]
        return [Shot(start, end) for start, end in pairwise(edges)]
