"""Light-ASD: whether the face of a clip is the one that speaks, frame by frame (Liao et al., CVPR 2023)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facelib.models import state_dict
from facelib.models.device import CPU, Batch, Device, torch
from facelib.models.faces import Floats
from facelib.models.mfcc import mfcc

SIDE = 112
"""Width and height of a picture, px."""
MFCC_PER_FRAME = 4
SAMPLES_PER_FRAME = 640
DIM = 128
CONTEXT = 6
"""Frames on either side that a vector depends on: three layers of kernel 5. The sound's reach is 17 MFCC frames."""

# Mean and spread of the pictures that it was trained on, 0..1.
_MEAN, _SPREAD = 0.4161, 0.1688


class LightAsd:
    """Makes vectors of pictures and of sound, and a score from the sum of both.

    Runs in float32 on every device: scores are compared with a fixed threshold.

    Args:
        weights: the state dict ``pretrain_AVA_CVPR.model``.
        device: where it runs.

    Raises:
        ModelError: the file is no state dict of Light-ASD; reason ``bad_weights``.

    Example:
        >>> model = LightAsd(path)                                          # doctest: +SKIP
        >>> seen, heard = model.pictures(crops), model.sound(samples, len(crops))    # doctest: +SKIP
        >>> speaking = model.scores(seen[None], heard[None])[0] > 0         # doctest: +SKIP
    """

    def __init__(self, weights: Path, *, device: Device = CPU) -> None:
        self._torch = torch()
        self._device = device.torch_device()
        # The second head judged pictures alone while the network was trained.
        state = {name: values for name, values in state_dict.read(weights).items() if not name.startswith("lossV.")}
        self._network = state_dict.fill(network(), state, weights).to(self._device)

    def pictures(self, crops: NDArray[np.uint8], batch: Batch | None = None) -> Floats:
        """Vectors of the pictures of a clip.

        Args:
            crops: (n, 112, 112) grey, 25 a second: the square round the middle of the face that just holds its box.
            batch: frames at a time; the result does not depend on it.

        Returns:
            (n, 128).
        """

        def run(first: int, last: int) -> Any:
            given = self._torch.from_numpy(np.ascontiguousarray(crops[first:last])).to(self._device)
            return self._network.model["visualEncoder"]((given[None, None].float() / 255 - _MEAN) / _SPREAD)

        return self._in_parts(run, len(crops), batch or Batch(len(crops)))

    def sound(self, samples: NDArray[np.int16], n_frames: int, batch: Batch | None = None) -> Floats:
        """Vectors of the sound of a clip.

        Args:
            samples: 16 kHz mono from the first picture on; what is missing at the end is taken for silence.
            n_frames: pictures of the clip.
            batch: frames at a time.

        Returns:
            (n_frames, 128).
        """
        wanted = n_frames * SAMPLES_PER_FRAME
        cepstra = mfcc(np.pad(samples[:wanted], (0, max(0, wanted - len(samples)))))

        def run(first: int, last: int) -> Any:
            part = np.ascontiguousarray(cepstra[MFCC_PER_FRAME * first : MFCC_PER_FRAME * last].T)
            return self._network.model["audioEncoder"](self._torch.from_numpy(part).to(self._device)[None, None])

        return self._in_parts(run, n_frames, batch or Batch(n_frames))

    def scores(self, seen: Floats, heard: Floats) -> Floats:
        """How sure the network is that the face speaks, as one pass over each stretch.

        The authors' demo averages eleven passes over parts of 1 to 6 s. One pass costs an eleventh and, on two people
        side by side, sets the one who speaks further apart from the other.

        Args:
            seen, heard: (clips, n, 128) of stretches of the same length; each is judged as a whole, by itself.

        Returns:
            (clips, n) above 0 it speaks; about -5 to 5.
        """
        with self._torch.inference_mode():
            total = self._torch.from_numpy(np.asarray(seen + heard, np.float32)).to(self._device)
            return np.asarray(self._network(total).cpu().numpy(), np.float32)

    def _in_parts(self, run: Callable[[int, int], Any], n: int, batch: Batch) -> Floats:
        """Vectors of n frames, some at a time, each part with the context that makes it independent of the parts."""

        def part(frames: list[int]) -> Sequence[Floats]:
            first, last = max(0, frames[0] - CONTEXT), min(n, frames[-1] + 1 + CONTEXT)
            with self._torch.inference_mode():
                found = run(first, last)[0].cpu().numpy()
            return list(found[frames[0] - first : frames[-1] + 1 - first])

        return np.array(batch.map(part, range(n)), np.float32).reshape(n, DIM)


def network() -> Any:
    """The network without weights: named parts as in the published file, sums of vectors in, scores out."""
    nn = torch().nn

    class Speaker(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = nn.ModuleDict(
                {
                    "visualEncoder": _encoder(nn, axes=3),
                    "audioEncoder": _encoder(nn, axes=2),
                    "GRU": nn.ModuleDict(
                        {f"gru_{way}": nn.GRU(DIM, DIM, batch_first=True) for way in ("forward", "backward")}
                    ),
                }
            )
            self.lossAV = nn.ModuleDict({"FC": nn.Linear(DIM, 2)})

        def forward(self, total: Any) -> Any:
            memory, gelu = self.model["GRU"], nn.functional.gelu
            onward = gelu(memory["gru_forward"](total)[0])
            back = gelu(memory["gru_backward"](onward.flip(1))[0].flip(1))
            return self.lossAV["FC"](back)[..., 1]

    return Speaker()


def _encoder(nn: Any, *, axes: int) -> Any:
    """Vectors of pictures (batch, 1, n, 112, 112) or of cepstra (batch, 1, 13, 4 n): (batch, n, 128) both.

    Each block looks at space, or frequency, and then at time, with kernels of 3 and of 5, and joins both.
    """
    pictures = axes == 3
    convolution, normalisation = (nn.Conv3d, nn.BatchNorm3d) if pictures else (nn.Conv2d, nn.BatchNorm2d)
    within = "s" if pictures else "m"

    def across(size: int, stride: int = 1) -> dict[str, Any]:
        sizes = (1, size, size) if pictures else (size, 1)
        strides = (1, stride, stride) if pictures else 1
        return {"kernel_size": sizes, "stride": strides, "padding": tuple(side // 2 for side in sizes)}

    def along(size: int) -> dict[str, Any]:
        sizes = (size, 1, 1) if pictures else (1, size)
        return {"kernel_size": sizes, "padding": tuple(side // 2 for side in sizes)}

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self, given: int, wanted: int, stride: int) -> None:
            super().__init__()
            for size in (3, 5):
                self._add(f"{within}_{size}", given, wanted, across(size, stride))
                self._add(f"t_{size}", wanted, wanted, along(size))
            self._add("last", wanted, wanted, {"kernel_size": 1})

        def _add(self, name: str, given: int, wanted: int, shape: dict[str, Any]) -> None:
            self.add_module(name, convolution(given, wanted, bias=False, **shape))
            self.add_module(f"bn_{name}", normalisation(wanted, eps=1e-3))

        def _layer(self, name: str, values: Any) -> Any:
            return self.get_submodule(f"bn_{name}")(self.get_submodule(name)(values)).relu()

        def forward(self, values: Any) -> Any:
            total = sum(self._layer(f"t_{size}", self._layer(f"{within}_{size}", values)) for size in (3, 5))
            return self._layer("last", total)

    class Encoder(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.block1, self.block2 = Block(1, 32, stride=2), Block(32, 64, stride=1)
            self.block3 = Block(64, DIM, stride=1)
            # Pictures shrink in space; cepstra, of which there are four a picture, in time.
            self.pool = (
                nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)) if pictures else nn.MaxPool2d((1, 3), (1, 2), (0, 1))
            )

        def forward(self, values: Any) -> Any:
            found = self.block3(self.pool(self.block2(self.pool(self.block1(values)))))
            return (found.amax(dim=(3, 4)) if pictures else found.mean(dim=2)).transpose(1, 2)

    return Encoder()
