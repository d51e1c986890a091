from itertools import chain
from pathlib import Path

import pytest

from facelib.errors import MediaError
from facelib.media.grid import GridReader
from facelib.media.split import PartLook, cut_ranges, split
from facelib.media.time_ranges import parse_range
from tests.media.flashes import FLASH, STEADY, decoded, grid_numbers, uneven, write_flashes

FILMS = {"25 fps, 5 s between key frames": STEADY, "variable frame rate": uneven()}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    return {name: write_flashes(folder / f"film{n}.mkv", pts) for n, (name, pts) in enumerate(FILMS.items())}


@pytest.mark.parametrize("name", FILMS)
def test_parts_add_up_to_the_whole(films: dict[str, Path], tmp_path: Path, name: str) -> None:
    parts = list(split(films[name], tmp_path, seconds=4))
    whole = grid_numbers(FILMS[name])
    assert [part.path.name for part in parts] == [f"{films[name].stem}_part_{i}.mp4" for i in (1, 2, 3)]
    assert [part.frames for part in parts] == [100, 100, len(whole) - 200]
    found = [decoded(part.path) for part in parts]
    assert [len(numbers) for numbers, _, _ in found] == [part.frames for part in parts]
    assert [samples for _, samples, _ in found] == [part.frames * 640 for part in parts]
    assert list(chain.from_iterable(numbers for numbers, _, _ in found)) == whole


@pytest.mark.parametrize("name", FILMS)
@pytest.mark.parametrize("at", ["0:05-0:08", "2.7-9", "71f-280f", "9.9-"])
def test_flash_and_click_stay_together(films: dict[str, Path], tmp_path: Path, name: str, at: str) -> None:
    wanted = parse_range(at)
    (part,) = cut_ranges(films[name], tmp_path, [wanted])
    numbers, samples, heard = decoded(part.path)
    whole, first = grid_numbers(FILMS[name]), wanted.start_frame
    assert numbers == whole[first : wanted.end_frame]
    assert samples == len(numbers) * 640
    begins = [n for n, number in enumerate(whole) if number == FLASH and (n == 0 or whole[n - 1] != FLASH)]
    seen = [(n - first) / 25 for n in begins if first <= n < first + len(numbers)]
    assert len(heard) == len(seen)
    assert all(abs(a - b) <= 0.04 for a, b in zip(heard, seen, strict=True))


def test_complete_parts_are_kept_and_others_made(films: dict[str, Path], tmp_path: Path) -> None:
    film = films["variable frame rate"]
    first = list(split(film, tmp_path, seconds=4))
    assert all(part.made for part in first)
    assert [part.made for part in split(film, tmp_path, seconds=4)] == [False] * 3
    first[1].path.write_bytes(first[1].path.read_bytes()[:-100])
    first[2].path.unlink()
    assert [part.made for part in split(film, tmp_path, seconds=4)] == [False, True, True]
    assert [part.made for part in split(film, tmp_path, seconds=4, look=PartLook(crf=30))] == [True] * 3
    (tmp_path / f"{film.stem}.parts.json").write_text("{")
    assert all(part.made for part in split(film, tmp_path, seconds=5, look=PartLook(crf=30)))
    assert not list(tmp_path.glob(".*"))


def test_a_whole_number_of_parts_has_no_empty_one(films: dict[str, Path], tmp_path: Path) -> None:
    parts = list(split(films["25 fps, 5 s between key frames"], tmp_path, seconds=5.5))
    assert [part.frames for part in parts] == [138, 137]
    exact = list(split(films["25 fps, 5 s between key frames"], tmp_path / "b", seconds=2.2))
    assert [part.frames for part in exact] == [55] * 5


def test_area_and_size(films: dict[str, Path], tmp_path: Path) -> None:
    look = PartLook(area=(10, 4, 42, 36), size=(20, 20))
    (part,) = cut_ranges(films["variable frame rate"], tmp_path, [parse_range("1-2")], look=look)
    with GridReader(part.path) as reader:
        assert (reader.width, reader.height) == (20, 20)


def test_what_cannot_be_cut_does_not_hold_back_the_rest(films: dict[str, Path], tmp_path: Path) -> None:
    film, errors = films["variable frame rate"], []
    ranges = [parse_range(text) for text in ("50-60", "1-2")]
    parts = list(cut_ranges(film, tmp_path, ranges, on_error=lambda _, error: errors.append(error)))
    assert [part.path.name for part in parts] == [f"{film.stem}_001.mp4"]
    assert [error.message for error in errors] == [f"{film.name} ends before second 50"]
    with pytest.raises(MediaError, match="ends before"):
        list(cut_ranges(film, tmp_path, ranges))
    with pytest.raises(MediaError, match="less than one frame"):
        list(split(film, tmp_path, seconds=0.001))
