"""The faces of still pictures as vectors: what is searched for, and whom clips are held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from facelib.distances import to_mean_of_others, unit
from facelib.errors import MediaError
from facelib.models.faces import Faces, Floats
from facelib.models.identity import IdentityModel
from facelib.models.pictures import Picture

LONG_SIDE = 640
"""Pictures are scaled down to this longer side for the detector, px."""


class Detector(Protocol):
    """A face detector, such as :class:`facelib.models.centerface.CenterFace`."""

    def detect(self, picture: Picture, *, min_score: float = 0.5) -> Faces:
        """Find the faces of a picture (h, w, 3) BGR."""
        ...


@dataclass(frozen=True)
class QueryFace:
    """A face of a still picture: its box ``x1 y1 x2 y2`` in pixels, detector score 0..1, and vector."""

    box: tuple[float, float, float, float]
    score: float
    vector: tuple[float, ...]


def query_faces(picture: Picture, detector: Detector, model: IdentityModel) -> list[QueryFace]:
    """The faces of a picture, largest first, each with its vector; none is an empty list.

    Args:
        picture: (h, w, 3) BGR.
        detector: finds the faces.
        model: makes the vectors.
    """
    scale = min(1.0, LONG_SIDE / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
    found = detector.detect(np.asarray(small, np.uint8), min_score=0.5).scaled(1 / scale)
    sides = found.boxes[:, 2:] - found.boxes[:, :2]
    found = found.keep(np.argsort(-sides.prod(axis=1), kind="stable"))
    vectors = model.embed([picture] * len(found), found.boxes, found.keypoints)
    faces = []
    for box, score, vector in zip(found.boxes, found.scores, vectors, strict=True):
        x1, y1, x2, y2 = (float(edge) for edge in box)
        faces.append(QueryFace((x1, y1, x2, y2), float(score), tuple(float(number) for number in vector)))
    return faces


def reference_vector(pictures: Sequence[Picture], detector: Detector, model: IdentityModel) -> Floats:
    """The mean vector of one person, from the largest face of each picture.

    Args:
        pictures: (h, w, 3) BGR, one or more.
        detector: finds the faces.
        model: makes the vectors.

    Returns:
        (dim,), of length 1 where the model's metric is ``cosine``.

    Raises:
        MediaError: a picture shows no face (``no_face``) or another person than the others (``not_one_person``), or
            there is no picture (``no_pictures``).
    """
    vectors = []
    for number, picture in enumerate(pictures, 1):
        faces = query_faces(picture, detector, model)
        if not faces:
            raise MediaError(
                f"no face was found in picture {number} of {len(pictures)}",
                hint="use pictures with a face at least 40 px wide",
                reason="no_face",
            )
        vectors.append(faces[0].vector)
    if not vectors:
        raise MediaError("a reference needs at least one picture", reason="no_pictures")
    if len(vectors) > 1:
        away = to_mean_of_others(np.array(vectors, np.float64), model.metric)
        worst = int(np.argmax(away))
        if away[worst] > model.same_person:
            raise MediaError(
                f"the pictures do not show one person: picture {worst + 1} of {len(vectors)} has a distance of "
                f"{away[worst]:.2f} from the others, one person is below {model.same_person:g}",
                hint="give pictures of one person alone; the largest face of each counts",
                reason="not_one_person",
            )
    mean = np.array(vectors, np.float64).sum(axis=0) / len(vectors)
    return unit(mean) if model.metric == "cosine" else np.asarray(mean, np.float32)
