"""Agreement of reviewers, against figures worked out by hand."""

import pytest

from facelib.curate.agreement import agreement, score


def said(text: str) -> dict[str, str]:
    """Verdicts by clip: one letter a clip, k or d; a dot where it was not judged."""
    words = {"k": "keep", "d": "drop"}
    return {f"c{number}": words[letter] for number, letter in enumerate(text) if letter in words}


@pytest.mark.parametrize(
    ("first", "second", "clips", "same", "kappa"),
    [
        ("", "", 0, 0, None),
        ("k.", ".k", 0, 0, None),
        ("kk", "kk", 2, 2, None),
        ("kd", "kd", 2, 2, 1.0),
        ("kd", "dk", 2, 0, -1.0),
        ("kkkk", "kkdd", 4, 2, 0.0),
        # 50 clips of the textbook: 20 and 15 alike, 5 and 10 not; p_o 0.7, p_e 0.5.
        ("k" * 20 + "k" * 5 + "d" * 10 + "d" * 15, "k" * 20 + "d" * 5 + "k" * 10 + "d" * 15, 50, 35, 0.4),
    ],
)
def test_kappa(first: str, second: str, clips: int, same: int, kappa: float | None) -> None:
    found = agreement(said(first), said(second))
    assert (found.clips, found.same) == (clips, same)
    assert found.kappa == (kappa if kappa is None else pytest.approx(kappa))
    assert sum(found.table.values()) == clips
    assert len(found.different) == clips - same


def test_table_and_differences() -> None:
    found = agreement(said("kkd"), said("kdd"))
    assert found.table == {("keep", "keep"): 1, ("keep", "drop"): 1, ("drop", "keep"): 0, ("drop", "drop"): 1}
    assert found.different == ("c1",)
    assert found.share == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("gold", "verdicts", "share", "missed"),
    [("", "k", None, ()), ("k", "", None, ()), ("kd", "kd", 1.0, ()), ("kdk", "kk.", 0.5, ("c1",))],
)
def test_gold(gold: str, verdicts: str, share: float | None, missed: tuple[str, ...]) -> None:
    found = score(said(gold), said(verdicts))
    assert (found.share, found.missed) == (share, missed)
