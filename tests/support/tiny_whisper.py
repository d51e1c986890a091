"""A tiny Whisper with random weights in the file format that users have."""

from pathlib import Path

import torch
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperModel

DEPTH = 2
DIM = 16


def tiny() -> WhisperModel:
    """The real architecture, small, with its window of 30 s."""
    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=64,
        num_mel_bins=80,
        encoder_layers=DEPTH,
        decoder_layers=1,
        d_model=DIM,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    model = WhisperModel(config).eval()
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model


def save(model: WhisperModel, folder: Path) -> Path:
    """Write a folder as it lies on a hub."""
    model.save_pretrained(folder)
    WhisperFeatureExtractor(feature_size=80).save_pretrained(folder)
    return folder
