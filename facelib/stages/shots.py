"""Shot cuts from frames that somebody else decodes."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from facelib.media.grid import GRID_FPS, GridFrame
from facelib.media.picture import to_bgr
from facelib.models.pictures import Picture
from facelib.models.transnetv2 import SIZE, ShotChances, TransNetV2

SCENE_WIDTH = 256
"""Width in pixels at which frames are compared; PySceneDetect's own downscaling aims at the same size."""


@dataclass(frozen=True)
class Shot:
    """Frames between two cuts, on the grid; ``end_frame`` is one past the last."""

    start_frame: int
    end_frame: int


class ShotFinder(ABC):
    """Finds cuts in frames that it is fed in order."""

    @abstractmethod
    def picture(self, shown: GridFrame, rotation: int) -> Picture:
        """A frame as small as this finder wants it, BGR; ``rotation`` as of the reader."""

    @abstractmethod
    def add(self, index: int, picture: Picture) -> None:
        """Look at the frame ``index`` of the grid; indices must grow."""

    @abstractmethod
    def cuts(self) -> Iterable[int]:
        """First frames of shots, once all frames were looked at."""

    def shots(self, n_frames: int) -> list[Shot]:
        """The shots of a video of ``n_frames`` frames: they cover it without gap or overlap."""
        edges = [0, *(cut for cut in sorted(self.cuts()) if 0 < cut < n_frames), n_frames]
        return [Shot(start, end) for start, end in pairwise(edges)]


class ContentShots(ShotFinder):
    """PySceneDetect's content detector.

    Args:
        threshold: mean change in HSV between two frames from which on there is a cut (0..255).
        min_frames: a cut closer than this to the one before is not reported.
    """

    def __init__(self, threshold: float, min_frames: int) -> None:
        from scenedetect.detectors import ContentDetector

        self._detector = ContentDetector(threshold=threshold, min_scene_len=min_frames)
        self._cuts: set[int] = set()
        self._last = 0

    def picture(self, shown: GridFrame, rotation: int) -> Picture:
        """The frame as it is coded: changes show in any position."""
        frame = shown.frame
        return to_bgr(frame, size=(SCENE_WIDTH, max(2, round(frame.height * SCENE_WIDTH / frame.width))))

    def add(self, index: int, picture: Picture) -> None:
        """Compare a frame with the one before."""
        from scenedetect import FrameTimecode

        found = self._detector.process_frame(FrameTimecode(index, float(GRID_FPS)), picture)
        self._cuts.update(cut.frame_num for cut in found)
        self._last = index

    def cuts(self) -> set[int]:
        """First frames of shots."""
        from scenedetect import FrameTimecode

        found = self._detector.post_process(FrameTimecode(self._last, float(GRID_FPS)))
        return self._cuts.union(cut.frame_num for cut in found)


class TransNetShots(ShotFinder):
    """TransNet V2, which also sees gradual changes; the shot after such a change begins when it is over.

    Args:
        model: the network.
        threshold: probability (0..1) above which a frame belongs to a change.
        min_frames: a cut closer than this to the one before, or to the start, is not reported.
    """

    def __init__(self, model: TransNetV2, threshold: float, min_frames: int) -> None:
        self._chances = ShotChances(model)
        self._threshold = threshold
        self._min_frames = min_frames
        self._frames: list[int] = []

    def picture(self, shown: GridFrame, rotation: int) -> Picture:
        """The frame upright, as in training."""
        return to_bgr(shown.frame, size=SIZE, rotation=rotation)

    def add(self, index: int, picture: Picture) -> None:
        """Judge a frame, once those after it are known."""
        self._frames.append(index)
        self._chances.add(picture)

    def cuts(self) -> list[int]:
        """First frames of shots."""
        changing = self._chances.finish() > self._threshold
        found: list[int] = []
        for (here, then), frame in zip(pairwise(changing), self._frames[1:], strict=True):
            if here and not then and frame - (found[-1] if found else 0) >= self._min_frames:
                found.append(frame)
        return found
