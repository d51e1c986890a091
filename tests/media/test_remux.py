"""Other sound under the same pictures."""

from pathlib import Path

import av
import numpy as np
import pytest

from facelib.errors import MediaError
from facelib.media.audio import read_speech
from facelib.media.encode import ClipWriter
from facelib.media.remux import with_sound


def film(path: Path, frames: int = 20) -> Path:
    numbers = np.random.default_rng(0)
    with ClipWriter(path, 64, 48) as writer:
        for _ in range(frames):
            writer.write(numbers.integers(0, 256, (48, 64, 3), dtype=np.uint8))
        writer.write_audio(np.zeros(frames * 640, np.int16))
    return path


def packets(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as container:
        return [(p.pts, bytes(p)) for p in container.demux(container.streams.video[0]) if p.size]


def test_pictures_stay_and_sound_changes(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4")
    tone = (np.sin(np.arange(20 * 640) * 0.2) * 8000).astype(np.int16)
    for name in ("b.mp4", "c.mp4"):
        with_sound(source, tone, tmp_path / name)
    assert packets(tmp_path / "b.mp4") == packets(source)
    heard = read_speech(tmp_path / "b.mp4")
    assert heard is not None
    assert np.corrcoef(heard[1000:12000], tone[1000:12000])[0, 1] > 0.99
    assert (tmp_path / "b.mp4").read_bytes() == (tmp_path / "c.mp4").read_bytes()


def test_a_file_without_pictures_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no film")
    with pytest.raises(MediaError):
        with_sound(tmp_path / "a.mp4", np.zeros(640, np.int16), tmp_path / "b.mp4")
    assert not (tmp_path / "b.mp4").exists()
