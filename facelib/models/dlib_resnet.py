"""dlib's face recognition ResNet: 128 numbers a face, Euclidean distance."""

from pathlib import Path

import numpy as np

from facelib.models.alignment import Area
from facelib.models.dlib_landmarks5 import DlibLandmarks5
from facelib.models.faces import Floats
from facelib.models.identity import KINDS, IdentityModel
from facelib.models.pictures import Picture

CHIP_PADDING = 0.25


class DlibResNet(IdentityModel):
    """Makes a vector of each face, aligned by dlib's own five points, as it was trained.

    Args:
        weights: the weights of the ResNet.
        landmarks: the five-point shape predictor.
        area: see :class:`IdentityModel`.
    """

    def __init__(self, weights: Path, landmarks: DlibLandmarks5, area: Area | None = None) -> None:
        import dlib

        super().__init__(KINDS["dlib"], landmarks, area)
        self._dlib = dlib
        self._network = dlib.face_recognition_model_v1(str(weights))

    def vectors(self, chips: list[Picture]) -> Floats:
        """(n, 128) of aligned faces (150, 150, 3) BGR."""
        rgb = [np.ascontiguousarray(chip[:, :, ::-1]) for chip in chips]
        return np.array(self._network.compute_face_descriptor(rgb), np.float32)

    def aligned(self, picture: Picture, box: Floats, keypoints: Floats) -> Picture:
        """The face as dlib cuts it; the detector's keypoints are other points than dlib's, and are not used."""
        rgb = np.ascontiguousarray(picture[:, :, ::-1])
        chip = self._dlib.get_face_chip(rgb, self.landmarks.shape(rgb, box), self.kind.side, CHIP_PADDING)
        return np.ascontiguousarray(chip[:, :, ::-1])
