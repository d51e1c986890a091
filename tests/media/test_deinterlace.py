from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from facelib.media.grid import GridReader
from facelib.media.probe import ProbeLimits, probe
from tests.media.movies import number_of, write_movie

SIZE = (128, 96)
CODERS = {"mpg": ("mpeg2video", {"flags": "+ildct+ilme"}), "mp4": ("libx264", {"x264-params": "tff=1"})}


def write_fields(path: Path, n: int = 30) -> Path:
    """A bright block that moves 2 px a field, two fields a frame; frame k shows block positions 4k and 4k + 2."""
    codec, options = CODERS[path.suffix[1:]]
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *SIZE, "yuv420p", 4_000_000
        for number in range(n):
            planes = np.full((SIZE[1] * 3 // 2, SIZE[0]), 128, np.uint8)
            planes[: SIZE[1]] = 60
            for field in (0, 1):
                left = 4 + 2 * ((2 * number + field) % 40)
                planes[field : SIZE[1] : 2, left : left + 30] = 200
            frame = VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def luma(frame: VideoFrame) -> np.ndarray:
    return frame.to_ndarray(format="gray").astype(np.float64)


def combing(frame: VideoFrame) -> float:
    """How much a row differs from the mean of its neighbours, grey levels on average."""
    rows = luma(frame)
    return float(np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean())


@pytest.mark.parametrize("suffix", CODERS)
def test_two_fields_become_one_picture(tmp_path: Path, suffix: str) -> None:
    path = write_fields(tmp_path / f"fields.{suffix}")
    assert probe(path, ProbeLimits(min_bytes=0, min_seconds=0)).interlaced
    woven = list(GridReader(path, deinterlace="off"))
    shown = list(GridReader(path))
    assert [(s.index, s.count, s.time_s) for s in shown] == [(s.index, s.count, s.time_s) for s in woven]
    assert len(shown) == 30
    assert min(combing(s.frame) for s in woven) > 4
    assert max(combing(s.frame) for s in shown) < 0.2
    assert [s.frame.colorspace for s in shown] == [s.frame.colorspace for s in woven]


@pytest.mark.parametrize("start", [0, 1, 17, 29])
def test_a_frame_is_the_same_wherever_reading_begins(tmp_path: Path, start: int) -> None:
    path = write_fields(tmp_path / "fields.mp4")
    whole = {s.index: luma(s.frame) for s in GridReader(path)}
    for shown in GridReader(path, start=start):
        assert np.array_equal(luma(shown.frame), whole[shown.index])


def test_progressive_video_is_untouched(tmp_path: Path) -> None:
    path = write_movie(tmp_path / "p.mp4", range(0, 3000, 100), Fraction(1, 2500))
    with GridReader(path) as on, GridReader(path, deinterlace="off") as off:
        pairs = list(zip(on, off, strict=True))
    assert [number_of(a.frame) for a, _ in pairs] == list(range(30))
    assert all(bytes(a.frame.planes[0]) == bytes(b.frame.planes[0]) for a, b in pairs)


def test_one_interlaced_frame_is_given_back(tmp_path: Path) -> None:
    (shown,) = GridReader(write_fields(tmp_path / "one.mpg", 1))
    assert combing(shown.frame) < 0.2
