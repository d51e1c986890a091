"""Face recognition behind one interface: a vector of each face, near for one person and far for two."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from facelib.distances import unit
from facelib.models.alignment import Area, norm_crop, portrait_crop, usable
from facelib.models.device import CPU, Device
from facelib.models.dlib_landmarks5 import DlibLandmarks5
from facelib.models.faces import Floats
from facelib.models.pictures import Picture

TASK = "identity"
LANDMARKS = "dlib_landmarks5"
"""Finds the keypoints of faces whose detector gives none."""

Choice = Literal[
    "dlib",
    "arcface",
    "arcface_ir_se50",
    "facenet_vggface2",
    "facenet_casia",
    "anime_vit_b16",
    "anime_vit_l16",
]


@dataclass(frozen=True)
class IdentityKind:
    """What is known of a model without loading it.

    Args:
        weights: its name in the registry.
        dim: numbers in a vector.
        metric: ``l2``, or ``cosine`` for vectors of length 1.
        same_person: two faces closer than this are taken for one person.
        side: of the picture that it looks at, px.
    """

    weights: str
    dim: int
    metric: str
    same_person: float
    side: int


KINDS: dict[str, IdentityKind] = {
    # dlib's author gives 99.4 % on LFW at this distance.
    "dlib": IdentityKind("dlib_resnet", 128, "l2", 0.6, 150),
    # InsightFace matches registered people from a similarity of 0.45 on.
    "arcface": IdentityKind("arcface_w600k_r50", 512, "cosine", 0.55, 112),
    # InsightFace_Pytorch takes faces with a squared distance below 1.5 for one person; that is twice the cosine one.
    "arcface_ir_se50": IdentityKind("arcface_ir_se50", 512, "cosine", 0.75, 112),
    # FaceNet (arXiv:1503.03832) parts LFW best at a squared distance of 1.242; that is twice the cosine distance.
    "facenet_vggface2": IdentityKind("facenet_vggface2", 512, "cosine", 0.62, 160),
    "facenet_casia": IdentityKind("facenet_casia", 512, "cosine", 0.62, 160),
    # No threshold was published: this is where video-to-faces draws the line to 'other', and it is a lax one.
    "anime_vit_b16": IdentityKind("anime_vit_b16", 768, "cosine", 0.9, 128),
    "anime_vit_l16": IdentityKind("anime_vit_l16", 1024, "cosine", 0.9, 128),
}


class IdentityModel(ABC):
    """Makes vectors of faces.

    Args:
        kind: what it is.
        landmarks: finds keypoints where the detector gave none.
        area: look at this part of the wide portrait instead of the aligned face; see
            :func:`facelib.models.alignment.portrait_crop`.
    """

    def __init__(self, kind: IdentityKind, landmarks: DlibLandmarks5, area: Area | None = None) -> None:
        self.kind = kind
        self.landmarks = landmarks
        self.area = area

    @property
    def name(self) -> str:
        """Its name in the registry."""
        return self.kind.weights

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        return self.kind.dim

    @property
    def metric(self) -> str:
        """``l2``, or ``cosine`` for vectors of length 1."""
        return self.kind.metric

    @property
    def same_person(self) -> float:
        """Two faces closer than this are taken for one person."""
        return self.kind.same_person

    def embed(self, pictures: Sequence[Picture], boxes: Floats, keypoints: Floats) -> Floats:
        """The vectors of some faces, all in one batch.

        Args:
            pictures: n pictures (h, w, 3) BGR, the same one again for several faces in it.
            boxes: (n, 4) ``x1 y1 x2 y2`` of the face in each picture, pixels.
            keypoints: (n, 5, 2) eyes, nose, corners of the mouth, pixels; NaN where there are none.

        Returns:
            (n, dim), of length 1 where the metric is ``cosine``.
        """
        if not len(pictures):
            return np.zeros((0, self.dim), np.float32)
        chips = [self._cut(*face) for face in zip(pictures, boxes, keypoints, strict=True)]
        vectors = np.asarray(self.vectors(chips), np.float32)
        return unit(vectors) if self.metric == "cosine" else vectors

    @abstractmethod
    def vectors(self, chips: list[Picture]) -> Floats:
        """What the network makes of aligned faces, each (side, side, 3) BGR; (n, dim), any length."""

    def aligned(self, picture: Picture, box: Floats, keypoints: Floats) -> Picture:
        """A face as the network wants to see it, (side, side, 3) BGR."""
        points = keypoints if usable(keypoints) else self.landmarks.keypoints(picture, box)
        return norm_crop(picture, points, self.kind.side)

    def _cut(self, picture: Picture, box: Floats, keypoints: Floats) -> Picture:
        if self.area is None:
            return self.aligned(picture, box, keypoints)
        return portrait_crop(picture, box, self.area, self.kind.side)


def weights_of(choice: str) -> tuple[str, ...]:
    """The names in the registry of all that a model needs.

    >>> weights_of("facenet_casia")
    ('facenet_casia', 'dlib_landmarks5')
    """
    return KINDS[choice].weights, LANDMARKS


def make(
    choice: str, lookup: Callable[[str], Path], device: Device = CPU, threads: int = 0, area: Area | None = None
) -> IdentityModel:
    """Load a model.

    Args:
        choice: one of :data:`KINDS`.
        lookup: the file of weights by its name in the registry.
        device: where it runs; dlib runs on the CPU.
        threads: CPU threads; 0 lets the library choose.
        area: see :class:`IdentityModel`.

    Raises:
        ModelError: weights that are not what their name says, or torch is needed and not installed.
    """
    kind = KINDS[choice]
    landmarks = DlibLandmarks5(lookup(LANDMARKS))
    weights = lookup(kind.weights)
    if choice == "dlib":
        from facelib.models.dlib_resnet import DlibResNet

        return DlibResNet(weights, landmarks, area)
    if choice == "arcface":
        from facelib.models.arcface import ArcFace

        return ArcFace(weights, landmarks, device=device, threads=threads, area=area)
    return _torch_model(choice)(kind, weights, landmarks, device=device, threads=threads, area=area)


def _torch_model(choice: str) -> Callable[..., IdentityModel]:
    if choice == "arcface_ir_se50":
        from facelib.models.arcface_ir_se50 import ArcFaceIrSe50

        return ArcFaceIrSe50
    if choice.startswith("facenet"):
        from facelib.models.facenet import FaceNet

        return FaceNet
    from facelib.models.anime_vit import AnimeVit

    return AnimeVit
