from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from facelib.models.pictures import Picture
from facelib.models.transnetv2 import MARGIN, STEP
from facelib.stages.shots import ContentShots, Shot, ShotFinder, TransNetShots

BLACK, WHITE = (np.full((27, 48, 3), value, np.uint8) for value in (10, 240))


class Brightness:
    """Stands where the network does: a white picture is a change."""

    def judge(self, window: Sequence[Picture]) -> np.ndarray:
        return np.array([float(p[0, 0, 0] > 128) for p in window[MARGIN : MARGIN + STEP]], np.float32)


def transnet(changes: Sequence[int], indices: Sequence[int], min_frames: int = 3) -> TransNetShots:
    finder = TransNetShots(Brightness(), 0.5, min_frames)  # type: ignore[arg-type]
    for index in indices:
        finder.add(index, WHITE if index in changes else BLACK)
    return finder


@pytest.mark.parametrize(
    ("changes", "indices", "edges"),
    [
        pytest.param([], range(20), [0, 20], id="no change"),
        pytest.param([9], range(20), [0, 10, 20], id="a cut after the frame that is the last of its shot"),
        pytest.param([9, 10, 11], range(20), [0, 12, 20], id="a gradual change ends where the next shot begins"),
        pytest.param([9, 11], range(20), [0, 10, 20], id="a cut too close to the last one"),
        pytest.param([9, 12], range(20), [0, 10, 13, 20], id="a cut just far enough"),
        pytest.param([1], range(20), [0, 20], id="a cut too close to the start"),
        pytest.param([19], range(20), [0, 20], id="the last frame ends the video anyway"),
        pytest.param(range(20), range(20), [0, 20], id="nothing but change"),
        pytest.param([8], range(0, 20, 4), [0, 12, 20], id="frames that show several times on the grid"),
        pytest.param([], [0], [0, 20], id="one frame"),
        pytest.param([60, 99, 120], range(130), [0, 61, 100, 121, 130], id="over several windows"),
    ],
)
def test_shots_of_chances(changes: Sequence[int], indices: Sequence[int], edges: list[int]) -> None:
    n_frames = edges[-1]
    found = transnet(list(changes), list(indices)).shots(n_frames)
    assert found == [Shot(a, b) for a, b in pairwise(edges)]


@pytest.mark.parametrize(("threshold", "edges"), [(27.0, [0, 20, 40]), (250.0, [0, 40])])
def test_content(threshold: float, edges: list[int]) -> None:
    finder: ShotFinder = ContentShots(threshold, 15)
    for index in range(40):
        finder.add(index, WHITE if index >= 20 else BLACK)
    assert finder.shots(40) == [Shot(a, b) for a, b in pairwise(edges)]
