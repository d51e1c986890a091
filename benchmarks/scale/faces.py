"""Faces of made-up people: vectors with the likeness that real ones have, the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 512
CLIPS_A_PERSON = 20
BLOCK = 50_000
"""Vectors that are made at a time; bounds the memory."""
_ROOM = 278
"""Dimensions that they lie in: the cosine of two directions drawn at random has a deviation of 1 / sqrt(278) = 0.06."""
_LIKENESS, _SPREAD = 0.65, 0.14
"""The cosine of two clips of one person is the root of the product of two draws: 0.65 ± 0.1 in all."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Faces:
    """The faces of ``clips`` clips, of a twentieth as many people; the nth person is in a share of 1 / n of the clips.

    Args:
        clips: how many.
        seed: other numbers give other faces.
    """

    clips: int
    seed: int = 5

    @cached_property
    def people(self) -> NDArray[np.int64]:
        """(clips,) who each clip shows."""
        return self._draw(self.clips, 1)

    def blocks(self) -> Iterator[tuple[int, Vectors]]:
        """The vectors in order, with the place of the first of each block."""
        for start in range(0, self.clips, BLOCK):
            yield start, self._vectors(self.people[start : start + BLOCK], 10 + start)

    def others(self, count: int, number: int) -> tuple[NDArray[np.int64], Vectors]:
        """More clips of the same people: who they show, and their vectors; other numbers give other clips."""
        who = self._draw(count, -number)
        return who, self._vectors(who, -number)

    @cached_property
    def _centres(self) -> Vectors:
        drawn = self._numbers(0).standard_normal((max(1, self.clips // CLIPS_A_PERSON), _ROOM), dtype=np.float32)
        return _unit(drawn)

    @cached_property
    def _axes(self) -> Vectors:
        return np.linalg.qr(self._numbers(2).normal(size=(DIMENSIONS, _ROOM)))[0].astype(np.float32).T

    def _draw(self, count: int, stream: int) -> NDArray[np.int64]:
        weights = 1 / np.arange(1, max(1, self.clips // CLIPS_A_PERSON) + 1)
        return self._numbers(stream).choice(len(weights), size=count, p=weights / weights.sum())

    def _vectors(self, who: NDArray[np.int64], stream: int) -> Vectors:
        numbers = self._numbers(stream + (1 << 20))
        share = np.clip(numbers.normal(_LIKENESS, _SPREAD, (len(who), 1)), 0.1, 0.98).astype(np.float32)
        noise = _unit(numbers.standard_normal((len(who), _ROOM), dtype=np.float32))
        mixed = np.sqrt(share) * self._centres[who] + np.sqrt(1 - share) * noise
        return np.asarray(_unit(mixed.astype(np.float32)) @ self._axes)

    def _numbers(self, stream: int) -> np.random.Generator:
        return np.random.default_rng((self.seed, self.clips, stream + (1 << 30)))


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
