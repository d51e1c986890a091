from pathlib import Path

import numpy as np
import pytest

from facelib.errors import MediaError
from facelib.media.annotate import UNKNOWN, DrawnTrack, confidence_color, write_annotated_video
from facelib.media.audio import read_speech
from facelib.media.encode import ClipWriter
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr


@pytest.mark.parametrize(
    ("confidence", "color"),
    [
        (0.0, (0, 0, 255)),
        (-1.0, (0, 0, 255)),
        (4.0, (0, 100, 155)),
        (10.2, (0, 255, 0)),
        (99.0, (0, 255, 0)),
        (np.nan, UNKNOWN),
    ],
)
def test_colour_by_confidence(confidence: float, color: tuple[int, int, int]) -> None:
    assert confidence_color(confidence) == color


def test_boxes_lie_on_their_frames_and_the_sound_stays(tmp_path: Path) -> None:
    source, out = tmp_path / "source.mp4", tmp_path / "out.mp4"
    tone = (8000 * np.sin(np.arange(20 * 640) / 7)).astype(np.int16)
    with ClipWriter(source, 320, 240, crf=10) as writer:
        for _ in range(20):
            writer.write(np.full((240, 320, 3), 90, np.uint8))
        writer.write_audio(tone)
    boxes = np.tile([100.0, 60, 200, 160], (8, 1))
    confidence = np.array([0.0] * 4 + [12.0] * 2 + [np.nan] * 2)
    faces = {2: np.array([[20.0, 60, 80, 120]])}
    done: list[int] = []
    tracks = [DrawnTrack("1: ab", 5, boxes, confidence)]
    assert write_annotated_video(source, tracks, out, faces=faces, crf=4, progress=done.append) == 20
    assert done == list(range(1, 21))
    with GridReader(out) as reader:
        pictures = [to_bgr(shown.frame) for shown in reader for _ in range(shown.count)]
    edges = [picture[100:140, 200].mean(axis=0) for picture in pictures]
    for frame in range(20):
        if 5 <= frame < 13:
            assert np.abs(edges[frame] - confidence_color(confidence[frame - 5])).max() < 45, frame
        else:
            assert np.abs(edges[frame] - 90).max() < 4, frame
    assert pictures[2][80:100, 20].mean() > 120 and pictures[3][80:100, 20].mean() < 95
    heard = read_speech(out)
    assert heard is not None and np.corrcoef(heard[: len(tone)].astype(float), tone)[0, 1] > 0.98


def test_odd_sizes_and_boxes_outside_are_no_obstacle(tmp_path: Path) -> None:
    with ClipWriter(tmp_path / "a.mp4", 66, 50) as writer:
        writer.write(np.zeros((50, 66, 3), np.uint8))
    boxes = np.array([[-50.0, -1e9, 1e9, 4000]])
    tracks = [DrawnTrack("x", 0, boxes, np.array([1.0])), DrawnTrack("y", -3, boxes, np.array([1.0]))]
    assert write_annotated_video(tmp_path / "a.mp4", tracks, tmp_path / "b.mp4") == 1


@pytest.mark.parametrize("link", [None, "symlink_to", "hardlink_to"])
def test_the_source_is_never_written_over(tmp_path: Path, link: str | None) -> None:
    source, out = tmp_path / "a.mp4", tmp_path / ("b.mp4" if link else "a.mp4")
    with ClipWriter(source, 64, 48) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8))
    before = source.read_bytes()
    if link:
        getattr(out, link)(source)
    with pytest.raises(MediaError) as caught:
        write_annotated_video(source, [], out)
    assert caught.value.reason == "same_file" and source.read_bytes() == before


def test_a_file_that_is_there_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    source, out = tmp_path / "a.mp4", tmp_path / "b.mp4"
    with ClipWriter(source, 64, 48) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8))
    out.write_bytes(b"before")

    def stop(frames: int) -> None:
        assert out.read_bytes() == b"before"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_annotated_video(source, [], out, progress=stop)
    assert out.read_bytes() == b"before" and sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]
    assert write_annotated_video(source, [], out) == 1 and out.read_bytes() != b"before"
