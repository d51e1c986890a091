from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelib.models.dlib_landmarks68 import DlibLandmarks68
from facelib.models.head_pose import MIRROR
from facelib.models.landmark import landmark_difference
from facelib.models.mediapipe_mesh import SIDE, MediapipeMesh, cut_square, face_square, to_68
from tests.support.real_faces import face_clip

NO_EYES = np.full((2, 2), np.nan, np.float32)
Faces = tuple[list[np.ndarray], np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def model(weight_file: Callable[[str], Path]) -> MediapipeMesh:
    return MediapipeMesh(weight_file("mediapipe_mesh"), threads=1)


@pytest.fixture(scope="module")
def faces(weight_file: Callable[[str], Path], media_dir: Path) -> Faces:
    """Two pictures of each of three people."""
    pictures, boxes, keypoints = [], [], []
    for name in ("talker_a", "talker_b", "silent_face"):
        clip = face_clip(media_dir / f"{name}.mp4", weight_file("centerface"), n_frames=11)
        for number, picture in clip.frames({0, 10}, threads=1):
            pictures.append(picture)
            boxes.append(clip.boxes[number])
            keypoints.append(clip.keypoints[number])
    return pictures, np.array(boxes), np.array(keypoints)


@pytest.mark.parametrize(
    ("box", "eyes", "margin", "corners"),
    [
        ((0, 0, 192, 192), NO_EYES, 1.0, ((0, 0), (192, 0))),
        ((10, 20, 106, 116), NO_EYES, 2.0, ((-38, -28), (154, -28))),
        ((0, 0, 100, 192), NO_EYES, 1.0, ((-46, 0), (146, 0))),
        ((0, 0, 192, 192), np.array([[50, 50], [90, 50]]), 1.0, ((0, 0), (192, 0))),
        # Eyes on a line that falls to the right by 90 degrees: the upper left corner of the input is the upper right
        # corner of the square.
        ((0, 0, 192, 192), np.array([[50, 50], [50, 90]]), 1.0, ((192, 0), (192, 192))),
    ],
)
def test_the_square_is_centred_and_turned_to_level_the_eyes(
    box: tuple[float, ...], eyes: np.ndarray, margin: float, corners: tuple[tuple[float, float], ...]
) -> None:
    square = face_square(np.array(box, np.float32), eyes.astype(np.float32), margin)
    ends = np.array([[0, 0, 1], [SIDE, 0, 1]]) @ square.T
    assert ends == pytest.approx(np.array(corners), abs=1e-3)


def test_a_square_of_the_networks_own_size_is_cut_pixel_for_pixel() -> None:
    picture = np.random.default_rng(3).integers(0, 256, (240, 250, 3), dtype=np.uint8)
    square = face_square(np.array([30, 20, 30 + SIDE, 20 + SIDE], np.float32), NO_EYES, 1.0)
    assert np.array_equal(cut_square(picture, square), picture[20 : 20 + SIDE, 30 : 30 + SIDE])


def test_68_points_are_vertices_or_lie_between_two() -> None:
    mesh = np.arange(468, dtype=np.float32)[:, None] * np.ones(3, np.float32)
    points = to_68(mesh)[:, 0]
    assert points.shape == (68,)
    assert points[[8, 30, 36, 45, 48, 54, 62, 66]].tolist() == [152, 4, 33, 263, 61, 291, 13, 14]
    assert points[17] == (70 + 46) / 2


@pytest.mark.media
def test_batch_of_n_is_n_batches_of_one(model: MediapipeMesh, faces: Faces) -> None:
    pictures, boxes, keypoints = faces
    points, scores = model.points(pictures, boxes, keypoints)
    for number, picture in enumerate(pictures):
        one, score = model.points([picture], boxes[number : number + 1], keypoints[number : number + 1])
        assert one[0] == pytest.approx(points[number], abs=1e-5)
        assert score[0] == pytest.approx(scores[number], abs=1e-6)


@pytest.mark.media
@pytest.mark.parametrize("passes", [1, 2])
def test_points_agree_with_dlib(passes: int, weight_file: Callable[[str], Path], faces: Faces) -> None:
    pictures, boxes, keypoints = faces
    points, scores = MediapipeMesh(weight_file("mediapipe_mesh"), passes=passes).points(pictures, boxes, keypoints)
    others, _ = DlibLandmarks68(weight_file("dlib_landmarks68")).points(pictures, boxes, keypoints)
    assert (scores > 0.99).all()
    assert landmark_difference(points, others) < 0.055
    # Eyes and mouth, where the two schemes mean the same places.
    assert np.linalg.norm(points - others, axis=-1)[:, 36:].mean() / 170 < 0.05


@pytest.mark.media
@pytest.mark.parametrize("degrees", [-35, 20, 90])
def test_a_turned_picture_gives_turned_points(degrees: float, model: MediapipeMesh, faces: Faces) -> None:
    pictures, boxes, keypoints = (part[:1] for part in faces)
    height, width = pictures[0].shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    straight, _ = model.points(pictures, boxes, keypoints)
    turned = keypoints @ matrix[:, :2].T.astype(np.float32) + matrix[:, 2].astype(np.float32)
    side = float((boxes[0, 2:] - boxes[0, :2]).max())
    middle = matrix[:, :2] @ (boxes[0, :2] + boxes[0, 2:]) / 2 + matrix[:, 2]
    box = np.concatenate([middle - side / 2, middle + side / 2])[None].astype(np.float32)
    points, _ = model.points([cv2.warpAffine(pictures[0], matrix, (width, height))], box, turned)
    expected = straight @ matrix[:, :2].T + matrix[:, 2]
    assert landmark_difference(points, expected.astype(np.float32)) < 0.03


@pytest.mark.media
def test_a_mirrored_picture_gives_mirrored_points(model: MediapipeMesh, faces: Faces) -> None:
    pictures, boxes, keypoints = (part[:1] for part in faces)
    width = pictures[0].shape[1]
    points, _ = model.points(pictures, boxes, keypoints)
    box = np.array([[width - boxes[0, 2], boxes[0, 1], width - boxes[0, 0], boxes[0, 3]]], np.float32)
    swapped = (keypoints * np.float32([-1, 1]) + np.float32([width, 0]))[:, [1, 0, 2, 4, 3]]
    mirrored, _ = model.points([np.ascontiguousarray(pictures[0][:, ::-1])], box, swapped)
    assert landmark_difference(mirrored[:, MIRROR] * np.float32([-1, 1]) + np.float32([width, 0]), points) < 0.03


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_picture_of_nothing_scores_nothing(value: int, model: MediapipeMesh) -> None:
    picture = np.full((200, 200, 3), value, np.uint8)
    _, scores = model.points([picture], np.array([[50, 50, 150, 150]], "f4"), np.full((1, 5, 2), np.nan, "f4"))
    assert scores[0] < 0.01


def test_a_box_outside_the_picture_still_gives_numbers(model: MediapipeMesh) -> None:
    picture = np.zeros((40, 40, 3), np.uint8)
    points, _ = model.points([picture], np.array([[-90, -90, -50, -50]], "f4"), np.full((1, 5, 2), np.nan, "f4"))
    assert np.isfinite(points).all()
