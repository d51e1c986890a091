"""ArcFace as InsightFace publishes it: an ONNX graph, 112 px in, 512 numbers out (arXiv:1801.07698)."""

from pathlib import Path

import numpy as np

from facelib.errors import ModelError
from facelib.models.alignment import Area
from facelib.models.device import CPU, Device
from facelib.models.dlib_landmarks5 import DlibLandmarks5
from facelib.models.faces import Floats
from facelib.models.identity import KINDS, IdentityModel
from facelib.models.insightface_graph import scales_itself
from facelib.models.pictures import Picture, blob

MEAN = STD = 127.5


class ArcFace(IdentityModel):
    """Makes a vector of each face with an InsightFace recognition model.

    Args:
        weights: the ONNX file, e.g. ``w600k_r50.onnx``.
        landmarks: finds keypoints where the detector gave none.
        device: where it runs.
        threads: CPU threads; 0 lets the runtime choose.
        area: see :class:`IdentityModel`.

    Raises:
        ModelError: the file is another model; reason ``bad_weights``.
    """

    def __init__(
        self,
        weights: Path,
        landmarks: DlibLandmarks5,
        *,
        device: Device = CPU,
        threads: int = 0,
        area: Area | None = None,
    ) -> None:
        super().__init__(KINDS["arcface"], landmarks, area)
        self._session = device.session(weights, threads)
        given, made = self._session.get_inputs()[0], self._session.get_outputs()
        if given.shape[1:] != [3, self.kind.side, self.kind.side] or [out.shape[-1] for out in made] != [self.dim]:
            hint = f"wanted: {self.kind.side} px in, {self.dim} numbers out, as w600k_r50.onnx"
            raise ModelError(f"{weights} is no ArcFace model", hint=hint, reason="bad_weights")
        self._input = given.name
        self._mean, self._std = (0.0, 1.0) if scales_itself(weights) else (MEAN, STD)

    def vectors(self, chips: list[Picture]) -> Floats:
        """(n, 512) of aligned faces (112, 112, 3) BGR."""
        given = blob(chips, rgb=True, mean=(self._mean,) * 3, std=(self._std,) * 3)
        return np.asarray(self._session.run(None, {self._input: given})[0], np.float32)
