from collections.abc import Callable
from math import log
from pathlib import Path

import numpy as np
import pytest

from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models.centerface import CenterFace, decode
from facelib.models.faces import Faces

Maps = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def empty_maps(rows: int = 8, columns: int = 10) -> Maps:
    return tuple(np.zeros((n, rows, columns), np.float32) for n in (1, 2, 2, 10))  # type: ignore[return-value]


def put(
    maps: Maps, row: int, column: int, score: float, *, cells: tuple[float, float], offset: tuple[float, float]
) -> None:
    """A face with height and width in cells, and the y and x of its centre within its cell."""
    heat, scale, offsets, landmarks = maps
    heat[0, row, column] = score
    scale[:, row, column] = [log(cells[0]), log(cells[1])]
    offsets[:, row, column] = offset
    # y and x of the eyes at 1/4 of the height, the nose at the middle, the mouth at 3/4.
    landmarks[:, row, column] = [0.25, 0.2, 0.25, 0.8, 0.5, 0.5, 0.75, 0.3, 0.75, 0.7]


def decoded(maps: Maps, size: tuple[int, int] = (40, 32), min_score: float = 0.5) -> Faces:
    return decode(maps[0][0], *maps[1:], size=size, min_score=min_score)


def test_one_face_by_hand() -> None:
    maps = empty_maps()
    put(maps, 3, 5, 0.9, cells=(4, 2), offset=(0.25, -0.5))
    found = decoded(maps)
    # Centre y = (3 + 0.25 + 0.5) * 4 = 15, x = (5 - 0.5 + 0.5) * 4 = 20; 16 px high, 8 px wide.
    assert found.boxes == pytest.approx(np.array([[16, 7, 24, 23]], np.float32))
    assert found.scores == pytest.approx([0.9])
    points = [[17.6, 11], [22.4, 11], [20, 15], [18.4, 19], [21.6, 19]]
    assert found.keypoints == pytest.approx(np.array([points], np.float32), abs=1e-4)


def test_boxes_are_clipped_and_keypoints_are_not_moved_by_it() -> None:
    maps = empty_maps()
    put(maps, 0, 0, 0.9, cells=(8, 8), offset=(0, 0))
    found = decoded(maps, size=(12, 10))
    assert found.boxes == pytest.approx(np.array([[0, 0, 12, 10]], np.float32))
    assert found.keypoints[0, 2] == pytest.approx([2, 2])


@pytest.mark.parametrize(("min_score", "count"), [(0.3, 2), (0.5, 1), (0.65, 0)])
def test_score_and_overlap(min_score: float, count: int) -> None:
    maps = empty_maps()
    put(maps, 3, 2, 0.6, cells=(4, 4), offset=(0, 0))
    put(maps, 3, 3, 0.55, cells=(4, 4), offset=(0, 0))  # overlaps the first by 3/5
    put(maps, 3, 8, 0.4, cells=(4, 4), offset=(0, 0))
    assert len(decoded(maps, min_score=min_score)) == count


def test_no_face() -> None:
    found = decoded(empty_maps())
    assert (found.boxes.shape, found.scores.shape, found.keypoints.shape) == ((0, 4), (0,), (0, 5, 2))


@pytest.fixture(scope="module")
def detector(weight_file: Callable[[str], Path]) -> CenterFace:
    return CenterFace(weight_file("centerface"), threads=1)


def first_picture(path: Path, long_side: int, frame: int = 0) -> np.ndarray:
    reader = GridReader(path, start=frame, stop=frame + 1)
    scale = long_side / max(reader.width, reader.height)
    size = (round(reader.width * scale), round(reader.height * scale))
    return to_bgr(next(iter(reader)).frame, size=size, rotation=reader.rotation)


# file, frame, longer side given to the detector, faces, side of the largest as a fraction of the longer side
REAL = [
    ("talker_a.mp4", 0, 320, 1, 0.6),
    ("talker_c.mp4", 0, 480, 1, 0.11),
    ("talker_d.mp4", 100, 640, 1, 0.11),
    ("two_talkers_voice_left.mp4", 50, 480, 2, 0.21),
    ("hamilton.mp4", 200, 640, 5, 0.12),
    ("slides_no_face.mp4", 100, 480, 0, 0.0),
]


@pytest.mark.media
@pytest.mark.parametrize(("file", "frame", "long_side", "count", "side"), REAL, ids=[row[0] for row in REAL])
def test_real_faces(
    detector: CenterFace, media_dir: Path, file: str, frame: int, long_side: int, count: int, side: float
) -> None:
    found = detector.detect(first_picture(media_dir / file, long_side, frame))
    assert len(found) == count
    if not count:
        return
    widths = found.boxes[:, 2] - found.boxes[:, 0]
    assert widths.max() / long_side == pytest.approx(side, rel=0.25)
    left_eye, right_eye, nose, left_mouth, right_mouth = found.keypoints[int(np.argmax(widths))]
    assert left_eye[0] < right_eye[0] and left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


@pytest.mark.media
@pytest.mark.parametrize("size", [(320, 320), (300, 300), (333, 271)])
def test_any_size_gives_the_same_face(detector: CenterFace, media_dir: Path, size: tuple[int, int]) -> None:
    frame = next(iter(GridReader(media_dir / "talker_a.mp4"))).frame
    found = detector.detect(to_bgr(frame, size=size))
    whole = detector.detect(to_bgr(frame, size=(512, 512)))
    assert len(found) == len(whole) == 1
    relative = found.boxes[0] / np.array([*size, *size])
    assert relative == pytest.approx(whole.boxes[0] / 512, abs=0.06)
