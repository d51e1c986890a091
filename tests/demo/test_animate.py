from itertools import pairwise

import numpy as np
import pytest

from facelib.demo.animate import lid_series, mouth_series, move
from facelib.demo.picture import Geometry, Image
from facelib.demo.portraits import PORTRAITS
from facelib.demo.scene import Cast, face_boxes, place, render_cards, render_faces
from facelib.demo.warp import FaceWarp, HeadPose

STILL = HeadPose(0.0, 0.0, 0.0, 1.0)
KEYS = sorted(PORTRAITS)


def drawn(picture: Image, key: str, mouth: float, lids: float, pose: HeadPose = STILL) -> Image:
    canvas = picture.copy()
    FaceWarp(picture, Geometry.placed(PORTRAITS[key], 1.0, 0.0, 0.0)).draw(canvas, mouth, lids, pose)
    return canvas


def dark_pixels(picture: Image) -> int:
    return int((picture.max(axis=2) < 115).sum())


@pytest.mark.parametrize("key", KEYS)
def test_the_mouth_opens_by_as_much_as_asked(key: str, pictures: dict[str, Image]) -> None:
    areas = [dark_pixels(drawn(pictures[key], key, mouth, 0.0)) for mouth in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert all(after > before for before, after in pairwise(areas)), areas
    mouth = PORTRAITS[key].mouth
    width = mouth.right[0] - mouth.left[0]
    assert areas[-1] - areas[0] > 0.05 * width * width


@pytest.mark.parametrize("key", KEYS)
def test_the_lids_cover_the_eyes(key: str, pictures: dict[str, Image]) -> None:
    open_area, shut_area = (dark_pixels(drawn(pictures[key], key, 0.0, lids)) for lids in (0.0, 1.0))
    assert shut_area < 0.5 * open_area


@pytest.mark.parametrize("key", KEYS)
def test_nothing_asked_changes_nothing(key: str, pictures: dict[str, Image]) -> None:
    difference = np.abs(drawn(pictures[key], key, 0.0, 0.0).astype(int) - pictures[key])
    assert difference.mean() < 0.5


@pytest.mark.parametrize(("pose", "moved"), [(HeadPose(6, 0, 0, 1), (6, 0)), (HeadPose(0, -4, 0, 1), (0, -4))])
def test_the_head_moves_as_its_pose_says_and_the_surroundings_stay(
    pose: HeadPose, moved: tuple[int, int], pictures: dict[str, Image]
) -> None:
    still, posed = pictures["biden"], drawn(pictures["biden"], "biden", 0.0, 0.0, pose)

    def eyes(picture: Image) -> tuple[float, float]:
        rows, columns = np.nonzero(picture.max(axis=2) < 80)
        return columns.mean(), rows.mean()

    before, after = eyes(still), eyes(posed)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx(moved, abs=0.3)
    assert np.array_equal(still[:20], posed[:20])
    assert np.array_equal(still[-20:], posed[-20:])


@pytest.mark.parametrize(
    ("loudness", "mouth"),
    [([0, 0, 0], [0, 0, 0]), ([1, 1, 1], [1, 1, 1]), ([0, 1, 0], [0.2, 0.6, 0.2]), ([0, 0, 2], [0, 0.2, 0.8])],
)
def test_the_mouth_follows_the_loudness(loudness: list[float], mouth: list[float]) -> None:
    assert mouth_series(np.array(loudness, float)).tolist() == pytest.approx(mouth)


def test_blinks_are_short_and_come_again() -> None:
    lids = lid_series(500, 25, np.random.default_rng(1))
    begins = np.nonzero((lids[1:] > 0) & (lids[:-1] == 0))[0]
    assert 5 <= len(begins) <= 12
    assert (lids == 1.0).sum() == 2 * len(begins)
    assert np.diff(begins).min() >= 45


def test_motion_is_smooth_small_and_the_same_for_the_same_seed() -> None:
    loudness = np.abs(np.sin(np.arange(200) / 5))
    motion, again, other = (move(loudness, 25, 200, seed) for seed in (3, 3, 4))
    assert motion.poses == again.poses
    assert np.array_equal(motion.lids, again.lids)
    assert motion.poses != other.poses
    path = np.array([(pose.x, pose.y, pose.roll, pose.zoom) for pose in motion.poses])
    assert (np.abs(path).max(axis=0) <= (6.1, 7.7, 0.041, 1.021)).all()
    assert (np.abs(np.diff(path, axis=0)).max(axis=0) < (1.0, 1.5, 0.006, 0.003)).all()
    assert (path.std(axis=0) > 0).all()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("width", "face_height"), [(960, 230), (480, 200)])
def test_a_placed_face_is_whole_and_in_the_middle(key: str, width: int, face_height: float) -> None:
    placed = place(PORTRAITS[key], width, 540, face_height)
    x1, y1, x2, y2 = Geometry.placed(PORTRAITS[key], placed.scale, placed.x, placed.y).face
    assert y2 - y1 == pytest.approx(face_height)
    assert (x1 + x2) / 2 == pytest.approx(width / 2)
    assert y1 > 20
    assert y2 < 520


def test_frames_show_faces_side_by_side_and_cards_none(pictures: dict[str, Image]) -> None:
    portraits = [PORTRAITS["biden"], PORTRAITS["collins"]]
    cast = [Cast(one, pictures[one.key], 180, move(np.zeros(3), 25, 180, 1)) for one in portraits]
    frames = [frame.copy() for frame in render_faces(cast, 3)]
    assert [frame.shape for frame in frames] == [(540, 960, 3)] * 3
    left, right = face_boxes(portraits, [180, 180])
    assert left[2] < 480 < right[0]
    assert right[3] - right[1] == pytest.approx(180)
    cards = [frame.copy() for frame in render_cards(("one", "two"), 4)]
    assert len(cards) == 4
    assert not np.array_equal(cards[1], cards[2])
