from itertools import pairwise

import numpy as np
import pytest

from facelib.stages.window import windows


@pytest.mark.parametrize(
    ("wanted", "size", "expected"),
    [
        pytest.param([[10, 20, 50, 60]] * 3, (640, 360), [(0, 3, (10, 20, 50, 60))], id="still"),
        pytest.param([[11, 21, 50.5, 61]], (640, 360), [(0, 1, (10, 20, 52, 62))], id="outwards to even pixels"),
        pytest.param([[-30, -5, 700, 400]], (641, 361), [(0, 1, (0, 0, 640, 360))], id="into the frame, even"),
        pytest.param(
            [[0, 0, 100, 100], [150, 0, 250, 100]], (640, 360), [(0, 2, (0, 0, 250, 100))], id="2.5 times is allowed"
        ),
        pytest.param(
            [[0, 0, 100, 100], [152, 0, 252, 100]],
            (640, 360),
            [(0, 1, (0, 0, 100, 100)), (1, 2, (152, 0, 252, 100))],
            id="more than 2.5 times is divided",
        ),
    ],
)
def test_windows(wanted: list[list[float]], size: tuple[int, int], expected: list[tuple[int, int, tuple]]) -> None:
    found = windows(np.array(wanted, float), 0, size, 2.5)
    assert [(w.start, w.end, w.box) for w in found] == expected


def test_a_walker_becomes_successive_clips_without_gap() -> None:
    boxes = np.array([[x, 0, x + 100, 100] for x in range(0, 1000, 5)], float)
    found = windows(boxes, 40, (2000, 400), 2.5)
    assert found[0].start == 40 and found[-1].end == 240
    assert all(a.end == b.start for a, b in pairwise(found))
    assert max(w.size[0] for w in found) <= 252
