"""Vision transformers that know drawn faces: 128 px in, 768 or 1024 numbers out.

Tensors are named as in the checkpoints of animesion for DanbooruFaces (B/16 and L/16), which video-to-faces uses.
"""

from typing import Any

from facelib.models.alignment import portrait_crop
from facelib.models.device import torch
from facelib.models.faces import Floats
from facelib.models.pictures import Picture
from facelib.models.torch_identity import TorchIdentity

EPS = 1e-12
"""Of layer normalisation."""
PATCH = 16
"""Side of a patch, px."""
HEAD = 64
"""Numbers that one attention head works on."""
WHOLE = (0.0, 0.0, 1.0, 1.0)
UNUSED = ("model.fc.", "class_head.", "text_embeddings.", "decoder.", "mlm_head.")
"""Classifier and text layers of the checkpoints."""


class AnimeVit(TorchIdentity):
    """Makes a vector of each drawn face: of the whole portrait around it, unaligned, as it was trained."""

    def tensors(self, state: dict[str, Any]) -> dict[str, Any]:
        """Those that lead to the vector, with or without the prefix of the training code."""
        wanted = {name: tensor for name, tensor in state.items() if not name.startswith(UNUSED)}
        return {name.removeprefix("model."): tensor for name, tensor in wanted.items() if not name.startswith("fc.")}

    def build(self, state: dict[str, Any]) -> Any:
        """A transformer of as many blocks as the checkpoint has."""
        depth = len({name.split(".")[2] for name in state if name.startswith("transformer.blocks.")})
        return vit(dim=self.kind.dim, depth=depth, side=self.kind.side)

    def forward(self, pixels: Any) -> Any:
        """(n, dim) out of (n, 3, 128, 128)."""
        return run(self.network, pixels)

    def aligned(self, picture: Picture, box: Floats, keypoints: Floats) -> Picture:
        """The whole portrait: detectors of drawn faces give no keypoints."""
        return portrait_crop(picture, box, WHOLE, self.kind.side)


def vit(*, dim: int, depth: int, side: int) -> Any:
    """The network: a torch ``ModuleDict`` whose tensors have the names of the published files.

    Args:
        dim: numbers a patch.
        depth: blocks.
        side: of the picture, px.
    """
    nn = torch().nn
    blocks = [
        nn.ModuleDict(
            {
                "norm1": nn.LayerNorm(dim, eps=EPS),
                "attn": nn.ModuleDict({f"proj_{part}": nn.Linear(dim, dim) for part in "qkv"}),
                "proj": nn.Linear(dim, dim),
                "norm2": nn.LayerNorm(dim, eps=EPS),
                "pwff": nn.ModuleDict({"fc1": nn.Linear(dim, 4 * dim), "fc2": nn.Linear(4 * dim, dim)}),
            }
        )
        for _ in range(depth)
    ]
    positions = torch().zeros(1, (side // PATCH) ** 2 + 1, dim)
    network = nn.ModuleDict(
        {
            "patch_embedding": nn.Conv2d(3, dim, PATCH, PATCH),
            "positional_embedding": nn.ParameterDict({"pos_embedding": positions}),
            "transformer": nn.ModuleDict({"blocks": nn.ModuleList(blocks)}),
            "norm": nn.LayerNorm(dim, eps=EPS),
        }
    )
    network.register_parameter("class_token", nn.Parameter(torch().zeros(1, 1, dim)))
    return network


def run(network: Any, pixels: Any) -> Any:
    """(n, dim), the normalised class token, out of (n, 3, side, side)."""
    patches = network["patch_embedding"](pixels).flatten(2).transpose(1, 2)
    token = network.class_token.expand(len(pixels), -1, -1)
    x = torch().cat([token, patches], 1) + network["positional_embedding"]["pos_embedding"]
    for block in network["transformer"]["blocks"]:
        x = x + block["proj"](_attention(block["attn"], block["norm1"](x)))
        wide = torch().nn.functional.gelu(block["pwff"]["fc1"](block["norm2"](x)))
        x = x + block["pwff"]["fc2"](wide)
    return network["norm"](x[:, 0])


def _attention(projections: Any, x: Any) -> Any:
    """Scaled dot-product attention in heads of 64 numbers each."""
    n, tokens, dim = x.shape
    parts = [projections[f"proj_{part}"](x).view(n, tokens, dim // HEAD, HEAD).transpose(1, 2) for part in "qkv"]
    return torch().nn.functional.scaled_dot_product_attention(*parts).transpose(1, 2).reshape(n, tokens, dim)
