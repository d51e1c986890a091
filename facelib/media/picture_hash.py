"""The average hash of a picture: 64 bits that stay nearly the same when it is scaled, compressed or made lighter."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 8

_FILTERS = {"area": cv2.INTER_AREA, "linear": cv2.INTER_LINEAR}


def average_hash(picture: NDArray[np.uint8], *, filter: Literal["area", "linear"] = "area") -> int:
    """Grey, 8 × 8 pixels, one bit a pixel: whether it is above the mean of all; the top left pixel is the highest bit.

    Args:
        picture: (h, w, 3) BGR or (h, w) grey, not empty.
        filter: ``area`` averages all pixels, so that size hardly matters; ``linear`` looks at four of them for each of
            the 64, as video-to-faces does.

    Returns:
        The hash, 0 to 2**64 - 1; 0 for a picture of one value.

    Raises:
        ValueError: the picture is empty.

    >>> picture = np.zeros((80, 80), np.uint8)
    >>> picture[:10, :10] = 255
    >>> hex(average_hash(picture))
    '0x8000000000000000'
    """
    if not picture.size:
        raise ValueError("an empty picture has no hash")
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if picture.ndim == 3 else picture
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=_FILTERS[filter])
    return from_bits(small > small.mean())


def mirrored(value: int) -> int:
    """The hash of the picture seen in a mirror: each row of 8 bits the other way round.

    >>> hex(mirrored(0x80000000000000F0))
    '0x10000000000000f'
    """
    return from_bits(to_bits(value)[:, ::-1])


def majority(values: list[int]) -> int:
    """One hash for several pictures: each bit as more than half of them have it.

    >>> majority([0b110, 0b011, 0b010])
    2
    """
    return from_bits(np.mean([to_bits(value) for value in values], axis=0) > 0.5)


def to_bits(value: int) -> NDArray[np.bool_]:
    """(8, 8) bits of a hash, as they lie in the picture."""
    return np.unpackbits(np.frombuffer(value.to_bytes(8, "big"), np.uint8)).reshape(SIDE, SIDE).astype(np.bool_)


def from_bits(bits: NDArray[np.bool_]) -> int:
    """The hash of (8, 8) bits."""
    return int.from_bytes(np.packbits(bits.reshape(-1)).tobytes(), "big")
