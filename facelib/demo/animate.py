"""How a talking head moves, frame by frame: mouth, lids and head, each a series over the frames of a video."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facelib.demo.warp import HeadPose

Series = NDArray[np.float64]

# Lids over five frames of a blink.
_BLINK = (0.5, 1.0, 1.0, 0.75, 0.25)


@dataclass(frozen=True, slots=True)
class Motion:
    """The movement of one face.

    Attributes:
        mouth: opening of each frame, 0 to 1.
        lids: closing of each frame, 0 to 1.
        poses: the head in each frame.
    """

    mouth: Series
    lids: Series
    poses: tuple[HeadPose, ...]


def mouth_series(loudness: Series) -> Series:
    """Mouth opening 0 to 1 for a loudness 0 to 1, smoothed over three frames so that the mouth does not snap.

    Example:
        >>> mouth_series(np.array([0.0, 0.0, 1.0, 1.0, 1.0])).round(2).tolist()
        [0.0, 0.2, 0.8, 1.0, 1.0]
    """
    opened = np.clip(loudness, 0.0, 1.0) ** 1.2
    padded = np.pad(opened, 1, mode="edge")
    return np.asarray(0.2 * padded[:-2] + 0.6 * padded[1:-1] + 0.2 * padded[2:])


def lid_series(frames: int, fps: float, random: np.random.Generator) -> Series:
    """Lid closing 0 to 1: a blink of 5 frames every 1.8 to 3.6 seconds."""
    lids = np.zeros(frames)
    at = random.uniform(0.5, 2.0)
    while round(at * fps) < frames:
        begin = round(at * fps)
        room = lids[begin : begin + len(_BLINK)]
        room[:] = _BLINK[: len(room)]
        at += random.uniform(1.8, 3.6)
    return lids


def _drift(frames: int, fps: float, random: np.random.Generator) -> Series:
    """A smooth series within -1 and 1: the mean of three slow sines."""
    seconds = np.arange(frames) / fps
    frequencies = random.uniform((0.12, 0.25, 0.45), (0.2, 0.4, 0.7))
    phases = random.uniform(0, 2 * np.pi, 3)
    waves = np.sin(2 * np.pi * frequencies * seconds[:, None] + phases)
    return np.asarray((waves * (0.5, 0.3, 0.2)).sum(axis=1))


def move(loudness: Series, fps: float, face_height: float, seed: int) -> Motion:
    """The motion of a face that says a sound of this loudness; the same arguments give the same motion.

    Args:
        loudness: of each frame, 0 to 1; zeros for somebody who listens.
        fps: frames a second.
        face_height: in pixels; shifts are proportional to it.
        seed: of the head's drift and the blinks.
    """
    random = np.random.default_rng(seed)
    frames = len(loudness)
    x, y, roll, zoom = (_drift(frames, fps, random) for _ in range(4))
    kernel = np.hanning(round(fps * 0.5) | 1)
    emphasis = np.convolve(loudness, kernel / kernel.sum(), mode="same")[:frames]
    poses = tuple(
        HeadPose(x=0.03 * face_height * a, y=face_height * (0.018 * b + 0.02 * e), roll=0.04 * c, zoom=1.0 + 0.02 * d)
        for a, b, c, d, e in zip(x, y, roll, zoom, emphasis, strict=True)
    )
    return Motion(mouth=mouth_series(loudness), lids=lid_series(frames, fps, random), poses=poses)
