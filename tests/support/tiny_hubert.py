"""Tiny HuBERTs with random weights in the file formats that users have."""

from pathlib import Path
from typing import Any

import torch
from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

DEPTH = 4
DIM = 16


def tiny(*, group: bool = False, **changes: Any) -> HubertModel:
    """The real architecture, small: of the large models (layer norms, normalised input), or of the base ones."""
    torch.manual_seed(0)
    large = {"feat_extract_norm": "layer", "conv_bias": True, "do_stable_layer_norm": True}
    base = {"feat_extract_norm": "group", "conv_bias": False, "do_stable_layer_norm": False}
    config = HubertConfig(
        **(base if group else large),
        hidden_size=DIM,
        num_hidden_layers=DEPTH,
        num_attention_heads=2,
        intermediate_size=32,
        conv_dim=(8,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        **changes,
    )
    model = HubertModel(config).eval()
    for parameter in model.parameters():
        # Fresh weights make hidden states near zero, against which no difference shows.
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model


def save(model: HubertModel, folder: Path, *, do_normalize: bool = True, old: bool = True) -> Path:
    """Write a folder as it lies on a hub: ``pytorch_model.bin`` with the old names of a weight norm, or safetensors."""
    Wav2Vec2FeatureExtractor(do_normalize=do_normalize, return_attention_mask=True).save_pretrained(folder)
    if not old:
        model.save_pretrained(folder)
        return folder
    model.config.save_pretrained(folder)
    renamed = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}
    state = {}
    for name, value in model.state_dict().items():
        for new, former in renamed.items():
            name = name.replace(new, former)
        state[name] = value
    torch.save(state, folder / "pytorch_model.bin")
    return folder
