import numpy as np
import pytest

from facelib.stages.speaker_sync import Candidate, rivals, speaks


def face(start: int, *stretches: tuple[float, int]) -> Candidate:
    return Candidate(start, np.concatenate([np.full(n, score, np.float32) for score, n in stretches]))


@pytest.mark.parametrize(
    ("faces", "expected", "others"),
    [
        pytest.param([face(0, (1, 50))], [True], [0], id="alone"),
        pytest.param([face(0, (-1, 50))], [False], [0], id="alone and silent"),
        pytest.param([face(0, (1, 50)), face(0, (2, 50))], [False, True], [1, 1], id="two"),
        pytest.param([face(0, (-2, 50)), face(0, (-1, 50))], [False, False], [1, 1], id="nobody"),
        pytest.param([face(0, (1, 50)), face(50, (2, 50))], [True, True], [0, 0], id="one after the other"),
        pytest.param([face(0, (1, 50)), face(45, (2, 50))], [True, True], [0, 0], id="five frames together"),
        pytest.param(
            [face(0, (3, 50), (1, 50)), face(50, (2, 50))], [False, True], [1, 1], id="what both share counts"
        ),
        pytest.param(
            [face(0, (1, 60)), face(0, (2, 30)), face(30, (0.5, 30))], [False, True, False], [2, 1, 1], id="3"
        ),
    ],
)
def test_who_speaks(faces: list[Candidate], expected: list[bool], others: list[int]) -> None:
    assert speaks(faces) == expected
    assert [len(found) for found in rivals(faces)] == others
