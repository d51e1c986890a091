"""How well reviewers agree: with one another, and with verdicts that are known."""

from collections.abc import Mapping
from dataclasses import dataclass

from facelib.curate.review_events import VERDICTS


@dataclass(frozen=True)
class Agreement:
    """Two reviewers on the clips that both judged.

    Args:
        clips: how many both judged.
        same: on how many of them they say the same.
        kappa: Cohen's kappa, -1..1: 1 is full agreement, 0 what chance gives; None where it is not defined: no clip,
            or both gave one and the same verdict throughout.
        table: by verdict of the first and of the second, how many clips.
        different: ids of the clips on which they differ, by name.
    """

    clips: int
    same: int
    kappa: float | None
    table: dict[tuple[str, str], int]
    different: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Share on which they say the same, 0..1; None without a clip."""
        return self.same / self.clips if self.clips else None


@dataclass(frozen=True)
class GoldScore:
    """A reviewer against known verdicts.

    Args:
        judged: gold clips that the reviewer judged.
        right: those of them judged as they should be.
        missed: ids of the others, by name.
    """

    judged: int
    right: int
    missed: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """Share that was judged right, 0..1; None before the first."""
        return self.right / self.judged if self.judged else None


def agreement(first: Mapping[str, str], second: Mapping[str, str]) -> Agreement:
    """Compare the verdicts of two reviewers, by clip.

    Kappa is (p_o - p_e) / (1 - p_e) with the observed share of agreement p_o and the share p_e that two independent
    reviewers with the same habits would reach (Cohen: A Coefficient of Agreement for Nominal Scales, 1960).

    Example:
        >>> agreement({"a": "keep", "b": "drop", "c": "drop"}, {"a": "keep", "b": "keep", "c": "drop"}).kappa
        0.4
    """
    both = sorted(first.keys() & second.keys())
    table = {(a, b): 0 for a in VERDICTS for b in VERDICTS}
    for clip in both:
        table[first[clip], second[clip]] += 1
    different = tuple(clip for clip in both if first[clip] != second[clip])
    same = len(both) - len(different)
    return Agreement(len(both), same, _kappa(table, len(both), same), table, different)


def score(gold: Mapping[str, str], verdicts: Mapping[str, str]) -> GoldScore:
    """Hold a reviewer's verdicts against the known ones.

    >>> score({"a": "keep", "b": "drop"}, {"a": "keep", "c": "keep"})
    GoldScore(judged=1, right=1, missed=())
    """
    judged = sorted(gold.keys() & verdicts.keys())
    missed = tuple(clip for clip in judged if gold[clip] != verdicts[clip])
    return GoldScore(len(judged), len(judged) - len(missed), missed)


def _kappa(table: dict[tuple[str, str], int], clips: int, same: int) -> float | None:
    """In whole numbers up to the last division, so that what is exact comes out exact."""
    rows = {a: sum(table[a, b] for b in VERDICTS) for a in VERDICTS}
    columns = {b: sum(table[a, b] for a in VERDICTS) for b in VERDICTS}
    chance = sum(rows[v] * columns[v] for v in VERDICTS)
    if clips * clips == chance:
        return None
    return (clips * same - chance) / (clips * clips - chance)
