"""Random weights of the real architectures, written in the file formats that users have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from facelib.models.device import torch

NO_FACE = -8.0
"""Bias of the scores of detectors: as trained ones do, they take nearly no place of a picture for a face."""

RN50 = {
    "embed_dim": 1024,
    "image_resolution": 224,
    "vision_layers": (3, 4, 6, 3),
    "vision_width": 64,
    "vision_patch_size": None,
    "context_length": 77,
    "vocab_size": 49408,
    "transformer_width": 512,
    "transformer_heads": 8,
    "transformer_layers": 12,
}
"""The CLIP of CLIP-IQA+, for pyiqa's class of it."""
PROMPT = (2, 16, 512)
"""Shape of CLIP-IQA+'s learned prompts."""
LOGIT_SCALE = float(np.log(100))

HUBERT_LARGE: dict[str, Any] = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
    "conv_bias": True,
    "feat_extract_norm": "layer",
    "do_stable_layer_norm": True,
    "feat_proj_layer_norm": True,
}
"""As config.json of chinese-hubert-large; the rest is what transformers takes when nothing is said."""
WHISPER_LARGE_V2: dict[str, Any] = {
    "num_mel_bins": 80,
    "encoder_layers": 32,
    "encoder_attention_heads": 20,
    "encoder_ffn_dim": 5120,
    "d_model": 1280,
}
"""The encoder in config.json of whisper-large-v2."""


def state_file(name: str, build: Callable[[], Any], *, below: str = "") -> Callable[[Path], dict[str, Path]]:
    """Writes the state dict of a network.

    Args:
        name: in the registry.
        build: makes the network.
        below: key of the checkpoint under which the tensors lie; empty where they are the checkpoint.
    """

    def write(folder: Path) -> dict[str, Path]:
        torch().manual_seed(0)
        state = build().state_dict()
        path = folder / f"{name}.pt"
        torch().save({below: state} if below else dict(state), path)
        return {name: path}

    return write


def several(*writers: Callable[[Path], dict[str, Path]]) -> Callable[[Path], dict[str, Path]]:
    """Writes what each of these writes."""
    return lambda folder: {name: path for write in writers for name, path in write(folder).items()}


def s3fd() -> Any:
    """S3FD that sees no faces."""
    from facelib.models.s3fd import network

    net = network()
    for number, head in enumerate(net["conf"]):
        head.bias.data[1 if number else 3] = NO_FACE
    return net


def mtcnn_pnet() -> Any:
    """The first network of MTCNN; it leaves nothing to the other two."""
    from facelib.models.mtcnn_networks import proposal_network

    net = proposal_network()
    net["conv4_1"].bias.data[1] = NO_FACE
    return net


def yolov3_face() -> Any:
    """YOLOv3 that sees no faces: the fifth of the six numbers of each anchor is the objectness."""
    from facelib.models.darknet53 import network

    net = network()
    for head in net["bbox_head"]["convs_pred"]:
        head.bias.data[4::6] = NO_FACE
    return net


def resemblyzer() -> Any:
    """The network of Resemblyzer."""
    nn = torch().nn
    return nn.ModuleDict({"lstm": nn.LSTM(40, 256, num_layers=3, batch_first=True), "linear": nn.Linear(256, 256)})


def anime_frcnn(folder: Path) -> dict[str, Path]:
    """A checkpoint of MMDetection."""
    from tests.support import random_frcnn

    return {"anime_frcnn": random_frcnn.file_of(folder)}


def facenet(name: str) -> Callable[[Path], dict[str, Path]]:
    """A file of facenet-pytorch."""

    def write(folder: Path) -> dict[str, Path]:
        from tests.support import tiny_identity

        return {name: tiny_identity.facenet_file(folder / "facenet.pt")}

    return write


def ir_se50(folder: Path) -> dict[str, Path]:
    """A file like ``model_ir_se50.pth``."""
    from tests.support import tiny_identity

    return {"arcface_ir_se50": tiny_identity.ir_se50_file(folder / "model_ir_se50.pth")}


def anime_vit_b16(folder: Path) -> dict[str, Path]:
    """A checkpoint of animesion."""
    from tests.support import tiny_identity

    return {"anime_vit_b16": tiny_identity.anime_vit_file(folder / "vit.ckpt", dim=768, depth=12)}


def open_clip(folder: Path) -> dict[str, Path]:
    """A folder of ViT-B/32."""
    from tests.support import tiny_open_clip

    return {"open_clip": tiny_open_clip.folder_of(folder, tiny_open_clip.VIT_B_32)}


def hyperiqa(folder: Path) -> dict[str, Path]:
    """A file of pyiqa's HyperNet."""
    from tests.support import random_hyperiqa

    return {"hyperiqa": random_hyperiqa.file_of(folder)}


def clipiqa_plus(folder: Path) -> dict[str, Path]:
    """OpenAI's archive of CLIP with ResNet-50, and the learned prompts."""
    from pyiqa.archs.clip_model import CLIP

    from tests.support import script_archive

    module = torch()
    clip, prompts = folder / "RN50.pt", folder / "prompts.pth"
    model = CLIP(**RN50)
    model.logit_scale.data.fill_(LOGIT_SCALE)
    script_archive.save(model.half().state_dict(), clip)
    module.save(module.randn(*PROMPT) * 0.02, prompts)
    return {"clip_rn50": clip, "clipiqa_plus": prompts}


def hubert(folder: Path) -> dict[str, Path]:
    """A folder of chinese-hubert-large."""
    from transformers import HubertConfig, HubertModel

    from tests.support import tiny_hubert

    return {"hubert": tiny_hubert.save(HubertModel(HubertConfig(**HUBERT_LARGE)), folder)}


def whisper(folder: Path) -> dict[str, Path]:
    """A folder of whisper-large-v2 whose decoder, which nothing here reads, has one narrow layer."""
    from transformers import WhisperConfig, WhisperModel

    from tests.support import tiny_whisper

    config = WhisperConfig(**WHISPER_LARGE_V2, decoder_layers=1, decoder_ffn_dim=8, decoder_attention_heads=20)
    return {"whisper": tiny_whisper.save(WhisperModel(config), folder)}
