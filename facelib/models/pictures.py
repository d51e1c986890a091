"""Pictures as networks take them."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from facelib.models.faces import Floats

Picture = NDArray[np.uint8]


def blob(
    pictures: Sequence[Picture],
    *,
    multiple: int = 1,
    rgb: bool = False,
    mean: Sequence[float] = (0.0, 0.0, 0.0),
    std: Sequence[float] = (1.0, 1.0, 1.0),
    pad: float | None = None,
) -> Floats:
    """A batch of pictures of one size as a network takes it: (value - mean) / std, channels first.

    Args:
        pictures: (h, w, 3) BGR, all of one size.
        multiple: right and bottom are filled up to a multiple of this many pixels.
        rgb: channels in the order red, green, blue.
        mean, std: of each channel, in the order of the result.
        pad: what is filled in, 0..255, before mean and std; None fills in zeros after them.

    Returns:
        (n, 3, h, w).

    Example:
        >>> blob([np.full((2, 3, 3), 9, np.uint8)], multiple=4, mean=(9, 8, 7))[0, :, 0].tolist()
        [[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0], [2.0, 2.0, 2.0, 0.0]]
    """
    height, width = pictures[0].shape[:2]
    shape = (-(-height // multiple) * multiple, -(-width // multiple) * multiple)
    batch = np.zeros((len(pictures), 3, *shape), np.float32)
    offset, divisor = (np.array(value, np.float32)[:, None, None] for value in (mean, std))
    if pad is not None:
        batch[:] = (np.float32(pad) - offset) / divisor
    for place, picture in zip(batch[:, :, :height, :width], pictures, strict=True):
        place[:] = (picture[:, :, ::-1] if rgb else picture).transpose(2, 0, 1)
        if offset.any():
            place -= offset
        if not (divisor == 1).all():
            place /= divisor
    return batch


def resized(pictures: Sequence[Picture], size: tuple[int, int]) -> list[Picture]:
    """The pictures at another size (width, height), bilinear; the same ones where it is theirs."""
    if pictures[0].shape[1::-1] == size:
        return list(pictures)
    return [np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8) for picture in pictures]
