from fractions import Fraction
from math import floor
from pathlib import Path

import pytest

from facelib.errors import MediaError
from facelib.media.grid import GridReader, quarter_turns
from tests.media.movies import number_of, textured_frame, write_movie

MS = Fraction(1, 1000)

# name, file, timestamps in ticks, time base
TIMES = [
    ("25fps", "a.mp4", [512 * k for k in range(20)], Fraction(1, 12800)),
    ("30fps", "a.mp4", [512 * k for k in range(24)], Fraction(1, 15360)),
    ("29.97fps", "a.mp4", [1001 * k for k in range(45)], Fraction(1, 30000)),
    ("50fps", "a.mp4", [256 * k for k in range(41)], Fraction(1, 12800)),
    ("60fps", "a.mp4", [256 * k for k in range(41)], Fraction(1, 15360)),
    ("10fps", "a.mp4", [1000 * k for k in range(8)], Fraction(1, 10000)),
    ("vfr", "a.mkv", [0, 33, 40, 41, 79, 80, 81, 300, 1000, 1040], MS),
    ("vfr late start", "a.mkv", [852, 885, 892, 893, 931, 932, 933, 1152], MS),
    ("30fps in whole milliseconds", "a.mkv", [round(k * 1000 / 30) for k in range(30)], MS),
]


def shown_by_definition(pts: list[int], base: Fraction, last: int) -> list[int]:
    """For each grid frame the source frame shown, straight from the definition."""
    times = [(stamp - pts[0]) * base for stamp in pts]
    end = times[-1] + last * base
    shown, n = [], 0
    while Fraction(n, 25) < end:
        shown.append(max(k for k, time in enumerate(times) if time <= Fraction(n, 25)))
        n += 1
    return shown


def shown_by_reader(reader: GridReader) -> list[int]:
    shown: list[int] = []
    for part in reader:
        assert part.index == len(shown)
        assert part.count >= 1
        shown += [number_of(part.frame)] * part.count
    assert reader.n_frames == len(shown)
    return shown


@pytest.mark.parametrize(("name", "file", "pts", "base"), TIMES, ids=[row[0] for row in TIMES])
def test_each_grid_frame_shows_the_last_source_frame_at_or_before_it(
    tmp_path: Path, name: str, file: str, pts: list[int], base: Fraction
) -> None:
    path = write_movie(tmp_path / file, pts, base)
    reader = GridReader(path)
    assert float(reader.t0) == pytest.approx(float(pts[0] * base) if file.endswith("mkv") else 0, abs=1e-9)
    got = shown_by_reader(reader)
    # A Matroska file has no duration of its last frame unless it has a default one: the nominal rate stands in.
    steps = pts[-1] - pts[-2]
    want = shown_by_definition(pts, base, steps)
    if file.endswith("mkv"):
        shortest = min(len(got), len(want))
        assert got[:shortest] == want[:shortest]
        assert abs(len(got) - len(want)) <= 1
        assert set(got[shortest:]) <= {len(pts) - 1}
    else:
        assert got == want
    assert reader.errors == 0


@pytest.mark.parametrize(("fps", "n", "grid"), [(25, 50, 50), (50, 50, 25), (10, 5, 13), (30, 30, 25), (60, 61, 26)])
def test_length_is_the_end_of_the_last_frame(tmp_path: Path, fps: int, n: int, grid: int) -> None:
    path = write_movie(tmp_path / "a.mp4", [k * 256 for k in range(n)], Fraction(1, 256 * fps))
    reader = GridReader(path)
    list(reader)
    assert reader.n_frames == grid


@pytest.mark.parametrize("file", ["a.mp4", "a.mkv"])
@pytest.mark.parametrize(
    ("start", "stop"), [(0, 10), (7, 9), (30, None), (45, 48), (49, 60), (59, 60), (10, 10), (100, None)]
)
def test_a_part_is_the_same_frames_as_the_whole(tmp_path: Path, file: str, start: int, stop: int | None) -> None:
    # 20 fps, a key frame every 6 frames, with reordering: the part starts between key frames.
    path = write_movie(
        tmp_path / file,
        [50 * k for k in range(48)],
        MS if file.endswith("mkv") else Fraction(1, 1000),
        options={"crf": "1", "g": "6", "bf": "2"},
    )
    whole = {n: number_of(part.frame) for part in GridReader(path) for n in range(part.index, part.index + part.count)}
    assert len(whole) == 60
    parts = {
        n: number_of(part.frame)
        for part in GridReader(path, start=start, stop=stop)
        for n in range(part.index, part.index + part.count)
    }
    assert parts == {n: number for n, number in whole.items() if n >= start and (stop is None or n < stop)}


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "a.mp4", [512 * k for k in range(20)], Fraction(1, 15360))
    reader = GridReader(path)
    first = [(part.index, part.count) for part in reader]
    assert [(part.index, part.count) for part in reader] == first


def test_time_is_seconds_after_t0(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "a.mkv", [500, 600, 700], MS)
    assert [part.time_s for part in GridReader(path)] == pytest.approx([0, 0.1, 0.2])


@pytest.mark.parametrize(("degrees", "turns"), [(0, 0), (90, 1), (-90, 3), (180, 2), (-180, 2), (270, 3), (89.6, 1)])
def test_quarter_turns(degrees: float, turns: int) -> None:
    assert quarter_turns(degrees) == turns


def test_width_and_height_are_as_displayed(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "a.mp4", [0, 512, 1024], Fraction(1, 12800), rotation=-90)
    with GridReader(path) as reader:
        assert (reader.width, reader.height, reader.rotation) == (48, 64, 270)


def damaged(path: Path, first: float, last: float) -> None:
    data = bytearray(path.read_bytes())
    for at in range(floor(first * len(data)), floor(last * len(data))):
        data[at] = at * 37 % 251
    path.write_bytes(data)


@pytest.mark.parametrize("file", ["a.mkv", "a.ts"])
def test_damage_in_the_middle_is_stepped_over(tmp_path: Path, file: str) -> None:
    # 20 s at 10 fps; Matroska is read on from the next cluster of 5 s, a transport stream from the next packet.
    pictures = [textured_frame(k % 70) for k in range(200)]
    path = write_movie(
        tmp_path / file, list(range(200)), Fraction(1, 10), frames=pictures, options={"crf": "20", "g": "5", "bf": "0"}
    )
    damaged(path, 0.45, 0.5)
    reader = GridReader(path)
    numbers = shown_by_reader(reader)
    assert 495 <= reader.n_frames <= 500
    for n in [*range(0, 200), *range(380, 495)]:
        assert numbers[n] == n * 10 // 25 % 70


def test_a_file_cut_short_keeps_what_decodes(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "a.mkv", [40 * k for k in range(60)], MS, options={"crf": "1", "g": "5", "bf": "0"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    numbers = shown_by_reader(GridReader(path))
    assert 20 < len(numbers) < 60
    assert numbers[:20] == list(range(20))


def test_nothing_that_decodes_is_an_error(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "a.mkv", [40 * k for k in range(30)], MS)
    damaged(path, 0.3, 0.98)
    with pytest.raises(MediaError) as caught:
        list(GridReader(path))
    assert caught.value.reason in {"no_frames", "not_media"}
