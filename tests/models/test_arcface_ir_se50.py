import pytest

from facelib.models.arcface_ir_se50 import ir_se50, run

torch = pytest.importorskip("torch")


def test_tensors_have_the_names_and_shapes_of_the_published_file() -> None:
    state = ir_se50().state_dict()
    shapes = {
        "input_layer.0.weight": (64, 3, 3, 3),
        "input_layer.2.weight": (64,),
        "body.0.res_layer.5.fc1.weight": (4, 64, 1, 1),
        "body.3.shortcut_layer.0.weight": (128, 64, 1, 1),
        "body.3.shortcut_layer.1.running_var": (128,),
        "body.20.res_layer.3.weight": (256, 256, 3, 3),
        "body.23.res_layer.5.fc2.weight": (512, 32, 1, 1),
        "output_layer.3.weight": (512, 25088),
        "output_layer.4.bias": (512,),
    }
    assert {name: tuple(state[name].shape) for name in shapes} == shapes
    assert not any(name.startswith(("body.0.shortcut", "body.24")) for name in state)


def test_a_unit_adds_what_it_came_with() -> None:
    """With all residual branches silent, only the shortcuts and the ends are left."""
    network = ir_se50().eval()
    for unit in network["body"]:
        torch.nn.init.zeros_(unit["res_layer"][4].weight)
        torch.nn.init.zeros_(unit["res_layer"][4].bias)
    pixels = torch.rand(1, 3, 112, 112, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        x = network["input_layer"](pixels)
        for unit in network["body"]:
            x = unit["shortcut_layer"](x)
        assert x.shape == (1, 512, 7, 7)
        assert torch.allclose(run(network, pixels), network["output_layer"](x), atol=1e-6)
