import numpy as np
import pytest

from facelib.media.rectangles import with_ratio

FRAME = (300, 200)


@pytest.mark.parametrize(
    ("rectangle", "size", "expected"),
    [
        ((100, 50, 180, 130), (224, 224), (100, 50, 180, 130)),  # has the ratio
        ((100, 50, 140, 130), (224, 224), (80, 50, 160, 130)),
        ((100, 50, 180, 90), (224, 224), (100, 30, 180, 110)),
        ((0, 50, 40, 130), (224, 224), (0, 50, 80, 130)),  # moved in at the left
        ((260, 50, 300, 130), (224, 224), (220, 50, 300, 130)),
        ((0, 0, 300, 200), (224, 224), (0, -50, 300, 250)),  # the frame has no more
        ((10, 20, 290, 190), (224, 224), (10, -40, 290, 240)),
        ((100, 50, 140, 130), (300, 200), (60, 50, 180, 130)),
        ((1 / 3, 1 / 7, 100 + 1 / 3, 100 + 1 / 7), (224, 224), (1 / 3, 1 / 7, 100 + 1 / 3, 100 + 1 / 7)),
        ((-20, -20, 120, 120), (224, 224), (-20, -20, 120, 120)),  # a square of a policy that fills up
    ],
)
def test_the_short_side_grows(rectangle: tuple[float, ...], size: tuple[int, int], expected: tuple[float, ...]) -> None:
    found = with_ratio(np.array([rectangle, rectangle], np.float64), size, FRAME)
    assert found.tolist() == [list(expected)] * 2
