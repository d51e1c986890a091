"""Weights for tests: those that were fetched, never fetched by a test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from facelib.models.registry import Weights


@pytest.fixture(scope="session")
def weight_file(lite_models: Path) -> Callable[[str], Path]:
    """The verified weights of a model by name."""
    return lambda name: Weights(lite_models).file(name)
