"""Face recognition models that are built here in torch and take the weights that their authors published."""

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from facelib.models import state_dict
from facelib.models.alignment import Area
from facelib.models.device import CPU, Device, torch
from facelib.models.dlib_landmarks5 import DlibLandmarks5
from facelib.models.faces import Floats
from facelib.models.identity import IdentityKind, IdentityModel
from facelib.models.pictures import Picture, blob

MEAN = 127.5


class TorchIdentity(IdentityModel):
    """Loads the network and runs it; a subclass says what it is made of.

    Args:
        kind: which of the models of the family.
        weights: the file of tensors.
        landmarks: finds keypoints where the detector gave none.
        device: where it runs.
        threads: CPU threads; 0 lets torch choose.
        area: see :class:`IdentityModel`.

    Raises:
        ModelError: torch is not installed, or the weights are of another model.
    """

    std: ClassVar[float] = 127.5
    """Pixels go in as (value − 127.5) / std, RGB."""

    def __init__(
        self,
        kind: IdentityKind,
        weights: Path,
        landmarks: DlibLandmarks5,
        *,
        device: Device = CPU,
        threads: int = 0,
        area: Area | None = None,
    ) -> None:
        super().__init__(kind, landmarks, area)
        self._device = device
        if threads:
            torch().set_num_threads(threads)
        state = self.tensors(state_dict.read(weights))
        network = state_dict.fill(self.build(state), state, weights)
        self.network = network.to(device.torch_device(), device.half)

    def tensors(self, state: dict[str, Any]) -> dict[str, Any]:
        """The tensors that are wanted, by the names that :meth:`build` gives them."""
        return state

    @abstractmethod
    def build(self, state: dict[str, Any]) -> Any:
        """The network, its weights not yet filled in; sizes may be read from the tensors."""

    @abstractmethod
    def forward(self, pixels: Any) -> Any:
        """(n, dim) out of (n, 3, side, side), both torch tensors."""

    def vectors(self, chips: list[Picture]) -> Floats:
        """(n, dim) of faces (side, side, 3) BGR."""
        given = blob(chips, rgb=True, mean=(MEAN,) * 3, std=(self.std,) * 3)
        with torch().inference_mode():
            pixels = torch().from_numpy(given).to(self._device.torch_device(), self._device.half)
            return np.asarray(self.forward(pixels).float().cpu().numpy(), np.float32)
