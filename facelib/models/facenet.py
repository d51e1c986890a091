"""FaceNet: Inception-ResNet-v1, 160 px in, 512 numbers out (arXiv:1503.03832, arXiv:1602.07261).

Tensors are named as in the files of facenet-pytorch, so that those load: ``20180402-114759-vggface2.pt`` and
``20180408-102900-casia-webface.pt``. Blocks are dictionaries of layers; the functions below run them.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from facelib.models.device import torch
from facelib.models.torch_identity import TorchIdentity

EPS = 1e-3
"""Of batch normalisation, as in the TensorFlow original."""
SCALES = {"repeat_1": 0.17, "repeat_2": 0.10, "repeat_3": 0.20, "block8": 1.0}
"""How much of a residual block's branches is added to its input."""

Layer = tuple[int, int, Any, int, Any]
"""Channels in, channels out, kernel, stride, padding."""


class FaceNet(TorchIdentity):
    """Makes a vector of each face with FaceNet."""

    std: ClassVar[float] = 128.0

    def tensors(self, state: dict[str, Any]) -> dict[str, Any]:
        """All but the layer that named the people of the training set."""
        return {name: tensor for name, tensor in state.items() if not name.startswith("logits.")}

    def build(self, state: dict[str, Any]) -> Any:
        """Inception-ResNet-v1 up to the vector."""
        return inception_resnet_v1()

    def forward(self, pixels: Any) -> Any:
        """(n, 512) out of (n, 3, 160, 160)."""
        return run(self.network, pixels)


def inception_resnet_v1() -> Any:
    """The network: a torch ``ModuleDict`` whose tensors have the names of the published files."""
    nn = torch().nn
    return nn.ModuleDict(
        {
            "conv2d_1a": _conv(3, 32, 3, 2),
            "conv2d_2a": _conv(32, 32, 3),
            "conv2d_2b": _conv(32, 64, 3, 1, 1),
            "conv2d_3b": _conv(64, 80, 1),
            "conv2d_4a": _conv(80, 192, 3),
            "conv2d_4b": _conv(192, 256, 3, 2),
            "repeat_1": nn.ModuleList([_block35() for _ in range(5)]),
            "mixed_6a": _mixed([(256, 384, 3, 2, 0)], [(256, 192, 1, 1, 0), (192, 192, 3, 1, 1), (192, 256, 3, 2, 0)]),
            "repeat_2": nn.ModuleList([_block17() for _ in range(10)]),
            "mixed_7a": _mixed(
                [(896, 256, 1, 1, 0), (256, 384, 3, 2, 0)],
                [(896, 256, 1, 1, 0), (256, 256, 3, 2, 0)],
                [(896, 256, 1, 1, 0), (256, 256, 3, 1, 1), (256, 256, 3, 2, 0)],
            ),
            "repeat_3": nn.ModuleList([_block8() for _ in range(5)]),
            "block8": _block8(),
            "last_linear": nn.Linear(1792, 512, bias=False),
            "last_bn": nn.BatchNorm1d(512, eps=EPS),
        }
    )


def run(network: Any, pixels: Any) -> Any:
    """(n, 512), any length, out of (n, 3, 160, 160)."""
    pool = torch().nn.functional.max_pool2d
    x = pixels
    for name in ("conv2d_1a", "conv2d_2a", "conv2d_2b"):
        x = _through(network[name], x)
    x = pool(x, 3, 2)
    for name in ("conv2d_3b", "conv2d_4a", "conv2d_4b"):
        x = _through(network[name], x)
    for residual, reduction in (("repeat_1", "mixed_6a"), ("repeat_2", "mixed_7a"), ("repeat_3", "")):
        for block in network[residual]:
            x = (x + SCALES[residual] * _branches(block, x)).relu()
        if reduction:
            x = torch().cat([*_outputs(network[reduction], x), pool(x, 3, 2)], 1)
    x = x + SCALES["block8"] * _branches(network["block8"], x)
    return network["last_bn"](network["last_linear"](x.mean(dim=(2, 3))))


def _conv(channels: int, out: int, kernel: Any, stride: int = 1, padding: Any = 0) -> Any:
    nn = torch().nn
    layers = {"conv": nn.Conv2d(channels, out, kernel, stride, padding, bias=False), "bn": nn.BatchNorm2d(out, eps=EPS)}
    return nn.ModuleDict(layers)


def _mixed(*branches: Sequence[Layer]) -> Any:
    """Branches that run side by side; one of a single layer is that layer itself."""
    nn = torch().nn
    made = [[_conv(*layer) for layer in branch] for branch in branches]
    return nn.ModuleDict(
        {f"branch{i}": layers[0] if len(layers) == 1 else nn.ModuleList(layers) for i, layers in enumerate(made)}
    )


def _residual(channels: int, joined: int, *branches: Sequence[Layer]) -> Any:
    block = _mixed(*branches)
    block["conv2d"] = torch().nn.Conv2d(joined, channels, 1)
    return block


def _block35() -> Any:
    first: Layer = (256, 32, 1, 1, 0)
    next_: Layer = (32, 32, 3, 1, 1)
    return _residual(256, 96, [first], [first, next_], [first, next_, next_])


def _block17() -> Any:
    first: Layer = (896, 128, 1, 1, 0)
    return _residual(896, 256, [first], [first, (128, 128, (1, 7), 1, (0, 3)), (128, 128, (7, 1), 1, (3, 0))])


def _block8() -> Any:
    first: Layer = (1792, 192, 1, 1, 0)
    return _residual(1792, 384, [first], [first, (192, 192, (1, 3), 1, (0, 1)), (192, 192, (3, 1), 1, (1, 0))])


def _through(layer: Any, x: Any) -> Any:
    return layer["bn"](layer["conv"](x)).relu()


def _outputs(block: Any, x: Any) -> list[Any]:
    outputs = []
    for name, branch in block.items():
        if name.startswith("branch"):
            y = x
            for layer in [branch] if "conv" in branch else branch:
                y = _through(layer, y)
            outputs.append(y)
    return outputs


def _branches(block: Any, x: Any) -> Any:
    return block["conv2d"](torch().cat(_outputs(block, x), 1))
