from pathlib import Path

import pytest

from facelib.errors import ModelError
from facelib.models.anime_vit import AnimeVit, run, vit
from facelib.models.dlib_landmarks5 import DlibLandmarks5
from facelib.models.identity import KINDS
from facelib.models.registry import Weights
from tests.support.tiny_identity import anime_vit_file, shaken

torch = pytest.importorskip("torch")


def test_the_blocks_are_those_of_a_pre_norm_transformer() -> None:
    """The same numbers as torch's own encoder layer, which keeps the three projections in one matrix."""
    dim = 128
    network = vit(dim=dim, depth=1, side=128).eval()
    state = shaken(network)
    network.load_state_dict(state)
    layer = torch.nn.TransformerEncoderLayer(
        dim, dim // 64, 4 * dim, 0.0, torch.nn.functional.gelu, layer_norm_eps=1e-12, batch_first=True, norm_first=True
    ).eval()
    at = "transformer.blocks.0."
    names = {"norm1": "norm1", "norm2": "norm2", "linear1": "pwff.fc1", "linear2": "pwff.fc2"}
    given = {f"{a}.{k}": state[f"{at}{b}.{k}"] for a, b in names.items() for k in ("weight", "bias")}
    for kind in ("weight", "bias"):
        given[f"self_attn.in_proj_{kind}"] = torch.cat([state[f"{at}attn.proj_{part}.{kind}"] for part in "qkv"])
        given[f"self_attn.out_proj.{kind}"] = state[f"{at}proj.{kind}"]
    layer.load_state_dict(given)
    pixels = torch.rand(2, 3, 128, 128, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        patches = network["patch_embedding"](pixels).flatten(2).transpose(1, 2)
        tokens = torch.cat([network.class_token.expand(2, -1, -1), patches], 1)
        x = layer(tokens + network["positional_embedding"]["pos_embedding"])
        assert torch.allclose(run(network, pixels), network["norm"](x[:, 0]), atol=1e-5)


def test_sizes_are_those_of_b16() -> None:
    with torch.device("meta"):
        state = vit(dim=768, depth=12, side=128).state_dict()
    assert state["positional_embedding.pos_embedding"].shape == (1, 65, 768)
    assert state["class_token"].shape == (1, 1, 768) and len(state) == 6 + 12 * 16
    assert state["transformer.blocks.11.pwff.fc1.weight"].shape == (3072, 768)


def test_a_checkpoint_of_another_size_is_refused(tmp_path: Path, lite_models: Path) -> None:
    landmarks = DlibLandmarks5(Weights(lite_models).file("dlib_landmarks5"))
    path = anime_vit_file(tmp_path / "b16.ckpt", dim=64, depth=1)
    with pytest.raises(ModelError) as refused:
        AnimeVit(KINDS["anime_vit_b16"], path, landmarks)
    assert refused.value.reason == "bad_weights"
