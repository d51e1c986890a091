"""Facial landmarks: 68 points a face, numbered as in the iBUG 300-W scheme, from any model behind one interface."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from facelib.errors import ModelError
from facelib.models.device import CPU, Device
from facelib.models.faces import Floats

POINTS = 68
GROUPS: dict[str, slice] = {
    "jaw": slice(0, 17),
    "brow_left": slice(17, 22),
    "brow_right": slice(22, 27),
    "nose_bridge": slice(27, 31),
    "nose_base": slice(31, 36),
    "eye_left": slice(36, 42),
    "eye_right": slice(42, 48),
    "lips_outer": slice(48, 60),
    "lips_inner": slice(60, 68),
}
"""The parts of the scheme; left and right are those of the picture."""
CLOSED = ("eye_left", "eye_right", "lips_outer", "lips_inner")
"""Those whose last point joins the first."""

LandmarkName = Literal["mediapipe", "insightface_1k3d68", "dlib68"]
WEIGHTS: dict[str, str] = {
    "mediapipe": "mediapipe_mesh",
    "insightface_1k3d68": "insightface_1k3d68",
    "dlib68": "dlib_landmarks68",
}
"""Models by name, and the weights of each in the registry."""


class LandmarkModel(Protocol):
    """Finds the 68 points of faces whose places are known."""

    def points(self, pictures: Sequence[NDArray[np.uint8]], boxes: Floats, keypoints: Floats) -> tuple[Floats, Floats]:
        """The points of one face in each picture. Each face is judged by itself: no result depends on its batch.

        Args:
            pictures: n pictures, (h, w, 3) BGR, of any sizes.
            boxes: (n, 4) ``x1 y1 x2 y2`` of the face, px.
            keypoints: (n, 5, 2) eyes, nose, corners of the mouth, px; NaN where not known.

        Returns:
            (n, 68, 2) x y in px of the picture, and (n,) score, 0..1: how sure the model is that this is a face.
        """
        ...


def make(name: str, weights: Callable[[str], Path], *, device: Device = CPU, threads: int = 0) -> LandmarkModel:
    """A landmark model by name.

    Args:
        name: one of :data:`WEIGHTS`.
        weights: gives the verified file of a name in the registry.
        device: where it runs, as far as the model can.
        threads: CPU threads; 0 lets the runtime choose.

    Raises:
        ModelError: there is no such model, or its weights were not fetched.

    Example:
        >>> model = make("mediapipe", weights)                             # doctest: +SKIP
        >>> points, scores = model.points([picture], boxes, keypoints)     # doctest: +SKIP
    """
    if name == "mediapipe":
        from facelib.models.mediapipe_mesh import MediapipeMesh

        return MediapipeMesh(weights(WEIGHTS[name]), threads=threads)
    if name == "insightface_1k3d68":
        from facelib.models.insightface_landmarks import InsightfaceLandmarks

        return InsightfaceLandmarks(weights(WEIGHTS[name]), device=device, threads=threads)
    if name == "dlib68":
        from facelib.models.dlib_landmarks68 import DlibLandmarks68

        return DlibLandmarks68(weights(WEIGHTS[name]))
    raise ModelError(f"there is no landmark model {name!r}", hint=f"one of {', '.join(WEIGHTS)}", reason="no_model")


def eye_distance(points: Floats) -> Floats:
    """Distance of the outer corners of the eyes, px.

    Args:
        points: (..., 68, 2).

    Returns:
        (...). The usual yardstick of landmark errors in 300-W; it shrinks as the head turns aside.
    """
    return np.asarray(np.linalg.norm(points[..., 45, :] - points[..., 36, :], axis=-1), np.float32)


def landmark_difference(a: Floats, b: Floats) -> float:
    """How far two sets of points lie apart: the mean distance of a point, in eye distances of ``b``.

    Args:
        a, b: (n, 68, 2) or (68, 2), px, of the same faces.

    Returns:
        The mean over points, then over faces; NaN without a face.

    Example:
        >>> a = np.zeros((1, 68, 2), "f4"); a[0, 45, 0] = 10
        >>> landmark_difference(a + 1, a).__round__(4)
        0.1414
    """
    ones, others = (points.reshape(-1, POINTS, 2) for points in (a, b))
    if not len(ones):
        return float("nan")
    distances = np.linalg.norm(ones - others, axis=-1).mean(axis=1)
    return float((distances / np.maximum(eye_distance(others), 1e-6)).mean())


def flat(picture: NDArray[np.uint8], box: Floats, *, min_spread: float = 4.0) -> bool:
    """Whether a face's box shows nothing at all: models without a score of their own would still give points.

    Args:
        picture: (h, w, 3).
        box: (4,) ``x1 y1 x2 y2``, px.
        min_spread: the least standard deviation of a picture that shows something, 0..127.
    """
    height, width = picture.shape[:2]
    x1, y1 = (max(0, int(edge)) for edge in box[:2])
    x2, y2 = min(width, int(np.ceil(box[2]))), min(height, int(np.ceil(box[3])))
    return x2 - x1 < 2 or y2 - y1 < 2 or float(picture[y1:y2:2, x1:x2:2].mean(axis=2).std()) < min_spread
