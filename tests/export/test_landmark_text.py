from pathlib import Path

import numpy as np
import pytest

from facelib.errors import StoreError
from facelib.export.landmark_text import landmark_lines, write_landmark_text


def test_a_line_has_68_pairs_and_a_space_at_its_end(tmp_path: Path) -> None:
    points = np.random.default_rng(0).uniform(0, 500, (12, 68, 2)).astype(np.float32)
    path = tmp_path / "clip.txt"
    assert write_landmark_text(points, path) == 12
    text = path.read_bytes().decode("ascii")
    lines = text.split("\n")
    assert len(lines) == 13 and lines[-1] == ""
    for number, line in enumerate(lines[:-1]):
        name, *pairs, end = line.split(" ")
        assert name == f"{number + 1:06d}.png" and end == ""
        numbers = np.array([[int(value) for value in pair.split("_")] for pair in pairs])
        assert np.array_equal(numbers, np.trunc(points[number]))


@pytest.mark.parametrize(
    ("x", "y", "pair"),
    [(1.0, 2.0, "1_2"), (1.99, 2.99, "1_2"), (0.4, 0.9, "0_0"), (-0.9, -1.9, "0_-1"), (1919.99, 1079.5, "1919_1079")],
)
def test_numbers_are_cut_not_rounded(x: float, y: float, pair: str) -> None:
    assert list(landmark_lines(np.array([[[x, y]]], np.float32))) == [f"000001.png {pair} "]


def test_a_frame_without_points_is_an_error(tmp_path: Path) -> None:
    points = np.zeros((3, 68, 2), np.float32)
    points[1] = np.nan
    with pytest.raises(StoreError, match="1 of 3 frames"):
        write_landmark_text(points, tmp_path / "clip.txt")
    assert not (tmp_path / "clip.txt").exists()
