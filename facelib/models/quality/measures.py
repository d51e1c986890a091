"""The measures of a clip's pictures and boxes that need no weights, by name."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from facelib.models.quality.blockiness import blockiness
from facelib.models.quality.exposure import exposure
from facelib.models.quality.geometry import completeness, face_speed, sides
from facelib.models.quality.piqe import piqe
from facelib.models.quality.sharpness import centre_half, inside, laplacian_variance

UNITS: dict[str, tuple[str, Literal["min", "max"]]] = {
    "sharpness": ("variance of Laplacian, 8-bit grey levels²", "min"),
    "face_sharpness": ("variance of Laplacian, 8-bit grey levels²", "min"),
    "luma": ("8-bit grey levels", "min"),
    "face_luma": ("8-bit grey levels", "min"),
    "dark_share": ("share of pixels, 0..1", "max"),
    "bright_share": ("share of pixels, 0..1", "max"),
    "blockiness": ("ratio", "max"),
    "piqe": ("score, 0..100", "max"),
    "face_motion": ("8-bit grey levels per frame", "max"),
    "background_motion": ("8-bit grey levels per frame", "max"),
    "face_speed": ("face sides per second", "max"),
    "completeness": ("share of the face, 0..1", "min"),
    "face_side": ("px", "min"),
    "hands": ("hands", "max"),
    "hand_cover": ("share of the face's box, 0..1", "max"),
    "brisque": ("score, about 0..100", "max"),
    "hyperiqa": ("score, about 0..1", "min"),
    "clipiqa_plus": ("score, 0..1", "min"),
}
"""Each measure's unit, and the worst of a clip's frames: their minimum or their maximum."""


def of_picture(picture: NDArray[np.uint8], luma: NDArray[np.uint8], box: NDArray[np.float32]) -> dict[str, float]:
    """What one frame shows.

    Args:
        picture: (h, w, 3) BGR.
        luma: (h, w) of the same.
        box: (4,) ``x1 y1 x2 y2`` of the face, px.

    Returns:
        Measures by name, in their units; NaN where the picture is too small for one.
    """
    whole, face = exposure(luma), inside(luma, box)
    return {
        "sharpness": laplacian_variance(centre_half(luma)),
        "face_sharpness": laplacian_variance(face),
        "luma": whole.luma,
        "dark_share": whole.dark,
        "bright_share": whole.bright,
        "face_luma": exposure(face).luma,
        "blockiness": blockiness(luma),
        "piqe": piqe(picture),
    }


def of_boxes(
    boxes: NDArray[np.float32], keypoints: NDArray[np.float32], width: int, height: int
) -> dict[str, NDArray[np.float32]]:
    """What the boxes of all frames of a clip tell, in frame order; see :mod:`facelib.models.quality.geometry`."""
    return {
        "face_speed": face_speed(boxes),
        "face_side": sides(boxes),
        "completeness": completeness(boxes, keypoints, width, height),
    }
