import gc
import tempfile
import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest

from facelib.media.audio import cut, map_speech, read_speech, write_wav
from tests.media.movies import click_times, clicks, write_movie, write_sound

RATE = 16_000
CLICKS = clicks([0.5, 1.0, 1.5], 2.0)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000, 8_000])
def test_clicks_stay_where_they_are_at_any_rate(tmp_path: Path, rate: int) -> None:
    path = write_sound(tmp_path / "a.mkv", clicks([0.5, 1.0, 1.5], 2.0, rate), rate=rate, video_pts=[0, 40, 80])
    samples = read_speech(path)
    assert samples is not None and samples.dtype == np.int16
    assert len(samples) == pytest.approx(2 * RATE, abs=2)
    assert click_times(samples) == pytest.approx([0.5, 1.0, 1.5], abs=0.001)


# name, blocks (first, after, pts) in samples, first video timestamp in ms, clicks expected, length in seconds
STARTS = [
    ("sound late by 200 ms", [(0, 32_000, 3_200)], 0, [0.7, 1.2, 1.7], 2.2),
    ("video late by 600 ms", [(0, 32_000, 0)], 600, [0.4, 0.9], 1.4),
    ("both late", [(0, 32_000, 16_000)], 1_000, [0.5, 1.0, 1.5], 2.0),
    ("gap of 300 ms", [(0, 12_000, 0), (12_000, 32_000, 16_800)], 0, [0.5, 1.3, 1.8], 2.3),
    ("gap of 20 ms is jitter", [(0, 12_000, 0), (12_000, 32_000, 12_320)], 0, [0.5, 1.0, 1.5], 2.0),
    ("sound ends before the video", [(0, 16_000, 0)], 2_000, [], 0.0),
]


@pytest.mark.parametrize(("name", "blocks", "video_ms", "expected", "seconds"), STARTS, ids=[row[0] for row in STARTS])
def test_sample_0_is_at_the_first_video_timestamp(
    tmp_path: Path, name: str, blocks: list[tuple[int, int, int]], video_ms: int, expected: list[float], seconds: float
) -> None:
    pictures = [video_ms + 40 * k for k in range(5)]
    path = write_sound(tmp_path / "a.mkv", CLICKS, blocks=blocks, video_pts=pictures)
    samples, mapped = read_speech(path), map_speech(path)
    assert samples is not None and mapped is not None and np.array_equal(mapped, samples)
    assert click_times(samples) == pytest.approx(expected, abs=0.0015)
    assert len(samples) / RATE == pytest.approx(seconds, abs=0.0015)


def test_without_a_sound_stream_there_is_none(tmp_path: Path) -> None:
    from fractions import Fraction

    path = write_movie(tmp_path / "a.mp4", [0, 512], Fraction(1, 12800))
    assert read_speech(path) is None and map_speech(path) is None


def test_sound_without_video_starts_at_its_first_sample(tmp_path: Path) -> None:
    samples = read_speech(write_sound(tmp_path / "a.mkv", CLICKS, blocks=[(0, 32_000, 8_000)]))
    assert samples is not None
    assert click_times(samples) == pytest.approx([0.5, 1.0, 1.5], abs=0.001)


def test_mapped_sound_is_not_in_memory_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    path = write_sound(tmp_path / "a.mkv", np.tile(CLICKS, 60))
    samples = read_speech(path)
    assert samples is not None
    tracemalloc.start()
    try:
        mapped = map_speech(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert mapped is not None and mapped.nbytes == 60 * CLICKS.nbytes
    assert peak < mapped.nbytes / 4
    assert np.array_equal(mapped, samples)
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("start", "n", "first", "n_nonzero"),
    [(0, 1, 0, 640), (1, 2, 640, 360), (-1, 2, None, 640), (3, 1, None, 0), (-5, 2, None, 0), (0, 0, None, 0)],
)
def test_cut_is_exact_and_padded(start: int, n: int, first: int | None, n_nonzero: int) -> None:
    part = cut(np.arange(1, 1001, dtype=np.int16), start, n)
    assert len(part) == 640 * n and part.dtype == np.int16
    assert np.count_nonzero(part) == n_nonzero
    if first is not None:
        assert part[0] == first + 1


def test_wav_round_trip(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", CLICKS, RATE)
    with wave.open(str(tmp_path / "a.wav")) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (1, 2, RATE)
        assert np.array_equal(np.frombuffer(read.readframes(10**6), np.int16), CLICKS)


@pytest.mark.media
@pytest.mark.parametrize(
    ("file", "seconds"),
    [("hamilton.mp4", 9.164), ("talker_a.mp4", 8.0), ("talker_c.mp4", 10.008), ("broken_midstream.mkv", 9.163)],
)
def test_real_files(media_dir: Path, file: str, seconds: float) -> None:
    samples = read_speech(media_dir / file)
    assert samples is not None
    assert len(samples) / RATE == pytest.approx(seconds, abs=0.002)
    assert np.abs(samples.astype(int)).max() > 1000


@pytest.mark.media
@pytest.mark.parametrize(
    ("shifted", "original", "frames"),
    [("talker_a_audio_late_5f.mp4", "talker_a.mp4", 5), ("talker_b_audio_early_3f.mp4", "talker_b.mp4", -3)],
)
def test_known_shift_is_found(media_dir: Path, shifted: str, original: str, frames: int) -> None:
    a, b = read_speech(media_dir / shifted), read_speech(media_dir / original)
    assert a is not None and b is not None
    n = 1 << 18
    product = np.fft.irfft(np.fft.rfft(a, n) * np.conj(np.fft.rfft(b, n)), n)
    lag = int(np.argmax(product))
    lag -= n if lag > n // 2 else 0
    assert lag / 640 == pytest.approx(frames, abs=0.05)


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_wav_that_cannot_be_opened_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_wav(tmp_path / "no" / "a.wav", CLICKS)
    gc.collect()
