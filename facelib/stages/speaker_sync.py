"""From vectors of pictures and of sound to the offset between them, and from scores to who of several people speaks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from facelib.models.faces import Floats
from facelib.models.light_asd import LightAsd
from facelib.stages.shift_curve import overlap

MIN_OVERLAP = 12
"""Clips that share fewer frames are not compared: about half a second tells nothing."""


def sweep(model: LightAsd, seen: Floats, heard: Floats, max_shift: int) -> Floats:
    """Mean score of a clip for each shift of its sound.

    Args:
        model: scores stretches.
        seen, heard: (n, 128) vectors of the pictures and of the sound, n > max_shift.
        max_shift: largest shift, frames.

    Returns:
        (2 max_shift + 1,) from a sound that leads by -max_shift frames on. Each is the mean over those frames that have
        sound when it is moved: each stretch is judged by itself, nothing is filled up.
    """
    found = np.empty(2 * max_shift + 1, np.float32)
    for size in range(max_shift + 1):
        # A lead and a lag of the same size leave stretches of the same length, so one call takes both.
        pairs = [overlap(len(seen), shift) for shift in (-size, size)]
        scores = model.scores(
            np.stack([seen[pictures] for pictures, _ in pairs]), np.stack([heard[sound] for _, sound in pairs])
        )
        found[[max_shift - size, max_shift + size]] = scores.mean(axis=1)
    return found


@dataclass(frozen=True, eq=False)
class Candidate:
    """A face that may be the one that speaks: first frame on the grid of the source, and (n,) score of each frame."""

    start: int
    scores: Floats


def rivals(candidates: Sequence[Candidate]) -> list[list[int]]:
    """For each face, the others that are in view together with it.

    Clips lie within shots, so those that overlap in time are of one shot.

    Example:
        >>> [one, two, later] = [Candidate(start, np.zeros(50, np.float32)) for start in (0, 20, 60)]
        >>> rivals([one, two, later])
        [[1], [0], []]
    """
    return [
        [j for j, other in enumerate(candidates) if j != i and _shared(one, other) >= MIN_OVERLAP]
        for i, one in enumerate(candidates)
    ]


def speaks(candidates: Sequence[Candidate]) -> list[bool]:
    """Whether each face is the one that speaks: its mean score is above 0, and over the frames that it shares with any
    other in view it is the higher."""
    return [
        float(one.scores.mean()) > 0 and all(_lead(one, candidates[j]) > 0 for j in others)
        for one, others in zip(candidates, rivals(candidates), strict=True)
    ]


def _shared(one: Candidate, other: Candidate) -> int:
    return min(one.start + len(one.scores), other.start + len(other.scores)) - max(one.start, other.start)


def _lead(one: Candidate, other: Candidate) -> float:
    """By how much the mean score of one is higher over the frames that both share."""
    first, count = max(one.start, other.start), _shared(one, other)
    parts = [face.scores[first - face.start : first - face.start + count] for face in (one, other)]
    return float(parts[0].mean() - parts[1].mean())
