import os
from pathlib import Path

import av
import numpy as np
import pytest

from facelib.errors import MediaError
from facelib.media import packet_spool
from facelib.media.audio import read_speech
from facelib.media.crop import crop_yuv
from facelib.media.encode import ClipWriter
from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from tests.media.movies import click_times, clicks, grey_frame, number_of


def gradient(number: int, width: int = 128, height: int = 96) -> np.ndarray:
    """A colourful smooth BGR picture that moves with the number."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    planes = [x * 255 // width, y * 255 // height, (x + y + 4 * number) % 256 // 2 + 60]
    return np.stack(planes, -1).astype(np.uint8)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b.astype(float)) ** 2)))


@pytest.mark.parametrize("n", [1, 2, 25, 130])
def test_as_many_frames_come_back(tmp_path: Path, n: int) -> None:
    with ClipWriter(tmp_path / "a.mp4", 64, 48) as writer:
        for k in range(n):
            writer.write(grey_frame(k % 70))
    read = list(GridReader(tmp_path / "a.mp4"))
    assert [part.index for part in read] == list(range(n))
    assert all(part.count == 1 for part in read)
    assert [number_of(part.frame) for part in read] == [k % 70 for k in range(n)]


def test_pictures_come_back_without_a_shift_of_colour(tmp_path: Path) -> None:
    with ClipWriter(tmp_path / "a.mp4", 128, 96) as writer:
        for k in range(10):
            writer.write(gradient(k))
    with av.open(str(tmp_path / "a.mp4")) as clip:
        context = clip.streams.video[0].codec_context
        tags = (context.colorspace, context.color_range, context.color_primaries, context.color_trc)
        assert tags == (1, 1, 1, 1)
        assert context.pix_fmt == "yuv420p"
    for k, part in enumerate(GridReader(tmp_path / "a.mp4")):
        picture = to_bgr(part.frame)
        assert psnr(picture, gradient(k)) > 36
        assert np.abs(picture.mean((0, 1)) - gradient(k).mean((0, 1))).max() < 2


@pytest.mark.parametrize("length_s", [2.0, 12.0])
def test_sound_lies_on_the_pictures(tmp_path: Path, length_s: float) -> None:
    at = [0.0, 0.4, 1.0, length_s - 0.2]
    with ClipWriter(tmp_path / "a.mp4", 64, 48) as writer:
        for k in range(round(length_s * 25)):
            writer.write(grey_frame(60 if any(round(s * 25) == k for s in at) else 0))
        writer.write_audio(clicks(at, length_s)[:8000])
        writer.write_audio(clicks(at, length_s)[8000:])
    samples = read_speech(tmp_path / "a.mp4")
    assert samples is not None
    heard = click_times(samples)
    seen = [part.time_s for part in GridReader(tmp_path / "a.mp4") if number_of(part.frame) > 30]
    assert seen == pytest.approx(at)
    # AAC spreads a click over a few milliseconds.
    assert heard == pytest.approx(at, abs=0.010)
    assert len(samples) >= length_s * 16_000
    with av.open(str(tmp_path / "a.mp4")) as clip:
        sound = clip.streams.audio[0]
        assert (sound.codec_context.name, sound.rate, sound.channels) == ("aac", 16_000, 1)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        with ClipWriter(tmp_path / name, 128, 96) as writer:
            for k in range(40):
                writer.write(gradient(k))
            writer.write_audio(clicks([0.2, 1.1], 1.6))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    data = (tmp_path / "a.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("with_sound", [True, False])
def test_bytes_do_not_depend_on_where_packets_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, with_sound: bool
) -> None:
    for name, held in (("a.mp4", packet_spool.HELD_BYTES), ("b.mp4", 1000)):
        monkeypatch.setattr(packet_spool, "HELD_BYTES", held)
        with ClipWriter(tmp_path / name, 128, 96) as writer:
            for k in range(130):
                writer.write(gradient(k))
            if with_sound:
                writer.write_audio(clicks([0.2, 1.1], 5.2)[:40_000])
                writer.write_audio(clicks([0.2, 1.1], 5.2)[40_000:])
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packet_spool, "HELD_BYTES", 1 << 20)
    noise = np.random.default_rng(0).integers(0, 255, (512, 512, 3), np.uint8)
    with ClipWriter(tmp_path / "a.mp4", 512, 512, crf=0, preset="ultrafast") as writer:
        used = []
        for k in range(240):
            writer.write(np.roll(noise, 7 * k, 1))
            if k in (80, 239):
                used.append(resident_bytes())
    written = (tmp_path / "a.mp4").stat().st_size
    assert written > 40e6
    assert used[1] - used[0] < written / 8


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (0, 48), (-2, 2)])
def test_odd_sizes_are_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    with pytest.raises(MediaError) as caught:
        ClipWriter(tmp_path / "a.mp4", *size)
    assert caught.value.reason == "odd_size"


@pytest.mark.parametrize(("pictures", "expected"), [([], "no_frames"), ([(50, 64)], "wrong_size")])
def test_no_file_is_left_after_an_error(tmp_path: Path, pictures: list[tuple[int, int]], expected: str) -> None:
    with pytest.raises(MediaError) as caught, ClipWriter(tmp_path / "a.mp4", 64, 48) as writer:
        for height, width in pictures:
            writer.write(np.zeros((height, width, 3), np.uint8))
    assert caught.value.reason == expected
    assert not (tmp_path / "a.mp4").exists()


@pytest.mark.media
@pytest.mark.parametrize("file", ["talker_a.mp4", "talker_c.mp4", "street_crowd.mp4"])
def test_a_crop_of_a_real_clip_is_visually_lossless(tmp_path: Path, media_dir: Path, file: str) -> None:
    wanted = []
    with ClipWriter(tmp_path / "a.mp4", 400, 360) as writer:
        for part in GridReader(media_dir / file, stop=12):
            crop = crop_yuv(part.frame, 60, 100, 460, 460)
            wanted.append(to_bgr(crop))
            writer.write(crop)
    read = [to_bgr(part.frame) for part in GridReader(tmp_path / "a.mp4")]
    assert len(read) == len(wanted) == 12
    assert min(psnr(a, b) for a, b in zip(read, wanted, strict=True)) > 38
