from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame

from facelib.errors import MediaError
from facelib.media.audio import read_speech
from facelib.media.face_crop import cut
from facelib.media.grid import GridReader
from facelib.media.part import part_size, write_part
from facelib.media.picture import to_bgr
from tests.media.movies import click_times, clicks, number_of, write_movie, write_sound

WIDTH, HEIGHT = 128, 96


def ramp() -> VideoFrame:
    """Grey that grows to the right and downwards."""
    planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    planes[:HEIGHT] = 30 + np.arange(WIDTH) + np.arange(HEIGHT)[:, None] // 2
    return VideoFrame.from_ndarray(planes, format="yuv420p")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("part") / "ramp.mp4"
    return write_movie(path, range(0, 1000, 100), Fraction(1, 2500), frames=[ramp() for _ in range(10)])


def sound_of(path: Path) -> np.ndarray:
    speech = read_speech(path)
    assert speech is not None
    return speech


def pictures(path: Path) -> list[np.ndarray]:
    with GridReader(path) as reader:
        return [to_bgr(shown.frame, rotation=reader.rotation) for shown in reader for _ in range(shown.count)]


@pytest.mark.parametrize(("start", "end"), [(0, 25), (25, 50), (10, 37), (49, 50)])
def test_frames_and_their_sound(tmp_path: Path, start: int, end: int) -> None:
    source = write_sound(tmp_path / "a.mkv", clicks([0.2, 1.0, 1.48], 2.0), video_pts=range(0, 2000, 40))
    seen: list[int] = []
    assert write_part(source, tmp_path / "p.mp4", start, end, progress=seen.append) == end - start
    assert seen == list(range(1, end - start + 1))
    found = [number_of(shown.frame) for shown in GridReader(tmp_path / "p.mp4") for _ in range(shown.count)]
    assert found == list(range(start, end))
    heard = click_times(sound_of(tmp_path / "p.mp4"))
    inside = [at - start / 25 for at in (0.2, 1.0, 1.48) if start / 25 <= at < end / 25]
    assert np.allclose(heard, inside, atol=0.002) and len(heard) == len(inside)


def test_what_lies_behind_the_end_is_left_out(film: Path, tmp_path: Path) -> None:
    assert write_part(film, tmp_path / "p.mp4", 6, 60) == 4
    assert read_speech(tmp_path / "p.mp4") is None


def test_given_sound_is_taken(film: Path, tmp_path: Path) -> None:
    write_part(film, tmp_path / "p.mp4", 5, 10, speech=clicks([0.3], 0.4))
    assert np.allclose(click_times(sound_of(tmp_path / "p.mp4")), [0.1], atol=0.002)


@pytest.mark.parametrize(
    ("rectangle", "size", "fill", "expected"),
    [
        pytest.param((20, 10, 60, 50), None, None, (40, 40), id="unscaled"),
        pytest.param((20, 10, 61, 51), None, None, (40, 40), id="odd size"),
        pytest.param((21, 11, 61, 51), None, None, (40, 40), id="odd place"),
        pytest.param((20, 10, 60, 50), (20, 30), None, (20, 30), id="smaller"),
        pytest.param((20, 10, 60, 50), (81, 81), None, (80, 80), id="larger and odd"),
        pytest.param((-20, -10, 20, 30), None, 200, (40, 40), id="filled"),
        pytest.param((100, 70, 180, 150), (40, 40), 0, (40, 40), id="filled and scaled"),
        pytest.param((300, 300, 340, 340), None, 90, (40, 40), id="outside and filled"),
    ],
)
def test_rectangle(
    film: Path,
    tmp_path: Path,
    rectangle: tuple[int, int, int, int],
    size: tuple[int, int] | None,
    fill: int | None,
    expected: tuple[int, int],
) -> None:
    write_part(film, tmp_path / "p.mp4", 2, 4, rectangles=np.array(rectangle, float), size=size, fill=fill, crf=1)
    found = pictures(tmp_path / "p.mp4")
    assert [picture.shape for picture in found] == [(expected[1], expected[0], 3)] * 2
    source = pictures(film)[2]
    wanted = cut(source, np.array(rectangle, float), size=size and expected, fill=fill or 0)
    assert np.abs(found[0].astype(int) - wanted[: expected[1], : expected[0]]).mean() < 2


@pytest.mark.parametrize(
    ("rectangle", "moved"),
    [
        pytest.param((-10, 20, 30, 60), (0, 20, 40, 60), id="left"),
        pytest.param((100, 70, 140, 110), (88, 56, 128, 96), id="right and bottom"),
        pytest.param((0, -20, 120, 100), (12, 0, 108, 96), id="larger than the frame"),
    ],
)
def test_without_fill_a_rectangle_is_moved_inside(
    film: Path, tmp_path: Path, rectangle: tuple[int, ...], moved: tuple[int, ...]
) -> None:
    for name, numbers in (("a.mp4", rectangle), ("b.mp4", moved)):
        write_part(film, tmp_path / name, 0, 1, rectangles=np.array(numbers, float))
    assert np.array_equal(pictures(tmp_path / "a.mp4")[0], pictures(tmp_path / "b.mp4")[0])


def test_a_rectangle_for_each_frame(film: Path, tmp_path: Path) -> None:
    places = np.array([[4 * n, 0, 4 * n + 40, 40] for n in range(5)], float)
    assert write_part(film, tmp_path / "p.mp4", 5, 10, rectangles=places, crf=1) == 5
    levels = [float(picture.mean()) for picture in pictures(tmp_path / "p.mp4")]
    steps = np.diff(levels)
    assert np.allclose(steps, 4 * 255 / 219, atol=0.5)  # 4 px to the right are 4 levels of limited range


def test_a_turned_film_is_cut_as_it_is_shown(tmp_path: Path) -> None:
    source = write_movie(tmp_path / "t.mp4", [0, 100], Fraction(1, 2500), frames=[ramp(), ramp()], rotation=90)
    write_part(source, tmp_path / "p.mp4", 0, 1, rectangles=np.array([0.0, 64, 32, 128]), crf=1)
    (found,), shown = pictures(tmp_path / "p.mp4"), pictures(source)[0]
    assert shown.shape == (WIDTH, HEIGHT, 3)
    assert np.abs(found.astype(int) - shown[64:128, :32]).mean() < 2


def test_reading_begins_before_the_start_not_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"crf": "1", "bf": "0", "g": "10"}
    source = write_movie(tmp_path / "a.mp4", range(0, 7000, 100), Fraction(1, 2500), options=options)
    decoded: list[VideoFrame] = []

    def counting(frames: Iterator[VideoFrame], time_base: Fraction | None) -> Iterator[VideoFrame]:
        for frame in frames:
            decoded.append(frame)
            yield frame

    monkeypatch.setattr("facelib.media.grid.deinterlaced", counting)
    write_part(source, tmp_path / "p.mp4", 60, 65)
    assert len(decoded) < 40
    assert [number_of(shown.frame) for shown in GridReader(tmp_path / "p.mp4")] == [60, 61, 62, 63, 64]


@pytest.mark.parametrize(
    ("start", "end", "rectangles", "reason"),
    [
        (5, 5, None, "empty_range"),
        (-3, 5, None, "empty_range"),
        (50, 60, None, "no_frames"),
        (0, 5, np.zeros((4, 4)), "bad_rectangle"),
        (0, 5, np.array([5.0, 5, 5, 9]), "bad_rectangle"),
        (0, 2, np.array([[0, 0, 9, 9], [0, 0, np.nan, 9]]), "bad_rectangle"),
    ],
)
def test_errors_leave_no_file(
    film: Path, tmp_path: Path, start: int, end: int, rectangles: np.ndarray | None, reason: str
) -> None:
    with pytest.raises(MediaError) as error:
        write_part(film, tmp_path / "p.mp4", start, end, rectangles=rectangles)
    assert error.value.reason == reason
    assert list(tmp_path.iterdir()) == []


def test_part_size() -> None:
    places = np.array([[0, 0, 100.9, 51], [0, 0, 111, 51], [3, 3, 400, 54]])
    assert part_size(places) == (110, 50)
    assert part_size(places, (333, 1)) == (332, 2)
    assert part_size(places, 55) == (54, 24)
    assert part_size(np.array([[0.0, 0, 1080, 1920]]), 512) == (288, 512)
