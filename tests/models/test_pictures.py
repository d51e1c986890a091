import numpy as np
import pytest

from facelib.models.pictures import blob, resized

PIXEL = np.array([[[10, 20, 30]]], np.uint8)


@pytest.mark.parametrize(
    ("options", "inside", "outside"),
    [
        ({}, [10, 20, 30], [0, 0, 0]),
        ({"rgb": True}, [30, 20, 10], [0, 0, 0]),
        ({"mean": (1, 2, 3), "std": (1, 2, 9)}, [9, 9, 3], [0, 0, 0]),
        ({"rgb": True, "mean": (0, 0, 10), "std": (10, 10, 10)}, [3, 2, 0], [0, 0, 0]),
        ({"mean": (127.5,) * 3, "std": (128,) * 3, "pad": 0}, None, [-127.5 / 128] * 3),
        ({"std": (255,) * 3, "pad": 114}, None, [114 / 255] * 3),
    ],
)
def test_values(options: dict, inside: list[float] | None, outside: list[float]) -> None:
    batch = blob([PIXEL, PIXEL], multiple=2, **options)
    assert batch.shape == (2, 3, 2, 2) and batch.dtype == np.float32
    if inside:
        assert batch[:, :, 0, 0] == pytest.approx(np.array([inside, inside]))
    assert batch[1, :, 1, 1] == pytest.approx(np.array(outside))


@pytest.mark.parametrize(
    ("size", "multiple", "wanted"), [((3, 5), 1, (3, 5)), ((32, 33), 32, (32, 64)), ((1, 1), 8, (8, 8))]
)
def test_sizes(size: tuple[int, int], multiple: int, wanted: tuple[int, int]) -> None:
    assert blob([np.zeros((*size, 3), np.uint8)], multiple=multiple).shape[2:] == wanted


def test_resized_keeps_pictures_that_fit() -> None:
    pictures = [np.full((4, 6, 3), 7, np.uint8)]
    assert resized(pictures, (6, 4))[0] is pictures[0]
    assert resized(pictures, (3, 2))[0].shape == (2, 3, 3)
