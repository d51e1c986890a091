"""Fixtures that every test may use."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from facelib.models.registry import Weights
    from tests.support.s3_server import S3Server

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
def shared_weights(media_dir: Path) -> Path:
    """The folder of real weights that lies beside the clips; absent skips."""
    folder = media_dir.parent / "weights"
    if not folder.is_dir():
        pytest.skip(f"no test weights: {folder} is absent")
    return folder


@pytest.fixture(scope="session")
def weights(lite_models: Path) -> "Weights":
    """The weights that travel in packages; skips where they were not fetched."""
    from facelib.models.registry import Weights

    return Weights(lite_models)


@pytest.fixture(scope="session")
def lite_models() -> Path:
    """The folder of fetched weights; skips where they were not fetched."""
    from tests.support.pipelines import MODELS, require_models

    require_models()
    return MODELS


@pytest.fixture(scope="session")
def s3_process() -> Iterator["S3Server"]:
    """A running S3 service; tests use `s3_server`, which gives them the right to."""
    from tests.support.s3_server import serving

    with serving() as server:
        yield server


@pytest.fixture
def s3_server(s3_process: "S3Server", monkeypatch: pytest.MonkeyPatch) -> "S3Server":
    """A running S3 service, with its credentials in the environment."""
    from tests.support.s3_server import ACCESS

    for name, value in ACCESS.items():
        monkeypatch.setenv(name, value)
    return s3_process
