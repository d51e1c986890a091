"""The three networks of MTCNN, with the names of tensors that facenet-pytorch's files have.

Each is a dictionary of layers in the order in which they run; those with an underscore in their name are heads that
all read what the layers before them give.
"""

from typing import Any

from facelib.models.device import torch


def proposal_network() -> Any:
    """P-Net: scores and shifts of every 12 by 12 px of a picture of any size."""
    nn = torch().nn
    layers = {
        **_convolution(1, 3, 10, 3, nn.MaxPool2d(2, 2, ceil_mode=True)),
        **_convolution(2, 10, 16, 3),
        **_convolution(3, 16, 32, 3),
    }
    return nn.ModuleDict({**layers, "conv4_1": nn.Conv2d(32, 2, 1), "conv4_2": nn.Conv2d(32, 4, 1)})


def refinement_network() -> Any:
    """R-Net: scores and shifts of pictures of 24 by 24 px."""
    nn = torch().nn
    layers = {
        **_convolution(1, 3, 28, 3, nn.MaxPool2d(3, 2, ceil_mode=True)),
        **_convolution(2, 28, 48, 3, nn.MaxPool2d(3, 2, ceil_mode=True)),
        **_convolution(3, 48, 64, 2),
        "dense4": nn.Linear(576, 128),
        "prelu4": nn.PReLU(128),
    }
    return nn.ModuleDict({**layers, "dense5_1": nn.Linear(128, 2), "dense5_2": nn.Linear(128, 4)})


def output_network() -> Any:
    """O-Net: scores, shifts and keypoints (five x, then five y) of pictures of 48 by 48 px."""
    nn = torch().nn
    layers = {
        **_convolution(1, 3, 32, 3, nn.MaxPool2d(3, 2, ceil_mode=True)),
        **_convolution(2, 32, 64, 3, nn.MaxPool2d(3, 2, ceil_mode=True)),
        **_convolution(3, 64, 64, 3, nn.MaxPool2d(2, 2, ceil_mode=True)),
        **_convolution(4, 64, 128, 2),
        "dense5": nn.Linear(1152, 256),
        "prelu5": nn.PReLU(256),
    }
    heads = {f"dense6_{number}": nn.Linear(256, wide) for number, wide in ((1, 2), (2, 4), (3, 10))}
    return nn.ModuleDict({**layers, **heads})


def run(network: Any, pixels: Any) -> list[Any]:
    """The outputs of the heads: scores of (no face, face), which add up to 1, then what else there is."""
    linear = torch().nn.Linear
    x, outputs = pixels, []
    for name, layer in network.items():
        if "_" in name:
            outputs.append(layer(x))
            continue
        if isinstance(layer, linear):
            # The files come from a framework that counts columns before rows and channels last.
            x = x.permute(0, 3, 2, 1).flatten(1)
        x = layer(x)
    return [outputs[0].softmax(dim=1), *outputs[1:]]


def _convolution(number: int, channels: int, out: int, kernel: int, pool: Any = None) -> dict[str, Any]:
    nn = torch().nn
    layers = {f"conv{number}": nn.Conv2d(channels, out, kernel), f"prelu{number}": nn.PReLU(out)}
    return layers | ({f"pool{number}": pool} if pool is not None else {})
