"""YOLOv3 on Darknet-53 (Redmon & Farhadi 2018, arXiv:1804.02767) for one class.

Tensors are named as in checkpoints of MMDetection; :func:`from_darknet` names those of darknet's own files so.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from facelib.errors import ModelError
from facelib.models.device import torch

BLOCKS = (1, 2, 8, 8, 4)
"""Residual blocks of the five stages of the backbone."""
OUTPUTS = 18
"""Of a cell: three anchors with box, objectness and one class each."""
HEADER_BYTES = 20
"""Three numbers of the version and the count of pictures seen."""


def network(width: int = 32) -> Any:
    """The network with random weights.

    Args:
        width: channels of the first layer; the published networks have 32.
    """
    nn = torch().nn
    backbone = {"conv1": _conv(3, width, 3)}
    for stage, count in enumerate(BLOCKS):
        wide = width * 2 << stage
        residuals = {
            f"res{n}": nn.ModuleDict({"conv1": _conv(wide, wide // 2, 1), "conv2": _conv(wide // 2, wide, 3)})
            for n in range(count)
        }
        layers = {"conv": _conv(wide // 2, wide, 3, 2), **residuals}
        backbone[f"conv_res_block{stage + 1}"] = nn.ModuleDict(layers)
    wide = width * 32
    neck = {"detect1": _five(wide, wide // 2), "conv1": _conv(wide // 2, wide // 4, 1)}
    neck |= {"detect2": _five(wide // 2 + wide // 4, wide // 4), "conv2": _conv(wide // 4, wide // 8, 1)}
    neck["detect3"] = _five(wide // 4 + wide // 8, wide // 8)
    sizes = (wide, wide // 2, wide // 4)
    head = {
        "convs_bridge": nn.ModuleList([_conv(size // 2, size, 3) for size in sizes]),
        "convs_pred": nn.ModuleList([nn.Conv2d(size, OUTPUTS, 1) for size in sizes]),
    }
    parts = {"backbone": backbone, "neck": neck, "bbox_head": head}
    return nn.ModuleDict({name: nn.ModuleDict(part) for name, part in parts.items()})


def run(net: Any, pixels: Any) -> list[Any]:
    """The maps (n, 18, h', w') at the strides 32, 16 and 8 of (n, 3, h, w), sides multiples of 32."""
    backbone, neck, head = net["backbone"], net["neck"], net["bbox_head"]
    x, levels = _through(backbone["conv1"], pixels), []
    for stage in range(len(BLOCKS)):
        block = backbone[f"conv_res_block{stage + 1}"]
        x = _through(block["conv"], x)
        for n in range(BLOCKS[stage]):
            x = x + _through(block[f"res{n}"]["conv2"], _through(block[f"res{n}"]["conv1"], x))
        levels.append(x)
    maps = []
    for number in range(3):
        if number:
            up = torch().nn.functional.interpolate(_through(neck[f"conv{number}"], x), scale_factor=2)
            x = torch().cat([up, levels[-1 - number]], 1)
        else:
            x = levels[-1]
        for n in range(5):
            x = _through(neck[f"detect{number + 1}"][f"conv{n + 1}"], x)
        maps.append(head["convs_pred"][number](_through(head["convs_bridge"][number], x)))
    return maps


def from_darknet(weights: Path, net: Any) -> dict[str, Any]:
    """The tensors of a file of darknet, by the names that they have here.

    Such a file holds numbers alone, in the order in which the layers run: of each convolution its biases or, where it
    is normalised, offset, factor, mean and variance of the normalisation, and then its weights.

    Args:
        weights: a ``.weights`` file.
        net: the network that they are for.

    Raises:
        ModelError: the file holds more or fewer numbers; reason ``bad_weights``.
    """
    content = weights.read_bytes()[HEADER_BYTES:]
    numbers = torch().from_numpy(np.frombuffer(content[: len(content) // 4 * 4], "<f4").copy())
    shapes = net.state_dict()
    names = [name for layer in layers_in_order() for name in _names(layer, shapes)]
    wanted = sum(shapes[name].numel() for name in names)
    if len(numbers) != wanted:
        raise ModelError(f"{weights} holds {len(numbers)} numbers, not the {wanted} of YOLOv3", reason="bad_weights")
    parts = numbers.split([shapes[name].numel() for name in names])
    state = {name: part.view_as(shapes[name]) for name, part in zip(names, parts, strict=True)}
    return {name: state.get(name, tensor) for name, tensor in shapes.items()}


def layers_in_order() -> Iterator[str]:
    """Names of the convolutions in the order in which they run."""
    yield "backbone.conv1"
    for stage, count in enumerate(BLOCKS):
        block = f"backbone.conv_res_block{stage + 1}"
        yield f"{block}.conv"
        for n in range(count):
            yield from (f"{block}.res{n}.conv1", f"{block}.res{n}.conv2")
    for number in range(3):
        if number:
            yield f"neck.conv{number}"
        yield from (f"neck.detect{number + 1}.conv{n + 1}" for n in range(5))
        yield from (f"bbox_head.convs_bridge.{number}", f"bbox_head.convs_pred.{number}")


def _names(layer: str, shapes: Any) -> list[str]:
    if f"{layer}.bias" in shapes:
        return [f"{layer}.bias", f"{layer}.weight"]
    return [
        *(f"{layer}.bn.{part}" for part in ("bias", "weight", "running_mean", "running_var")),
        f"{layer}.conv.weight",
    ]


def _five(channels: int, out: int) -> Any:
    layers = [_conv(channels if not n else out * 2, out, 1) if n % 2 == 0 else _conv(out, out * 2, 3) for n in range(5)]
    return torch().nn.ModuleDict({f"conv{n + 1}": layer for n, layer in enumerate(layers)})


def _conv(channels: int, out: int, kernel: int, stride: int = 1) -> Any:
    nn = torch().nn
    layer = nn.Conv2d(channels, out, kernel, stride, kernel // 2, bias=False)
    return nn.ModuleDict({"conv": layer, "bn": nn.BatchNorm2d(out)})


def _through(layer: Any, x: Any) -> Any:
    return torch().nn.functional.leaky_relu(layer["bn"](layer["conv"](x)), 0.1)
