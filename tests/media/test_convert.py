import wave
from pathlib import Path

import cv2
import numpy as np
import pytest

from facelib.errors import MediaError
from facelib.media.convert import convert
from tests.media.flashes import FLASH, decoded, grid_numbers, uneven, write_flashes
from tests.media.movies import GREY_STEP, click_times

PTS = uneven()[:120]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_flashes(tmp_path_factory.mktemp("convert") / "film.mkv", PTS)


def number_in(picture: np.ndarray) -> int:
    """The number of a grey picture of a frame in limited range."""
    return round((float(picture.mean()) * 219 / 255 + 16 - 20) / GREY_STEP)


def test_video_sound_and_pictures_of_one_length(film: Path, tmp_path: Path) -> None:
    made = convert(film, tmp_path, pictures="png")
    numbers, samples, heard = decoded(made.video)
    assert numbers == grid_numbers(PTS) and made.n_frames == len(numbers)
    assert samples == len(numbers) * 640
    assert made.sound is not None and made.pictures is not None
    with wave.open(str(made.sound)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16_000, 1, 2)
        wav = np.frombuffer(sound.readframes(samples + 1), np.int16)
    assert len(wav) == samples and np.allclose(click_times(wav), heard, atol=0.002)
    begins = [n / 25 for n, number in enumerate(numbers) if number == FLASH and (n == 0 or numbers[n - 1] != FLASH)]
    assert np.allclose(heard, begins, atol=0.04)
    files = sorted(made.pictures.iterdir())
    assert [file.name for file in files] == [f"{n:06d}.png" for n in range(1, len(numbers) + 1)]
    assert [number_in(np.asarray(cv2.imread(str(file)))) for file in files] == numbers
    assert not list(tmp_path.glob(".*"))


def test_pictures_at_a_step(film: Path, tmp_path: Path) -> None:
    made = convert(film, tmp_path, pictures="jpg", step_s=0.5)
    files = sorted((tmp_path / "film").iterdir())
    wanted = [grid_numbers(PTS)[round(n * 12.5 + 0.01)] for n in range(made.n_pictures)]
    assert [number_in(np.asarray(cv2.imread(str(file)))) for file in files] == wanted
    assert made.n_pictures == len(files) == -(-made.n_frames * 2 // 25)


def test_running_again_replaces_what_it_made(film: Path, tmp_path: Path) -> None:
    for suffix in ("png", "jpg"):
        made = convert(film, tmp_path, pictures=suffix, step_s=1.0)
        assert {file.suffix for file in (tmp_path / "film").iterdir()} == {f".{suffix}"}
    assert made.n_pictures == 5


def test_nothing_of_the_user_is_replaced(film: Path, tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / "notes.txt").write_text("mine")
    with pytest.raises(MediaError, match="holds other files"):
        convert(film, tmp_path, pictures="png")
    video = convert(film, tmp_path).video
    with pytest.raises(MediaError, match="replace itself"):
        convert(video, tmp_path)
    assert (tmp_path / "film" / "notes.txt").read_text() == "mine"
