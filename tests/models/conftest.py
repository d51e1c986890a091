"""Weights for tests: those that were fetched, never fetched by a test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from facelib.models import registry


@pytest.fixture(scope="session")
def weights(lite_models: Path) -> Callable[[str], Path]:
    """The verified weights of a model by name."""
    return lambda name: registry.weights(name, lite_models)
