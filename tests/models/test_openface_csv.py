from pathlib import Path

import numpy as np
import pytest

from facelib.errors import MediaError
from facelib.models.openface_csv import read_action_units

HEADER = "frame, face_id, timestamp, confidence, success, pose_Rx, AU01_r, AU12_r, AU12_c, AU28_c"


def write(path: Path, rows: list[str], header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def row(
    number: int, *, fps: float = 25, success: int = 1, confidence: float = 0.98, value: float = 1.5, face: int = 0
) -> str:
    seconds = round((number - 1) / fps, 3)
    return f"{number}, {face}, {seconds:.3f}, {confidence}, {success}, 0.1, {value}, {value / 2}, 1, 0"


def test_rows_of_25_frames_a_second_are_frames(tmp_path: Path) -> None:
    units = read_action_units(write(tmp_path / "a.csv", [row(n, value=n) for n in range(1, 6)]), 5)
    assert units.intensity["AU01"].tolist() == [1, 2, 3, 4, 5]
    assert units.intensity["AU12"].tolist() == [0.5, 1, 1.5, 2, 2.5]
    assert sorted(units.presence) == ["AU12", "AU28"] and units.presence["AU12"].tolist() == [1] * 5
    assert units.confidence == pytest.approx([0.98] * 5)


@pytest.mark.parametrize(
    ("rows", "n_frames", "expected"),
    [
        ([row(n, value=n) for n in (1, 2, 4)], 4, [1, 2, None, 4]),
        ([row(1, value=1), row(2, value=2)], 4, [1, 2, None, None]),
        ([row(n, value=n) for n in range(1, 9)], 3, [1, 2, 3]),
        ([row(1, value=1), row(2, value=2, success=0), row(3, value=3)], 3, [1, None, 3]),
        ([row(1, value=1), row(2, value=2, confidence=0.2), row(3, value=3)], 3, [1, None, 3]),
        ([row(1, value=1, confidence=0.7), row(1, value=7, confidence=0.9, face=1)], 1, [7]),
        ([row(n, fps=50, value=n) for n in range(1, 8)], 3, [1, 3, 5]),
        ([row(n, fps=30, value=n) for n in range(1, 8)], 5, [1, 2, 3, 5, 6]),
        ([row(n, fps=12.5, value=n) for n in range(1, 4)], 4, [1, None, 2, None]),
    ],
)
def test_frames_take_the_nearest_row(
    rows: list[str], n_frames: int, expected: list[float | None], tmp_path: Path
) -> None:
    values = read_action_units(write(tmp_path / "a.csv", rows), n_frames, min_confidence=0.5).intensity["AU01"]
    assert [None if np.isnan(value) else float(value) for value in values] == expected


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not_openface"),
        ("frame,timestamp\n1,0\n", "not_openface"),
        ("timestamp,success,AU01_r\n0,1,a\n", "bad_number"),
        ("timestamp,success,AU01_r\n0,1\n", "bad_number"),
    ],
)
def test_other_files_are_errors(content: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(content)
    with pytest.raises(MediaError) as caught:
        read_action_units(path, 3)
    assert caught.value.reason == reason and "x.csv" in caught.value.message


def test_an_absent_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        read_action_units(tmp_path / "none.csv", 3)
    assert caught.value.reason == "no_file"


def test_a_header_without_rows_has_no_values(tmp_path: Path) -> None:
    units = read_action_units(write(tmp_path / "a.csv", []), 2)
    assert np.isnan(units.intensity["AU01"]).all() and np.isnan(units.confidence).all()
