"""Face recognition weights with random numbers in the real file formats."""

from pathlib import Path
from typing import Any

import numpy as np


def arcface_onnx(path: Path, *, scales_itself: bool = False, side: int = 112, dim: int = 512) -> Path:
    """A graph with the input and output of w600k_r50.onnx: one convolution, pooled, and a linear layer."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    numbers = np.random.default_rng(5)

    def tensor(name: str, *shape: int) -> Any:
        return numpy_helper.from_array((numbers.standard_normal(shape) * 0.1).astype(np.float32), name)

    before, given = [], "input.1"
    constants = [
        tensor("kernel", 8, 3, 7, 7),
        tensor("matrix", 8 * ((side - 7) // 28 + 1) ** 2, dim),
        tensor("bias", dim),
    ]
    if scales_itself:
        constants += [numpy_helper.from_array(np.float32(v), n) for v, n in ((127.5, "mean"), (0.0078125, "factor"))]
        before = [
            helper.make_node("Sub", ["input.1", "mean"], ["less"], name="_minusscalar0"),
            helper.make_node("Mul", ["less", "factor"], ["scaled"], name="_mulscalar0"),
        ]
        given = "scaled"
    nodes = [
        *before,
        helper.make_node("Conv", [given, "kernel"], ["wide"], strides=[28, 28], name="Conv_0"),
        helper.make_node("Flatten", ["wide"], ["flat"], name="Flatten_1"),
        helper.make_node("Gemm", ["flat", "matrix", "bias"], ["683"], name="Gemm_2"),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input.1", TensorProto.FLOAT, ["None", 3, side, side])],
        [helper.make_tensor_value_info("683", TensorProto.FLOAT, ["None", dim])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path


def shaken(network: Any) -> dict[str, Any]:
    """The tensors of a network, none of them left as a layer begins: a mistake in a bias or a mean shows too."""
    import torch

    source = torch.Generator().manual_seed(11)
    state: dict[str, Any] = {}
    for name, value in network.state_dict().items():
        noise = torch.rand(value.shape, generator=source) if value.is_floating_point() else None
        if noise is None:
            state[name] = value
        elif value.ndim > 1:
            fan_in = value[0].numel()
            state[name] = (noise - 0.5) * (12 / fan_in) ** 0.5
        else:
            state[name] = 0.5 + noise if name.endswith(("running_var", "weight")) else (noise - 0.5) * 0.2
    return state


def facenet_file(path: Path) -> Path:
    """A file as facenet-pytorch publishes them, with the layer that names 8631 people."""
    import torch

    from facelib.models.facenet import inception_resnet_v1

    state = shaken(inception_resnet_v1()) | {"logits.weight": torch.zeros(8631, 512), "logits.bias": torch.zeros(8631)}
    torch.save(state, path)
    return path


def ir_se50_file(path: Path) -> Path:
    """A file like ``model_ir_se50.pth``, its numbers in half precision to save space."""
    import torch

    from facelib.models.arcface_ir_se50 import ir_se50

    torch.save({name: value.half() for name, value in shaken(ir_se50()).items()}, path)
    return path


def anime_vit_file(path: Path, *, dim: int, depth: int) -> Path:
    """A file like animesion's checkpoints: a prefix before each name, and a classifier."""
    import torch

    from facelib.models.anime_vit import vit

    state = {f"model.{name}": value for name, value in shaken(vit(dim=dim, depth=depth, side=128)).items()}
    torch.save(state | {"model.fc.weight": torch.zeros(3263, dim), "model.fc.bias": torch.zeros(3263)}, path)
    return path
