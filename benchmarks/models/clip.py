"""A clip made of noise, as long as asked for, in the forms in which stages hand clips to models."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from facelib.models.pictures import Picture

FPS = 25
SAMPLES_PER_FRAME = 640
FACE = 256
"""Side of the face, px."""
SIDE = 460
"""Side of the clip, px: its window is 1.8 times the face's box."""
DIFFERENT = 10
"""Pictures that differ; the clip shows them again and again, which no model notices."""


@dataclass(frozen=True)
class SyntheticClip:
    """Noise at 25 frames a second with 16 kHz sound.

    Args:
        seconds: how long it is.

    Example:
        >>> clip = SyntheticClip(0.4)
        >>> len(clip.frames), clip.frames[0].shape, clip.samples.shape
        (10, (460, 460, 3), (6400,))
    """

    seconds: float

    @property
    def n_frames(self) -> int:
        """Frames, at least 5: what SyncNet sees at once."""
        return max(5, round(self.seconds * FPS))

    @cached_property
    def frames(self) -> list[Picture]:
        """(460, 460, 3) BGR each."""
        return self.pictures(SIDE, SIDE)

    @cached_property
    def samples(self) -> NDArray[np.int16]:
        """(n_frames * 640,), 16 kHz mono."""
        noise = np.random.default_rng(1).normal(0, 3000, self.n_frames * SAMPLES_PER_FRAME)
        return noise.clip(-32768, 32767).astype(np.int16)

    @property
    def box(self) -> NDArray[np.float32]:
        """(4,) ``x1 y1 x2 y2`` of the face in every frame, px."""
        low = (SIDE - FACE) / 2
        return np.array([low, low, low + FACE, low + FACE], np.float32)

    @property
    def keypoints(self) -> NDArray[np.float32]:
        """(5, 2) eyes, nose and corners of the mouth in every frame, px."""
        share = np.array([[0.31, 0.46], [0.69, 0.46], [0.5, 0.64], [0.35, 0.82], [0.65, 0.82]], np.float32)
        return self.box[:2] + share * np.float32(FACE)

    def pictures(self, width: int, height: int) -> list[Picture]:
        """All frames in another size, (height, width, 3) BGR."""
        numbers = np.random.default_rng(0)
        coarse = [numbers.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), np.uint8) for _ in range(DIFFERENT)]
        shown = [np.asarray(cv2.resize(one, (width, height)), np.uint8) for one in coarse]
        return [shown[number % DIFFERENT] for number in range(self.n_frames)]

    def grey(self, side: int) -> NDArray[np.uint8]:
        """All frames, (n_frames, side, side), grey."""
        return np.stack([picture[..., 0] for picture in self.pictures(side, side)])
