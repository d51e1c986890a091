"""Random CLIP models in the folder format of open_clip's repositories."""

import json
from pathlib import Path
from typing import Any

TINY: dict[str, Any] = {
    "embed_dim": 32,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 64, "layers": 1, "width": 64, "head_width": 32, "patch_size": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
VIT_B_32: dict[str, Any] = {
    "embed_dim": 512,
    "quick_gelu": True,
    "vision_cfg": {"image_size": 224, "layers": 12, "width": 768, "patch_size": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12},
}
COLOURS = {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}


def folder_of(place: Path, config: dict[str, Any]) -> Path:
    """What a repository of open_clip holds: its configuration, and the weights as safetensors."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    torch.set_num_threads(1)
    torch.manual_seed(6)
    model = open_clip.CLIP(**config)
    save_file(dict(model.state_dict()), str(place / "open_clip_model.safetensors"))
    (place / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": COLOURS}))
    return place
