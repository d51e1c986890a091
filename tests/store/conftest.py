"""A store for each test: in a folder and in a bucket, which keep the same promises."""

from pathlib import Path

import pytest

from facelib.store.objects import Store


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Store(tmp_path / "store")
    made: Store = request.getfixturevalue("s3_server").store(tmp_path / "cache")
    return made
