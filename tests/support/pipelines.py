"""Stores for tests, filled by the real pipeline."""

import os
from pathlib import Path
from typing import Any

import pytest

from facelib.media.encode import ClipWriter
from facelib.models.registry import IN_PACKAGES, Weights
from facelib.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
MODELS = Path(os.environ.get("FACELIB_MODELS_DIR", ROOT / "data" / "models"))


def settings_in(folder: Path, **pipeline: Any) -> Settings:
    """Settings with everything below one folder; keyword arguments are parameters of stages."""
    values: dict[str, Any] = {
        "store": str(folder / "store"),
        "work_dir": folder / "work",
        "models_dir": MODELS,
        "threads": 1,
        "pipeline": pipeline,
    }
    return Settings(**values)


def require_models() -> None:
    """Skip where the weights were not fetched: this needs a package index once."""
    weights = Weights(MODELS)
    missing = [name for name in IN_PACKAGES if weights.state(name) != "sound"]
    if missing:
        pytest.skip(f"the weights of {', '.join(missing)} are not in {MODELS} (run: make test)")


def write_film(path: Path, frames: int, *, value: int = 90, size: int = 128) -> Path:
    """A video without a face: a grey bar that moves."""
    import numpy as np

    with ClipWriter(path, size, size, crf=30) as writer:
        for number in range(frames):
            picture = np.full((size, size, 3), value, np.uint8)
            picture[:, number % size : number % size + 8] = 200
            writer.write(picture)
    return path
