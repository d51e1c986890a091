"""Which clips show again what another one shows, such that chains of likeness do not swallow what differs.

The rule of video-to-faces, in :mod:`facelib.curate.earlier_items`, drops an item that is like any earlier one, dropped
or not: of a slow change only the beginning stays. Here a clip is a duplicate only of one that is kept.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """What makes one of two like clips the better one; what is not known counts least.

    Args:
        sound: whether it has sound.
        size: median larger side of the face, px; of an upload, pixels of its picture.
        sharpness: of the face, variance of Laplacian.
        seconds: length, s.
        confidence: of lip sync.
    """

    sound: bool
    size: float | None
    sharpness: float | None
    seconds: float
    confidence: float | None

    def order(self) -> tuple[float, ...]:
        """Sorts the best first. Sizes within about a tenth, and sharpnesses within about a fifth, count as equal."""
        measured = (-_grade(self.size, 1.1), -_grade(self.sharpness, 1.2), -self.seconds, -(self.confidence or 0.0))
        return (float(not self.sound), *measured)


@dataclass(frozen=True)
class Likeness:
    """One of the two sides of a likeness: the other item, and how far it is.

    Args:
        other: id of the other item.
        difference: by which the nearest one is chosen.
        covered: whether the other holds enough of this one to stand for it.
    """

    other: str
    difference: float
    covered: bool = True


def duplicates_of_kept(best_first: Sequence[str], like: Mapping[str, Sequence[Likeness]]) -> dict[str, Likeness]:
    """Go through items from the best to the worst; one that is like a kept one is a duplicate of it, others are kept.

    Args:
        best_first: ids of the items.
        like: of each item, what it is like; both sides of each likeness.

    Returns:
        Of each duplicate, its likeness to a kept item: the nearest, of equally near ones the first by id.

    A chain, each link like the next, keeps every other link:

    >>> chain = {"a": ["b"], "b": ["a", "c"], "c": ["b", "d"], "d": ["c"]}
    >>> found = duplicates_of_kept("abcd", {a: [Likeness(b, 8) for b in like] for a, like in chain.items()})
    >>> {item: likeness.other for item, likeness in found.items()}
    {'b': 'a', 'd': 'c'}
    """
    kept: set[str] = set()
    found: dict[str, Likeness] = {}
    for item in best_first:
        standing = [one for one in like.get(item, ()) if one.covered and one.other in kept]
        if standing:
            found[item] = min(standing, key=lambda one: (one.difference, one.other))
        else:
            kept.add(item)
    return found


def _grade(value: float | None, step: float) -> float:
    """The whole number of steps of a ratio that a value has; -1000 where it is not known or 0."""
    return math.floor(math.log(value) / math.log(step)) if value and value > 0 else -1000
