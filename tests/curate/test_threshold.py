"""Precision and recall of thresholds, against figures counted by hand."""

import pytest

from facelib.curate.threshold import MOST_POINTS, JudgedValues, Point, Side

VALUES = [(1.0, False), (2.0, True), (3.0, False), (4.0, True), (4.0, True)]


@pytest.mark.parametrize(
    ("side", "threshold", "passed", "precision", "recall"),
    [
        ("min", 0.0, 5, 0.6, 1.0),
        ("min", 2.0, 4, 0.75, 1.0),
        ("min", 3.5, 2, 1.0, 2 / 3),
        ("min", 9.0, 0, None, 0.0),
        ("max", 0.5, 0, None, 0.0),
        ("max", 2.0, 2, 0.5, 1 / 3),
        ("max", 4.0, 5, 0.6, 1.0),
    ],
)
def test_a_threshold(side: Side, threshold: float, passed: int, precision: float | None, recall: float) -> None:
    found = JudgedValues(VALUES, side).at(threshold)
    assert (found.passed, found.precision) == (passed, precision)
    assert found.recall == pytest.approx(recall)


def test_curve_and_best() -> None:
    values = JudgedValues(VALUES, "min")
    assert [point.threshold for point in values.curve()] == [1.0, 2.0, 3.0, 4.0]
    best = values.best()
    assert best is not None and best.threshold == 2.0 and best.f1 == pytest.approx(6 / 7)
    assert (values.span, values.kept, len(values)) == ((1.0, 4.0), 3, 5)


@pytest.mark.parametrize("values", [[], [(1.0, False)]])
def test_without_a_kept_clip_nothing_is_best(values: list[tuple[float, bool]]) -> None:
    found = JudgedValues(values, "min")
    assert found.best() is None
    assert found.at(1.0).recall is None


def test_a_curve_has_not_too_many_points() -> None:
    curve = JudgedValues([(float(n), n > 500) for n in range(1000)], "max").curve()
    assert len(curve) == MOST_POINTS
    assert (curve[0].threshold, curve[-1].threshold) == (0.0, 999.0)


def test_f1_of_nothing_right() -> None:
    assert Point(1.0, 2, 0.0, 0.0).f1 == 0.0
    assert Point(1.0, 0, None, 0.0).f1 is None
