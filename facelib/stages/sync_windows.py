"""What SyncNet sees and hears of a clip: its sound as far as there is any, and windows of five crops."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from facelib.media.audio import SAMPLES_PER_FRAME, SPEECH_RATE
from facelib.media.face_crop import crop_square, lrs_squares, smooth
from facelib.media.grid import GRID_FPS
from facelib.models.loudness import peak_db
from facelib.models.syncnet import FRAMES, SIDE
from facelib.stages import clip_sound
from facelib.stages.clips import Clip, Unmeasurable

GROUP_FRAMES = 7_500
"""Clips of five minutes together fill batches; their vectors take 60 MB."""


@dataclass(frozen=True, eq=False)
class ClipSound:
    """The sound of a clip.

    Args:
        samples: 16 kHz, 640 a frame of the clip.
        n_frames: whole frames up to its last sample that is not zero: what follows is no sound, or was filled up.
        gap_s: how much earlier the sound ends than the picture, s.
    """

    samples: NDArray[np.int16]
    n_frames: int
    gap_s: float


def sound_of(clip: Clip, *, min_peak: float, min_frames: int) -> ClipSound:
    """The sound of a clip that can be scored.

    Args:
        clip: the clip.
        min_peak: of its loudest sample, dBFS.
        min_frames: frames that must have sound.

    Raises:
        Unmeasurable: ``no_audio``, ``silent`` or ``too_short``.
    """
    samples = clip_sound.sound_of(clip)
    loud = np.flatnonzero(samples)
    peak = peak_db(samples)
    if peak < min_peak:
        raise Unmeasurable("silent", peak, min_peak, "dBFS")
    length = int(loud[-1]) + 1
    n_frames = min(clip.n_frames, length // SAMPLES_PER_FRAME)
    if n_frames < min_frames:
        raise Unmeasurable("too_short", n_frames, min_frames, "frames")
    return ClipSound(samples, n_frames, clip.n_frames / GRID_FPS - length / SPEECH_RATE)


def picture_windows(clip: Clip, count: int, *, threads: int = 0) -> Iterator[NDArray[np.uint8]]:
    """The first ``count`` windows of five crops, (5, 224, 224, 3) BGR each, one frame after the other.

    Raises:
        MediaError: no frame can be decoded.
    """
    crops = _crops(clip, count + FRAMES - 1, threads)
    window = list(islice(crops, FRAMES - 1))
    for crop in crops:
        window.append(crop)
        yield np.stack(window)
        del window[0]


def groups(clips: list[Clip]) -> Iterator[list[Clip]]:
    """Clips in turn, as many together as fill :data:`GROUP_FRAMES`."""
    group: list[Clip] = []
    for clip in clips:
        group.append(clip)
        if sum(member.n_frames for member in group) >= GROUP_FRAMES:
            yield group
            group = []
    if group:
        yield group


def _crops(clip: Clip, n: int, threads: int) -> Iterator[NDArray[np.uint8]]:
    """``n`` crops; a frame that cannot be decoded shows the one before it, as a player does."""
    squares = lrs_squares(smooth(clip.boxes.astype(np.float64)))
    last, given = None, 0
    for number, picture in clip.frames(range(n), threads=threads):
        crop = crop_square(picture, squares[number], SIDE)
        for _ in range(given, number):
            yield crop if last is None else last
        yield crop
        last, given = crop, number + 1
    if last is None:
        raise Unmeasurable("no_frames", 0, 1, "frames")
    for _ in range(given, n):
        yield last
