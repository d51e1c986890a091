"""S3FD: a face detector for all sizes, without keypoints (Zhang et al. 2017, arXiv:1708.05237)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facelib.models import ssd, state_dict
from facelib.models.device import CPU, Device, torch
from facelib.models.faces import Faces, Floats, suppress
from facelib.models.pictures import Picture, blob

SIDES = (16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
"""Side of the one anchor of a cell, px, at the strides 4, 8, ... 128."""
CANDIDATE = 0.05
"""Lowest score of a candidate."""
TOP, KEPT = 5000, 750
"""Candidates before and after the first suppression."""
OVERLAPS = (0.3, 0.1)
"""Largest overlaps of candidates, and of the faces among them."""
LAYERS = (64, 64, "pool", 128, 128, "pool", 256, 256, 256, "pool", 512, 512, 512, "pool", 512, 512, 512, "pool")
"""VGG-16 (arXiv:1409.1556): channels of its convolutions of 3 by 3."""
SOURCES = {15: ("L2Norm3_3", 256, 10), 22: ("L2Norm4_3", 512, 8), 29: ("L2Norm5_3", 512, 5)}
"""Layers of VGG whose outputs, brought to a length, are levels: name, channels, length at the start."""
WIDTHS = (256, 512, 512, 1024, 512, 256)
"""Channels of the six levels."""


class S3fd:
    """Finds faces of 4 px and more, without keypoints.

    Args:
        weights: the state dict ``sfd_face.pth``.
        device: where it runs, in float32.
        threads: CPU threads of torch in this process; 0 leaves them.
    """

    name = "s3fd"
    has_keypoints = False

    def __init__(self, weights: Path, *, device: Device = CPU, threads: int = 0) -> None:
        self._torch = torch()
        self._device = device.torch_device()
        self._network = state_dict.load(network(), weights, device, threads)

    def detect_batch(self, pictures: Sequence[Picture], *, min_score: float) -> list[Faces]:
        """Find the faces of pictures of one size.

        Args:
            pictures: (h, w, 3) BGR.
            min_score: faces must score higher (0..1).
        """
        batch = blob(pictures, mean=ssd.MEAN)
        with self._torch.inference_mode():
            shifts, scores, sizes = run(self._network, self._torch.from_numpy(batch).to(self._device))
        cells = [ssd.anchors(*size, 4 << level, [(0.5, 0.5, SIDES[level])]) for level, size in enumerate(sizes)]
        anchors: Floats = np.concatenate(cells)
        found = []
        for shift, score in zip(shifts.cpu().numpy(), scores.cpu().numpy(), strict=True):
            faces = suppress(ssd.decode(shift, score, anchors, CANDIDATE, TOP), OVERLAPS[0], most=KEPT)
            found.append(suppress(faces.keep(faces.scores > min_score), OVERLAPS[1]))
        return found


def network() -> Any:
    """The network with random weights; its tensors have the names of the published file."""
    nn = torch().nn
    vgg, channels, pools = [], 3, 0
    for layer in LAYERS:
        if layer == "pool":
            pools += 1
            vgg.append(nn.MaxPool2d(2, 2, ceil_mode=pools == 3))
        else:
            vgg += [nn.Conv2d(channels, layer, 3, padding=1), nn.ReLU(inplace=True)]
            channels = int(layer)
    vgg += [nn.Conv2d(512, 1024, 3, padding=6, dilation=6), nn.ReLU(inplace=True)]
    vgg += [nn.Conv2d(1024, 1024, 1), nn.ReLU(inplace=True)]
    extras = [
        nn.Conv2d(1024, 256, 1),
        nn.Conv2d(256, 512, 3, 2, 1),
        nn.Conv2d(512, 128, 1),
        nn.Conv2d(128, 256, 3, 2, 1),
    ]
    lengths = {
        name: nn.ParameterDict({"weight": torch().full((wide,), float(length))})
        for name, wide, length in SOURCES.values()
    }
    return nn.ModuleDict(
        {
            "vgg": nn.ModuleList(vgg),
            **lengths,
            "extras": nn.ModuleList(extras),
            "loc": nn.ModuleList([nn.Conv2d(wide, 4, 3, padding=1) for wide in WIDTHS]),
            # The first level has three scores of no face, of which the highest counts, against too many tiny finds.
            "conf": nn.ModuleList([nn.Conv2d(wide, 2 if n else 4, 3, padding=1) for n, wide in enumerate(WIDTHS)]),
        }
    )


def run(net: Any, pixels: Any) -> tuple[Any, Any, list[tuple[int, int]]]:
    """Shifts (n, anchors, 4), scores (n, anchors) and the rows and columns of each level."""
    cat = torch().cat
    levels, x = [], pixels
    for number, layer in enumerate(net["vgg"]):
        x = layer(x)
        if number in SOURCES:
            weight = net[SOURCES[number][0]]["weight"]
            levels.append(x / (x.pow(2).sum(1, keepdim=True).sqrt() + 1e-10) * weight[:, None, None])
    levels.append(x)
    for number, layer in enumerate(net["extras"]):
        x = layer(x).relu()
        if number % 2:
            levels.append(x)
    shifts = [head(level).permute(0, 2, 3, 1).flatten(1, 2) for head, level in zip(net["loc"], levels, strict=True)]
    scores = [head(level).permute(0, 2, 3, 1).flatten(1, 2) for head, level in zip(net["conf"], levels, strict=True)]
    scores[0] = cat([scores[0][..., :3].amax(-1, keepdim=True), scores[0][..., 3:]], -1)
    sizes = [tuple(level.shape[2:]) for level in levels]
    return cat(shifts, 1), cat(scores, 1).softmax(-1)[..., 1], sizes
