from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from facelib.errors import MediaError
from facelib.media.probe import ProbeLimits, probe
from tests.media.movies import write_movie, write_sound

TINY = ProbeLimits(min_bytes=0, min_seconds=0)
TICK = Fraction(1, 12800)


def reason(path: Path, limits: ProbeLimits = TINY) -> str:
    with pytest.raises(MediaError) as caught:
        probe(path, limits)
    return caught.value.reason


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"min_bytes": 10**6}, "too_small"),
        ({"max_bytes": 100}, "too_large"),
        ({"min_seconds": 3.0}, "too_short"),
        ({"max_seconds": 1.0}, "too_long"),
        ({"max_pixels": 64 * 48 - 1}, "too_many_pixels"),
        ({"max_streams": 1}, "too_many_streams"),
    ],
)
def test_each_limit_has_its_reason(tmp_path: Path, changed: dict[str, float], expected: str) -> None:
    path = write_sound(tmp_path / "a.mkv", np.zeros(32_000, np.int16), video_pts=[40 * k for k in range(50)])
    assert probe(path, TINY).duration_s == pytest.approx(2, abs=0.05)
    assert reason(path, TINY.model_copy(update=changed)) == expected


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("empty.mp4", b"", "empty_file"),
        ("noise.mp4", bytes(k * 31 % 253 for k in range(20_000)), "not_media"),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n", "not_media"),
        ("list.mp4", b"#EXTM3U\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n", "not_media"),
        ("list.ffconcat", b"ffconcat version 1.0\nfile a.mp4\n", "not_media"),
        ("talk.sdp", b"v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n", "not_media"),
        ("text.mp4", b"hello\n" * 500, "not_media"),
    ],
)
def test_what_is_no_media_file_is_refused(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    write_movie(tmp_path / "a.mp4", [0, 512, 1024], TICK)
    (tmp_path / name).write_bytes(content)
    assert reason(tmp_path / name) == expected


@pytest.mark.parametrize("name", ["concat:a.mp4|a.mp4", "http:a.mp4", "frame%03d.mp4", "a b ünï.mp4", "pipe:0"])
def test_a_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    write_movie(tmp_path / "a.mp4", [512 * k for k in range(30)], TICK).rename(tmp_path / name)
    assert probe(tmp_path / name, TINY).duration_s == pytest.approx(1.2)


def test_missing_files_folders_and_sound_alone(tmp_path: Path) -> None:
    assert reason(tmp_path / "none.mp4") == "file_missing"
    assert reason(tmp_path) == "not_a_file"
    assert reason(write_sound(tmp_path / "sound.mkv", np.zeros(32_000, np.int16))) == "no_video"


@pytest.mark.parametrize(("degrees", "size"), [(0, (64, 48)), (90, (48, 64)), (-90, (48, 64)), (180, (64, 48))])
def test_size_is_after_display_rotation(tmp_path: Path, degrees: int, size: tuple[int, int]) -> None:
    info = probe(write_movie(tmp_path / "a.mp4", [512 * k for k in range(30)], TICK, rotation=degrees), TINY)
    assert (info.width, info.height) == size
    assert info.rotation == degrees % 360


# file, width, height, fps, codec, has_audio, seconds of video, grid frames
REAL = [
    ("hamilton.mp4", 640, 360, 29.97, "h264", True, 9.176, 230),
    ("talker_a.mp4", 512, 512, 25, "mpeg4", True, 8.0, 200),
    ("talker_c.mp4", 1080, 1920, 25, "hevc", True, 10.0, 250),
    ("talker_d.mp4", 1080, 1920, 30, "hevc", True, 20.0, 500),
    ("silent_face.mp4", 720, 1280, 30, "h264", False, 11.733, 294),
    ("street_crowd.mp4", 1920, 1080, 25, "h264", True, 4.2, 105),
    ("walkers_no_audio.mp4", 768, 432, 10, "h264", False, 139.4, 3485),
    ("scenes_cuts_at_125_325_525.mp4", 960, 540, 25, "h264", True, 26.0, 650),
    ("two_talkers_voice_left.mp4", 1280, 720, 25, "h264", True, 8.0, 200),
    ("talker_a_no_audio.mp4", 512, 512, 25, "h264", False, 8.0, 200),
    ("talker_b_audio_early_3f.mp4", 512, 512, 25, "h264", True, 7.8, 195),
    ("broken_midstream.mkv", 640, 360, 29.97, "h264", True, 9.175, 230),
]


@pytest.mark.media
@pytest.mark.parametrize(
    ("file", "width", "height", "fps", "codec", "has_audio", "seconds", "grid"), REAL, ids=[row[0] for row in REAL]
)
def test_real_files(
    media_dir: Path,
    file: str,
    width: int,
    height: int,
    fps: float,
    codec: str,
    has_audio: bool,
    seconds: float,
    grid: int,
) -> None:
    from facelib.media.grid import GridReader

    info = probe(media_dir / file, ProbeLimits())
    assert (info.width, info.height, info.video_codec, info.has_audio) == (width, height, codec, has_audio)
    assert (info.fps, info.duration_s) == pytest.approx((fps, seconds), abs=0.002)
    reader = GridReader(media_dir / file)
    total = sum(part.count for part in reader)
    assert (total, reader.n_frames) == (grid, grid)
    assert (reader.errors > 0) == file.startswith("broken")


@pytest.mark.media
@pytest.mark.parametrize(
    ("file", "expected"),
    [("broken_empty.mp4", "empty_file"), ("broken_noise.mp4", "not_media"), ("broken_truncated.mp4", "not_media")],
)
def test_real_files_that_cannot_be_read(media_dir: Path, file: str, expected: str) -> None:
    assert reason(media_dir / file, ProbeLimits()) == expected
