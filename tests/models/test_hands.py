"""Hands: decoding by hand, and the real networks on people who show theirs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from facelib.errors import ModelError
from facelib.media.grid import GridReader
from facelib.media.picture import Picture, to_bgr
from facelib.models.hands import PALM_SIDE, HandDetector, Hands, anchors, decode, letterbox


@pytest.fixture(scope="module")
def detector(weight_file: Callable[[str], Path]) -> HandDetector:
    return HandDetector(weight_file("palm_detection"), weight_file("hand_landmark"))


def frame(path: Path, number: int) -> Picture:
    with GridReader(path, stop=number + 1) as reader:
        pictures = [to_bgr(shown.frame) for shown in reader if shown.index <= number < shown.index + shown.count]
    return pictures[-1]


def test_anchors() -> None:
    centres = anchors()
    assert centres.shape == (2016, 2)
    assert centres[0] == pytest.approx((4 / 192, 4 / 192))
    assert centres[2] == pytest.approx((12 / 192, 4 / 192))  # two anchors a cell, row by row
    assert centres[24 * 24 * 2] == pytest.approx((8 / 192, 8 / 192))  # then the map of stride 16
    assert centres[-1] == pytest.approx((184 / 192, 184 / 192))


@pytest.mark.parametrize("size", [(192, 192), (96, 192), (50, 25), (1, 999)])
def test_the_letterbox_keeps_the_shape_and_the_middle(size: tuple[int, int]) -> None:
    values = letterbox(np.full((*size, 3), (0, 102, 255), np.uint8))
    assert values.shape == (1, 3, PALM_SIDE, PALM_SIDE)
    middle = values[0, :, (PALM_SIDE - 1) // 2, 96]
    assert middle == pytest.approx((1, 0.4, 0))  # red first
    scale = 192 / max(size)
    assert (values[0, 0] > 0).any(axis=1).sum() == max(1, round(size[0] * scale))


def output(anchor: int, score: float) -> tuple[np.ndarray, np.ndarray]:
    """A palm of 24 px at an anchor's centre, its fingers up, among 2016 anchors without one."""
    values, logits = np.zeros((2016, 18), np.float32), np.full(2016, -50, np.float32)
    values[anchor, :4] = 0, 0, 24, 24
    values[anchor, 4:6] = 0, 12  # the wrist below
    values[anchor, 8:10] = 0, -12  # the middle knuckle above
    logits[anchor] = np.log(score / (1 - score))
    return values, logits


def test_a_palm_in_pixels_of_a_wide_picture() -> None:
    anchor = 24 * 12 * 2 + 2 * 12  # the cell at 100, 100 of the 192 px input
    values, logits = output(anchor, 0.8)
    # 384 by 192: scaled by one half, 96 px added above and below.
    found = decode(values, logits, anchors(), 384, np.array([0, 96], np.float32), 0.5)
    assert found.scores == pytest.approx([0.8], abs=1e-6)
    assert found.boxes[0] == pytest.approx((176, 80, 224, 128))
    # 2.6 times 48 px a side, half a palm towards the fingers.
    assert found.squares[0] == pytest.approx(
        np.array([[137.6, 17.6], [262.4, 17.6], [262.4, 142.4], [137.6, 142.4]]), abs=1e-3
    )


@pytest.mark.parametrize(("score", "found"), [(0.49, 0), (0.51, 1)])
def test_low_scores_are_left_out(score: float, found: int) -> None:
    values, logits = output(100, score)
    assert len(decode(values, logits, anchors(), 192, np.zeros(2, np.float32), 0.5).scores) == found


def test_one_palm_seen_by_two_anchors_is_one() -> None:
    values, logits = output(100, 0.9)
    values[101], logits[101] = values[100], 1.0
    assert len(decode(values, logits, anchors(), 192, np.zeros(2, np.float32), 0.5).scores) == 1


@pytest.mark.parametrize(
    ("box", "share"), [((0, 0, 20, 10), 0.5), ((0, 0, 10, 10), 1), ((10, 0, 20, 10), 0), ((5, 5, 25, 25), 0.0625)]
)
def test_cover_is_a_share_of_the_box(box: tuple[int, ...], share: float) -> None:
    corners = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], np.float32)
    hand = Hands(np.ones(1, np.float32), np.resize(corners, (1, 21, 2)).astype(np.float32))
    assert hand.cover(np.array(box, np.float32)) == pytest.approx(share, abs=1e-5)


def test_no_hand_covers_nothing() -> None:
    assert Hands(np.zeros(0, np.float32), np.zeros((0, 21, 2), np.float32)).cover(np.ones(4, np.float32)) == 0


@pytest.mark.parametrize(
    ("name", "number", "hands"),
    [("talker_d", 80, 2), ("hamilton", 160, 2), ("talker_c", 80, 1), ("silent_face", 80, 0), ("talker_a", 0, 0)],
)
def test_real_hands(media_dir: Path, detector: HandDetector, name: str, number: int, hands: int) -> None:
    assert len(detector.detect(frame(media_dir / f"{name}.mp4", number))) == hands


def test_a_face_that_looks_like_a_palm_is_no_hand(media_dir: Path, detector: HandDetector) -> None:
    picture = frame(media_dir / "silent_face.mp4", 80)
    assert len(detector.palms(picture).scores) == 1
    assert len(detector.detect(picture)) == 0


def test_points_lie_on_the_hand(media_dir: Path, detector: HandDetector) -> None:
    picture = frame(media_dir / "talker_d.mp4", 80)
    found = detector.detect(picture)
    palms = detector.palms(picture).boxes
    middles = (palms[:, :2] + palms[:, 2:]) / 2
    sides = palms[:, 2] - palms[:, 0]
    assert (np.linalg.norm(found.points.mean(axis=1) - middles, axis=1) < sides).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 501), (64, 48)])
def test_small_and_flat_pictures_show_no_hand(detector: HandDetector, size: tuple[int, int]) -> None:
    assert len(detector.detect(np.full((*size, 3), 80, np.uint8))) == 0


def test_another_file_is_an_error(tmp_path: Path) -> None:
    bad = tmp_path / "palm_detection_full.tflite"
    bad.write_bytes(b"no network")
    with pytest.raises(ModelError) as error:
        HandDetector(bad, bad)
    assert error.value.reason == "bad_weights"
