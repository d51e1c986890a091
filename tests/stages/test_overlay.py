from pathlib import Path

import numpy as np
import pytest

from facelib.errors import MediaError
from facelib.media.audio import read_speech
from facelib.media.encode import ClipWriter
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models.head_pose import MEAN_FACE
from facelib.stages.overlay import draw, write_overlay

SIZE, FRAMES = 200, 8


def faces(n: int = FRAMES) -> np.ndarray:
    return np.stack([MEAN_FACE[:, :2] * 80 + (100, 90)] * n).astype(np.float32)


def write_clip(path: Path, *, sound: bool) -> Path:
    with ClipWriter(path, SIZE, SIZE) as writer:
        for _ in range(FRAMES):
            writer.write(np.full((SIZE, SIZE, 3), 60, np.uint8))
        if sound:
            writer.write_audio((np.sin(np.arange(FRAMES * 640) / 8) * 9000).astype(np.int16))
    return path


@pytest.mark.parametrize("sound", [True, False])
def test_every_frame_is_drawn_and_sound_is_kept(sound: bool, tmp_path: Path) -> None:
    clip, out = write_clip(tmp_path / "clip.mp4", sound=sound), tmp_path / "overlay.mp4"
    flags = np.array([0] * 7 + [1], np.uint8)
    assert write_overlay(clip, faces(), np.zeros((FRAMES, 3), np.float32), out, flags=flags) == FRAMES
    with GridReader(out) as reader:
        pictures = [to_bgr(shown.frame) for shown in reader for _ in range(shown.count)]
    assert len(pictures) == FRAMES and pictures[0].shape == (SIZE, SIZE, 3)
    blue, green, red = np.stack(pictures)[:, 50:90, 20:60].astype(int).transpose(3, 0, 1, 2)
    on_green, on_yellow = (green > red + 50).any(axis=(1, 2)), (red > blue + 50).any(axis=(1, 2))
    assert on_green.tolist() == [True] * 7 + [False], "measured points are green"
    assert on_yellow.tolist() == [False] * 7 + [True], "filled points are yellow"
    assert (read_speech(out) is not None) == sound


def test_a_clip_shorter_than_its_points_is_an_error(tmp_path: Path) -> None:
    clip, out = write_clip(tmp_path / "clip.mp4", sound=False), tmp_path / "overlay.mp4"
    with pytest.raises(MediaError, match=r"8 frames and 9 landmarks"):
        write_overlay(clip, faces(9), np.zeros((9, 3), np.float32), out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("pose", "moved"),
    [((40, 0, 0), (1, 0)), ((-40, 0, 0), (-1, 0)), ((0, 40, 0), (0, -1)), ((0, -40, 0), (0, 1)), ((0, 0, 90), (0, 0))],
)
def test_the_forward_axis_points_where_the_nose_does(pose: tuple[float, ...], moved: tuple[int, int]) -> None:
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    draw(picture, faces(1)[0], np.array(pose, np.float32))
    blue = (picture[40:, :, 0] > 200) & (picture[40:, :, 2] < 120) & (picture[40:, :, 1] < 160)
    rows, columns = np.nonzero(blue)
    nose = faces(1)[0, 30]
    if any(moved):
        away = np.array([columns.mean() - nose[0], rows.mean() + 40 - nose[1]])
        assert np.dot(away, moved) > 8 and abs(np.dot(away, moved[::-1])) < 8


@pytest.mark.parametrize("points", [faces(1)[0] + 5000, faces(1)[0] - 5000])
def test_points_outside_the_picture_and_no_pose_draw_nothing(points: np.ndarray) -> None:
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    draw(picture, points, np.full(3, np.nan, np.float32))
    assert not picture.any()
