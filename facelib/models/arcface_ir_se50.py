"""ArcFace with the backbone IR-SE50: 112 px in, 512 numbers out (arXiv:1801.07698, arXiv:1709.01507).

Tensors are named as in the file of InsightFace_Pytorch, ``model_ir_se50.pth``, so that it loads.
"""

from typing import Any

from facelib.models.device import torch
from facelib.models.torch_identity import TorchIdentity

STAGES = ((64, 3), (128, 4), (256, 14), (512, 3))
"""Channels and units of the four stages; the first unit of each halves the picture."""
REDUCTION = 16
"""How far squeeze and excitation narrows the channels."""
DROPOUT = 0.6


class ArcFaceIrSe50(TorchIdentity):
    """Makes a vector of each face with IR-SE50."""

    def build(self, state: dict[str, Any]) -> Any:
        """The network."""
        return ir_se50()

    def forward(self, pixels: Any) -> Any:
        """(n, 512) out of (n, 3, 112, 112)."""
        return run(self.network, pixels)


def ir_se50() -> Any:
    """The network: a torch ``ModuleDict`` whose tensors have the names of the published file."""
    nn = torch().nn
    body, channels = [], 64
    for out, units in STAGES:
        for unit in range(units):
            body.append(_unit(channels, out, 1 if unit else 2))
            channels = out
    return nn.ModuleDict(
        {
            "input_layer": nn.Sequential(nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.PReLU(64)),
            "output_layer": nn.Sequential(
                nn.BatchNorm2d(512), nn.Dropout(DROPOUT), nn.Flatten(), nn.Linear(512 * 7 * 7, 512), nn.BatchNorm1d(512)
            ),
            "body": nn.ModuleList(body),
        }
    )


def run(network: Any, pixels: Any) -> Any:
    """(n, 512), any length, out of (n, 3, 112, 112)."""
    x = network["input_layer"](pixels)
    for unit in network["body"]:
        *layers, excite = unit["res_layer"]
        y = x
        for layer in layers:
            y = layer(y)
        x = y * _weights(excite, y) + unit["shortcut_layer"](x)
    return network["output_layer"](x)


def _unit(channels: int, out: int, stride: int) -> Any:
    nn = torch().nn
    if channels == out:
        # A pooling of one pixel takes every other one where the unit halves the picture.
        shortcut = nn.MaxPool2d(1, stride)
    else:
        shortcut = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))
    layers = [
        nn.BatchNorm2d(channels),
        nn.Conv2d(channels, out, 3, 1, 1, bias=False),
        nn.PReLU(out),
        nn.Conv2d(out, out, 3, stride, 1, bias=False),
        nn.BatchNorm2d(out),
        nn.ModuleDict(
            {
                "fc1": nn.Conv2d(out, out // REDUCTION, 1, bias=False),
                "fc2": nn.Conv2d(out // REDUCTION, out, 1, bias=False),
            }
        ),
    ]
    return nn.ModuleDict({"shortcut_layer": shortcut, "res_layer": nn.ModuleList(layers)})


def _weights(excite: Any, x: Any) -> Any:
    """Squeeze and excitation: how much each channel counts, (n, c, 1, 1)."""
    squeezed = x.mean(dim=(2, 3), keepdim=True)
    return excite["fc2"](excite["fc1"](squeezed).relu()).sigmoid()
