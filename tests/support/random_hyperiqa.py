"""HyperIQA with random weights in pyiqa's file format."""

from pathlib import Path


def file_of(place: Path) -> Path:
    """The state of a random HyperNet in a folder, as pyiqa publishes it."""
    import torch
    from pyiqa.archs.hypernet_arch import HyperNet

    from facelib.models.pyiqa_metric import _backbone

    torch.set_num_threads(1)
    torch.manual_seed(3)
    path = place / "hyper.pth"
    torch.save({"params": HyperNet(base_model_name=_backbone(), pretrained=False).state_dict()}, path)
    return path
