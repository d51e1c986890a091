"""A store for each test."""

from pathlib import Path

import pytest

from facelib.store.objects import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")
