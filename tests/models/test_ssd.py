from math import log

import numpy as np
import pytest

from facelib.models import ssd
from facelib.models.faceboxes_v2 import BOXES


def test_anchors_go_by_cells_and_then_by_boxes() -> None:
    made = ssd.anchors(2, 1, 4, [(0.5, 0.5, 16), (0.0, 0.25, 8)])
    assert made.tolist() == [[2, 2, 16, 16], [0, 1, 8, 8], [2, 6, 16, 16], [0, 5, 8, 8]]


def test_anchors_of_faceboxes() -> None:
    assert [len(boxes) for boxes in BOXES] == [21, 1, 1]
    made = ssd.anchors(1, 1, 32, BOXES[0])
    # Sixteen of 32 px every quarter of a cell, x first; four of 64 px every half; one of 128 px in the middle.
    assert made[:5].tolist() == [[0, 0, 32, 32], [8, 0, 32, 32], [16, 0, 32, 32], [24, 0, 32, 32], [0, 8, 32, 32]]
    assert made[16:].tolist() == [
        [0, 0, 64, 64],
        [16, 0, 64, 64],
        [0, 16, 64, 64],
        [16, 16, 64, 64],
        [16, 16, 128, 128],
    ]


def test_decoded_by_hand() -> None:
    cells = np.array([[10, 10, 20, 20], [50, 50, 20, 20], [90, 90, 20, 20]], np.float32)
    shifts = np.array([[0, 0, 0, 0], [1, -2, log(2) / 0.2, log(0.5) / 0.2], [0, 0, 0, 0]], np.float32)
    found = ssd.decode(shifts, np.array([0.5, 0.9, 0.4], np.float32), cells, 0.4, 10)
    # The second: centre 50 + 0.1 * 20 = 52 and 50 - 0.2 * 20 = 46, 40 px wide, 10 px high. 0.4 is not above 0.4.
    assert found.boxes == pytest.approx(np.array([[32, 41, 72, 51], [0, 0, 20, 20]]), abs=1e-4)
    assert found.scores == pytest.approx([0.9, 0.5])
    assert np.isnan(found.keypoints).all()
    assert len(ssd.decode(shifts, np.ones(3, np.float32), cells, 0.4, 2)) == 2
