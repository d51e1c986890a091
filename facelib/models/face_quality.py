"""How well a face serves to recognise a person."""

import numpy as np
from numpy.typing import NDArray

from facelib.models.faces import Floats

CHIP = 96
FULL_SIDE = 150.0
SHARP = 100.0


def face_quality(
    picture: NDArray[np.uint8], box: Floats, keypoints: Floats, score: float, *, full_side: float = FULL_SIDE
) -> float:
    """Frontality × sharpness × size × detector score.

    Args:
        picture: (h, w, 3) BGR.
        box: (4,) ``x1 y1 x2 y2`` of the face, pixels.
        keypoints: (5, 2) eyes, nose, corners of the mouth, pixels.
        score: of the detector, 0..1.
        full_side: side of what the recognition model looks at, px; a larger face is no better.

    Returns:
        0..1. Frontality is 1 − |nose − middle of the eyes| / (half the eyes' distance) along the eyes' line. Sharpness
        is v / (v + 100) with v the variance of the Laplacian of the face scaled to 96 px. Size is the smaller side
        over ``full_side``, at most 1.
    """
    import cv2

    height, width = picture.shape[:2]
    x1, y1 = (max(0, int(edge)) for edge in box[:2])
    x2, y2 = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
    if x2 - x1 < 2 or y2 - y1 < 2:
        return 0.0
    grey = cv2.cvtColor(picture[y1:y2, x1:x2], cv2.COLOR_BGR2GRAY)
    variance = float(cv2.Laplacian(cv2.resize(grey, (CHIP, CHIP), interpolation=cv2.INTER_AREA), cv2.CV_64F).var())
    size = min(1.0, min(x2 - x1, y2 - y1) / full_side)
    return float(frontality(keypoints) * variance / (variance + SHARP) * size * score)


def frontality(keypoints: Floats) -> float:
    """1 where the nose is between the eyes, 0 where it is below one eye or beyond, or where a keypoint is missing.

    >>> frontality(np.array([[0, 0], [10, 0], [5, 5], [2, 9], [8, 9]], "f4"))
    1.0
    """
    left, right, nose = (keypoints[i].astype(np.float64) for i in range(3))
    line = right - left
    length = float(np.linalg.norm(line))
    if not length > 1e-6 or not np.isfinite(nose).all():
        return 0.0
    along = float(np.dot(nose - (left + right) / 2, line)) / length
    return max(0.0, 1.0 - abs(along) / (length / 2))
