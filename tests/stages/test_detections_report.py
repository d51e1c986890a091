import csv
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from facelib.stages.detect import Detect
from facelib.stages.detect_params import DetectParams
from facelib.stages.detections_report import boxes as boxes_of
from facelib.stages.detections_report import draw, write_log, write_pictures
from facelib.store import records
from facelib.store.results import Result
from tests.support.pipelines import write_film

SIZE = 128


def result(faces: list[tuple[float, ...]], rejected: list[tuple[Any, ...]], **params: Any) -> Result:
    """Rows of frame, number, x1, y1, x2, y2, score, and of rejected ones the reason."""
    names = ("frame", "number", "x1", "y1", "x2", "y2", "score", "reason")
    rows = {
        "faces": [dict(zip(names, row, strict=False)) | {"keypoints": None} for row in faces],
        "rejected": [dict(zip(names, row, strict=True)) | {"keypoints": None} for row in rejected],
    }
    chosen = DetectParams(**params).model_dump(mode="json")
    head = {"params": chosen, "facts": {"width": SIZE, "height": SIZE}, "media": []}
    return Result("detect", "v", "f" * 32, head, {n: records.table(r, Detect.tables[n]) for n, r in rows.items()})


FOUND = result(
    [(5, 1, 20.5, 20, 80, 90.2, 0.956), (10, 0, 10, 10, 70, 70, 0.8)],
    [(5, 0, 2, 2, 32, 32, 0.3, "low_score"), (5, 2, 60, 60, 125, 125, 0.9, "near_border")],
    min_score=0.4,
    min_side=50,
    border=5,
)


def test_the_log_has_a_row_for_every_box(tmp_path: Path) -> None:
    path = write_log(FOUND, tmp_path / "out")
    assert path.name == "log_rejects.csv"
    heading, *rows = csv.reader(path.open(encoding="utf-8"))
    assert heading == [
        *["file_name", "score", "width", "height", "x1", "y1", "x2", "y2"],
        *["too_low(mscore=0.4)", "too_small(msize=50)", "too_close(mborder=5)", "rejected"],
    ]
    assert rows == [
        ["000005_r0.jpg", "0.30", "30", "30", "2", "2", "32", "32", "1", "1", "1", "1"],
        ["000005_0.jpg", "0.96", "60", "71", "20", "20", "80", "91", "0", "0", "0", "0"],
        ["000005_r1.jpg", "0.90", "65", "65", "60", "60", "125", "125", "0", "0", "1", "1"],
        ["000010_0.jpg", "0.80", "60", "60", "10", "10", "70", "70", "0", "0", "0", "0"],
    ]


def test_copies_between_two_looks_are_not_listed() -> None:
    copied = result([(n, 0, 10, 10, 70, 70, 0.9) for n in range(4)], [], step=2, copy_boxes=True)
    assert [box.frame for box in boxes_of(copied)] == [0, 2]


def test_frames_and_rejected_faces_are_drawn(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", 20, size=SIZE)
    assert write_pictures(FOUND, film, tmp_path / "out") == 2
    frames, rejects = tmp_path / "out" / "frames", tmp_path / "out" / "rejects"
    assert sorted(path.name for path in frames.iterdir()) == ["000005.jpg", "000010.jpg"]
    assert sorted(path.name for path in rejects.iterdir()) == ["000005_r0.jpg", "000005_r1.jpg"]
    picture = cv2.imread(str(rejects / "000005_r1.jpg"))
    assert picture is not None and picture.shape == (65, 65, 3)
    assert cv2.imread(str(frames / "000005.jpg")).shape == (1024, 1024, 3)


@pytest.mark.parametrize(("height", "width", "shape"), [(108, 192, (576, 1024)), (2000, 1000, (1024, 512))])
def test_frames_are_fitted_and_boxes_coloured(height: int, width: int, shape: tuple[int, int]) -> None:
    drawn = draw(np.zeros((height, width, 3), np.uint8), boxes_of(FOUND)[:2])
    assert drawn.shape[:2] == shape
    scale = 1024 / max(height, width)
    rejected, kept = (drawn[int(y * scale), int(x * scale)] for x, y in ((2, 17), (20, 60)))
    assert rejected.tolist() == [0, 0, 255] and kept.tolist() == [0, 255, 0]


def test_a_video_without_faces(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", 5, size=SIZE)
    assert write_pictures(result([], []), film, tmp_path / "out") == 0
    assert list((tmp_path / "out" / "frames").iterdir()) == []
