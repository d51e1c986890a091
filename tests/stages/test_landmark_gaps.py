import numpy as np
import pytest

from facelib.stages.landmark_gaps import filled, gap_flags

CASES = [
    ("mmm", [0, 0, 0], [0, 1, 2]),
    ("m-m", [0, 1, 0], [0, 1, 2]),
    ("-m-", [2, 0, 2], [1, 1, 1]),
    ("m--m-", [0, 1, 1, 0, 2], [0, 1, 2, 3, 3]),
    ("--m--m", [2, 2, 0, 1, 1, 0], [2, 2, 2, 3, 4, 5]),
    ("---", [2, 2, 2], [None, None, None]),
]


@pytest.mark.parametrize(("pattern", "flags", "values"), CASES)
def test_gaps(pattern: str, flags: list[int], values: list[float | None]) -> None:
    known = np.array([letter == "m" for letter in pattern])
    given = np.where(known, np.arange(len(pattern)), 99)[:, None, None] * np.ones((1, 3, 2))
    assert gap_flags(known).tolist() == flags
    result = filled(given.astype(np.float32), known)
    assert result.shape == given.shape and result.dtype == np.float32
    expected = np.array([np.nan if value is None else value for value in values])
    assert result[:, 1, 1] == pytest.approx(expected, nan_ok=True)


def test_measured_values_are_not_touched() -> None:
    given = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)
    known = np.array([0, 1, 1, 0, 0, 1, 0, 1, 0], bool)
    assert np.array_equal(filled(given, known)[known], given[known])
