"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest

DEFAULT_MEDIA = Path(__file__).resolve().parents[2] / "shared" / "media"


@pytest.fixture(scope="session")
def media_dir() -> Path:
    """The folder of real test clips; absent by default skips, named but absent fails."""
    named = os.environ.get("FACELIB_TEST_MEDIA")
    folder = Path(named) if named else DEFAULT_MEDIA
    if not folder.is_dir():
        if named:
            pytest.fail(f"FACELIB_TEST_MEDIA names {folder}, which is not a folder")
        pytest.skip(f"no test clips: {folder} is absent (set FACELIB_TEST_MEDIA)")
    return folder


@pytest.fixture(scope="session")
def lite_models() -> Path:
    """The folder of fetched weights; skips where they were not fetched."""
    from tests.support.pipelines import MODELS, require_models

    require_models()
    return MODELS
