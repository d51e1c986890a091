"""The anime Faster R-CNN with random weights, as a checkpoint of MMDetection."""

import re
from pathlib import Path
from typing import Any

from facelib.models.anime_frcnn import SIDES, network

# torchvision's names back into MMDetection's.
NAMES = [
    (r"^backbone\.body\.", "backbone."),
    (r"^backbone\.fpn\.inner_blocks\.(\d)\.0", r"neck.lateral_convs.\1.conv"),
    (r"^backbone\.fpn\.layer_blocks\.(\d)\.0", r"neck.fpn_convs.\1.conv"),
    (r"^rpn\.head\.conv\.0\.0", "rpn_head.rpn_conv"),
    (r"^rpn\.head\.cls_logits", "rpn_head.rpn_cls"),
    (r"^rpn\.head\.bbox_pred", "rpn_head.rpn_reg"),
    (r"^roi_heads\.box_head\.fc6", "roi_head.bbox_head.shared_fcs.0"),
    (r"^roi_heads\.box_head\.fc7", "roi_head.bbox_head.shared_fcs.1"),
    (r"^roi_heads\.box_predictor\.cls_score", "roi_head.bbox_head.fc_cls"),
    (r"^roi_heads\.box_predictor\.bbox_pred", "roi_head.bbox_head.fc_reg"),
]


def mmdetection(sides: tuple[int, int] = SIDES) -> dict[str, Any]:
    """The tensors of a random network by MMDetection's names."""
    import torch

    torch.manual_seed(0)
    state = {}
    for name, tensor in network(sides).state_dict().items():
        for pattern, wanted in NAMES:
            name = re.sub(pattern, wanted, name)
        # One box for one class; no face is the last class, not the first.
        state[name] = tensor[4:] if "fc_reg" in name else tensor.flip(0) if "fc_cls" in name else tensor
    return state


def file_of(place: Path, state: dict[str, Any] | None = None) -> Path:
    """The checkpoint of a state, or of a random network, in a folder."""
    import torch

    path = place / "mmdet_anime-face_faster-rcnn.pth"
    notes = {"CLASSES": ("anime-face",), "mmdet_version": "2.19.0"}
    torch.save({"meta": notes, "state_dict": state or mmdetection()}, path)
    return path
