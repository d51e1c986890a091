import numpy as np
import pytest

from facelib.stages.sync_segments import RULES, SegmentRule, segments


def confidence(*runs: tuple[int, float]) -> np.ndarray:
    """Runs of (frames, confidence)."""
    return np.concatenate([np.full(count, value) for count, value in runs] or [np.zeros(0)])


def spans(values: np.ndarray, rule: str | SegmentRule = "legacy") -> list[tuple[int, int]]:
    found = segments(values, RULES[rule] if isinstance(rule, str) else rule)
    return [(segment.start, segment.end) for segment in found]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(confidence(), [], id="nothing"),
        pytest.param(confidence((76, 2.2)), [(5, 70)], id="76 frames give 65"),
        pytest.param(confidence((75, 2.2)), [], id="75 frames are too few"),
        pytest.param(confidence((10, 0.0), (76, 2.2), (9, 0.0)), [(15, 80)], id="in the middle"),
        pytest.param(confidence((200, 2.1)), [], id="2.1 itself is not good"),
        pytest.param(confidence((40, 3.0), (14, 0.0), (40, 3.0)), [(5, 88)], id="hole of 14 is bridged"),
        pytest.param(confidence((40, 3.0), (15, 0.0), (40, 3.0)), [], id="hole of 15 is not"),
        pytest.param(
            confidence((80, 3.0), (15, 0.0), (90, 3.0)), [(5, 74), (100, 179)], id="two segments around a hole of 15"
        ),
        pytest.param(confidence((10, np.nan), (76, 2.2), (10, np.nan)), [(15, 80)], id="no value is not good"),
        pytest.param(np.tile(confidence((8, 3.0), (14, 0.0)), 10), [(5, 200)], id="8 good and 14 bad, ten times"),
    ],
)
def test_legacy_rule(values: np.ndarray, expected: list[tuple[int, int]]) -> None:
    assert spans(values) == expected


def test_the_legacy_rule_keeps_what_is_mostly_bad_and_the_others_do_not() -> None:
    values = np.tile(confidence((8, 4.0), (14, 0.0)), 10)
    (found,) = segments(values, RULES["legacy"])
    assert found.end - found.start == 195
    assert found.good_ratio == pytest.approx(69 / 195)
    assert found.mean_confidence == pytest.approx(4 * 69 / 195)
    assert spans(values, "dense") == [] and spans(values, "strict") == []


@pytest.mark.parametrize(
    ("values", "rule", "expected"),
    [
        pytest.param(confidence((100, 2.5)), "dense", [(5, 94)], id="all good"),
        pytest.param(confidence((100, 2.5)), "strict", [], id="2.5 is not good at 3.0"),
        pytest.param(confidence((100, 3.1)), "strict", [(5, 94)], id="3.1 is"),
        pytest.param(confidence((50, 4.0), (14, 0.0), (50, 4.0)), "dense", [(5, 108)], id="89 of 103 good"),
        pytest.param(
            confidence((90, 4.0), (10, 0.0), (5, 4.0), (14, 0.0), (5, 4.0), (14, 0.0), (5, 4.0)),
            "dense",
            [(5, 99)],
            id="a sparse tail is cut off at its holes, not the whole dropped",
        ),
        pytest.param(
            confidence((80, 4.0), (12, 0.0), (3, 4.0), (14, 0.0), (3, 4.0), (13, 0.0), (80, 4.0)),
            "dense",
            [(5, 89), (114, 199)],
            id="a sparse middle divides",
        ),
    ],
)
def test_rules_with_a_ratio(values: np.ndarray, rule: str, expected: list[tuple[int, int]]) -> None:
    assert spans(values, rule) == expected


def test_every_segment_keeps_the_ratio_it_was_asked_for() -> None:
    random = np.random.default_rng(0)
    rule = SegmentRule(threshold=2.1, min_good_ratio=0.8, min_span=20)
    found = [
        segment
        for _ in range(50)
        for segment in segments(np.repeat(random.choice([0.0, 4.0], 60, p=[0.3, 0.7]), random.integers(1, 14)), rule)
    ]
    assert len(found) > 20
    assert min(segment.good_ratio for segment in found) >= 0.8
    assert min(segment.end - segment.start for segment in found) >= 10
