"""What made-up clips say and how they sound: titles, captions, fingerprints of sound; the same for the same seed."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from facelib.media.sound_print import Words

TOPICS = ("music", "science", "history", "cooking", "travel", "health", "cinema", "law", "sport", "space")
VOCABULARY, SPOKEN = 5_000, 6
"""Different words of captions, the nth in a share of 1 / n of all, and words that a clip says."""
STEPS = 33
"""Words of the fingerprint of 2 s."""


def title(video: int) -> str:
    """The title of a video by its number: one of ten topics."""
    return f"A talk about {TOPICS[video * 7 % len(TOPICS)]}"


def texts(numbers: np.random.Generator, count: int) -> list[str]:
    """What some clips say, as the catalogue holds it: words in lower case, each between two spaces."""
    chosen = numbers.choice(VOCABULARY, size=(count, SPOKEN), p=_shares())
    return [" " + " ".join(f"word{n}" for n in row) + " " for row in chosen.tolist()]


def has_sound(clips: range) -> NDArray[np.bool_]:
    """Which of some clips have sound, by their numbers: every second one, so that pictures are compared too."""
    return np.asarray(np.arange(clips.start, clips.stop) % 2 == 1)


def prints(numbers: np.random.Generator, sound: NDArray[np.bool_]) -> list[Words]:
    """The fingerprints of the sound of some clips; empty for those without."""
    drawn = numbers.integers(1, 1 << 16, (len(sound), STEPS), np.uint16)
    return [row if heard else row[:0] for row, heard in zip(drawn, sound, strict=True)]


@cache
def _shares() -> NDArray[np.float64]:
    shares = 1 / np.arange(1, VOCABULARY + 1)
    return np.asarray(shares / shares.sum())
