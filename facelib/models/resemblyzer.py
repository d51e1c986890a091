"""Resemblyzer: 256 numbers that tell voices apart (Wan et al. 2018, arXiv:1710.10467; weights Apache-2.0)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facelib.models import device as devices
from facelib.models.device import CPU, Batch, Device
from facelib.models.state_dict import fill

RATE = 16_000
DIM = 256
_HOP = 160
_FFT = 400
_MELS = 40
WINDOW = 160
"""Mel frames of the stretch that one vector is made from: 1.6 s."""
STEP = 77
"""Mel frames from one stretch to the next: 1.3 a second."""
_MIN_COVERAGE = 0.75
"""A last stretch with less sound than this share is left out."""
_TARGET_DBFS = -30.0

Floats = NDArray[np.float32]


class Resemblyzer:
    """Voice vectors of length 1; the distance of two is 1 - their product.

    Args:
        weights: ``pretrained.pt`` of the package Resemblyzer.
        device: where it runs.
        threads: CPU threads of torch in this process; 0 leaves them.
    """

    metric = "cosine"
    dim = DIM
    same_voice = 0.25
    """Vectors nearer than this are of one voice."""

    def __init__(self, weights: Path, *, device: Device = CPU, threads: int = 0) -> None:
        torch = self._torch = devices.torch()
        if threads:
            torch.set_num_threads(threads)
        network = torch.nn.ModuleDict(
            {
                "lstm": torch.nn.LSTM(_MELS, DIM, num_layers=3, batch_first=True),
                "linear": torch.nn.Linear(DIM, DIM),
            }
        )
        found = torch.load(weights, map_location="cpu", weights_only=True).get("model_state", {})
        # The file also holds what only training reads: how similarities were scaled.
        state = {name: value for name, value in found.items() if name.startswith(("lstm.", "linear."))}
        self._network = fill(network, state, weights).to(device.torch_device())
        self._device = device

    def embed(self, samples: NDArray[np.int16], batch: Batch | None = None) -> Floats:
        """One vector for each 1.6 s of a voice, 1.3 times a second.

        Args:
            samples: (n,) int16 at 16 kHz, speech without long pauses; quiet speech is raised to -30 dBFS.
            batch: how many stretches at once.

        Returns:
            (stretches, 256), at least one; stretch k begins at sample k·12320. Their mean, scaled to length 1, is the
            vector of the voice.
        """
        signal = raised(samples.astype(np.float32) / np.float32(32768))
        starts = stretches(len(signal))
        padded = np.pad(signal, (0, max(0, (starts[-1] + WINDOW) * _HOP - len(signal))))
        mel = mel_spectrogram(padded)
        parts = (mel[start : start + WINDOW] for start in starts)
        return np.stack((batch or Batch(64)).map(self._run, parts))

    def _run(self, mels: list[Floats]) -> Sequence[Floats]:
        with self._torch.inference_mode():
            _, (hidden, _) = self._network.lstm(self._torch.from_numpy(np.stack(mels)).to(self._device.torch_device()))
            raw = self._network.linear(hidden[-1]).relu()
            vectors: Floats = (raw / raw.norm(dim=1, keepdim=True).clamp_min(1e-12)).cpu().numpy()
        return list(vectors)


def boundary(stretch: int) -> int:
    """The sample half way between the middles of a stretch and of the one before it."""
    return round(((stretch - 0.5) * STEP + WINDOW / 2) * _HOP)


def raised(signal: Floats) -> Floats:
    """The signal (-1..1), made as loud as -30 dBFS where its root mean square is below; silence stays silence."""
    power = float(np.mean(signal.astype(np.float64) ** 2)) if len(signal) else 0.0
    wanted = 10 ** (_TARGET_DBFS / 10)
    return signal * np.float32((wanted / power) ** 0.5) if 0 < power < wanted else signal


def stretches(n_samples: int) -> list[int]:
    """First mel frame of each stretch of a signal, at least one.

    >>> stretches(16_000), stretches(48_000)
    ([0], [0, 77, 154])
    """
    frames = -(-(n_samples + 1) // _HOP)
    starts = list(range(0, max(1, frames - WINDOW + STEP + 1), STEP))
    covered = (n_samples - starts[-1] * _HOP) / (WINDOW * _HOP)
    return starts[:-1] if covered < _MIN_COVERAGE and len(starts) > 1 else starts


def mel_spectrogram(signal: Floats) -> Floats:
    """(1 + n // 160, 40) power on Slaney's mel scale, each frame centred, with zeros around the signal."""
    from transformers.audio_utils import mel_filter_bank, spectrogram, window_function

    filters = mel_filter_bank(
        num_frequency_bins=_FFT // 2 + 1,
        num_mel_filters=_MELS,
        min_frequency=0.0,
        max_frequency=RATE / 2,
        sampling_rate=RATE,
        norm="slaney",
        mel_scale="slaney",
    )
    mel = spectrogram(
        signal,
        window_function(_FFT, "hann"),
        frame_length=_FFT,
        hop_length=_HOP,
        power=2.0,
        center=True,
        pad_mode="constant",
        mel_filters=filters,
        mel_floor=0.0,
    )
    return np.ascontiguousarray(mel.T, np.float32)
