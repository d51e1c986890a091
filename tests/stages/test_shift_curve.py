import numpy as np
import pytest

from facelib.stages.shift_curve import offset_frames, overlap, sync_score


@pytest.mark.parametrize(
    ("shift", "pictures", "sound"), [(0, (0, 9), (0, 9)), (2, (2, 9), (0, 7)), (-3, (0, 6), (3, 9))]
)
def test_overlap(shift: int, pictures: tuple[int, int], sound: tuple[int, int]) -> None:
    frames = np.arange(10)
    seen, heard = overlap(10, shift)
    assert (frames[seen][[0, -1]].tolist(), frames[heard][[0, -1]].tolist()) == (list(pictures), list(sound))
    assert (frames[seen] - frames[heard] == shift).all()


def test_a_curve_by_hand() -> None:
    curve = np.zeros(31, np.float32)
    curve[[0, 14, 18]] = 1, 3, 5
    curve[30] = np.nan
    assert offset_frames(curve) == 3
    # Shifts -15 to -6 and 6 to 14 have a mean of 1 / 19; the best within two frames is 3.
    assert sync_score(curve) == pytest.approx(3 - 1 / 19)
    nothing = np.full(31, np.nan, np.float32)
    assert offset_frames(nothing) is None and np.isnan(sync_score(nothing))
