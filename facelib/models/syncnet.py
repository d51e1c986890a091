"""SyncNet v2: vectors of lips and of sound that lie close where both belong together (Chung & Zisserman 2016)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.models.device import CPU, Device, torch
from facelib.models.faces import Floats
from facelib.models.mfcc import COEFFICIENTS, mfcc
from facelib.models.state_dict import fill, read

FRAMES = 5
"""Pictures of one window."""
SIDE = 224
"""Width and height of a picture, px."""
SOUND_FRAMES = 20
"""MFCC frames of one window: the 0.2 s of its five pictures."""
MFCC_PER_FRAME = 4
SAMPLES_PER_FRAME = 640
DIM = 1024

# The last window's last MFCC frame begins 160 samples before the end of the sound and is 400 long.
_BEYOND = 240

# Convolutions: channels, kernel, stride, padding. Pools: kernel, stride, padding. Each convolution is followed by batch
# normalisation and ReLU.
_SOUND_LAYERS: tuple[tuple[Any, ...], ...] = (
    ("conv", 64, (3, 3), 1, 1),
    ("pool", (1, 1), 1, 0),
    ("conv", 192, (3, 3), 1, 1),
    ("pool", (3, 3), (1, 2), 0),
    ("conv", 384, (3, 3), 1, 1),
    ("conv", 256, (3, 3), 1, 1),
    ("conv", 256, (3, 3), 1, 1),
    ("pool", (3, 3), 2, 0),
    ("conv", 512, (5, 4), 1, 0),
)
_LIP_LAYERS: tuple[tuple[Any, ...], ...] = (
    ("conv", 96, (FRAMES, 7, 7), (1, 2, 2), 0),
    ("pool", (1, 3, 3), (1, 2, 2), 0),
    ("conv", 256, (1, 5, 5), (1, 2, 2), (0, 1, 1)),
    ("pool", (1, 3, 3), (1, 2, 2), (0, 1, 1)),
    ("conv", 256, (1, 3, 3), 1, (0, 1, 1)),
    ("conv", 256, (1, 3, 3), 1, (0, 1, 1)),
    ("conv", 256, (1, 3, 3), 1, (0, 1, 1)),
    ("pool", (1, 3, 3), (1, 2, 2), 0),
    ("conv", 512, (1, 6, 6), 1, 0),
)


class SyncNet:
    """Makes vectors of windows of five pictures and of the sound of the same 0.2 s.

    Runs in float32 on every device: distances are compared with published thresholds.

    Args:
        weights: the state dict ``syncnet_v2.model``.
        device: where it runs.

    Raises:
        ModelError: the file is no state dict of SyncNet v2; reason ``bad_weights``.
    """

    def __init__(self, weights: Path, *, device: Device = CPU) -> None:
        self._torch = torch()
        self._device = device.torch_device()
        self._network = fill(network(), read(weights), weights).to(self._device)

    def lips(self, windows: Sequence[NDArray[np.uint8]]) -> list[Floats]:
        """Vectors of the pictures.

        Args:
            windows: (5, 224, 224, 3) BGR each, cut as by :func:`facelib.media.face_crop.lrs_squares`.

        Returns:
            One vector a window, (1024,), not scaled to any length.
        """
        pictures = self._torch.from_numpy(np.stack(windows)).to(self._device)
        return self._run(self._network.lips, pictures.permute(0, 4, 1, 2, 3).float())

    def sound(self, windows: Sequence[Floats]) -> list[Floats]:
        """Vectors of the sound, (1024,) each, from (20, 13) MFCC each, as of :func:`sound_windows`."""
        cepstra = self._torch.from_numpy(np.stack(windows)).to(self._device)
        return self._run(self._network.sound, cepstra.permute(0, 2, 1)[:, None])

    def _run(self, part: Any, given: Any) -> list[Floats]:
        with self._torch.inference_mode():
            return list(part(given).cpu().numpy())


def sound_windows(samples: NDArray[np.int16], n_frames: int) -> Floats:
    """The MFCC windows of the pictures 0, 1, ... of a clip.

    Args:
        samples: 16 kHz mono from the first picture on.
        n_frames: pictures whose sound is used; 640 samples each.

    Returns:
        (max(0, n_frames - 4), 20, 13), window i with the sound of the pictures i to i + 4. The last one ends 15 ms
        after the sound, where silence is taken.
    """
    if n_frames < FRAMES:
        return np.zeros((0, SOUND_FRAMES, COEFFICIENTS), np.float32)
    used = samples[: n_frames * SAMPLES_PER_FRAME]
    cepstra = mfcc(np.pad(used, (0, n_frames * SAMPLES_PER_FRAME + _BEYOND - len(used))))
    windows = np.lib.stride_tricks.sliding_window_view(cepstra, SOUND_FRAMES, axis=0)
    return np.ascontiguousarray(windows[::MFCC_PER_FRAME].transpose(0, 2, 1))


def network() -> Any:
    """The network with random weights, as a ``torch.nn.Module`` with methods ``sound`` and ``lips``.

    Its state dict has the names and shapes of the published file: ``netcnnaud`` and ``netfcaud`` for sound,
    ``netcnnlip`` and ``netfclip`` for lips.
    """
    nn = torch().nn

    class Network(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.netcnnaud = _convolutions(nn, 2, 1, _SOUND_LAYERS)
            self.netfcaud = _head(nn)
            self.netfclip = _head(nn)
            self.netcnnlip = _convolutions(nn, 3, 3, _LIP_LAYERS)

        def sound(self, cepstra: Any) -> Any:
            return self.netfcaud(self.netcnnaud(cepstra).flatten(1))

        def lips(self, pictures: Any) -> Any:
            return self.netfclip(self.netcnnlip(pictures).flatten(1))

    return Network()


def _convolutions(nn: Any, axes: int, channels: int, layers: tuple[tuple[Any, ...], ...]) -> Any:
    """Convolutional layers over 2 or 3 axes."""
    convolution, normalisation, pool = (
        (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d) if axes == 2 else (nn.Conv3d, nn.BatchNorm3d, nn.MaxPool3d)
    )
    parts = []
    for kind, *numbers in layers:
        if kind == "pool":
            parts.append(pool(*numbers))
            continue
        wanted, kernel, stride, padding = numbers
        parts += [convolution(channels, wanted, kernel, stride, padding), normalisation(wanted), nn.ReLU(inplace=True)]
        channels = wanted
    return nn.Sequential(*parts)


def _head(nn: Any) -> Any:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, DIM))
