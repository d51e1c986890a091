"""A filled store for each test that takes something down."""

import shutil
from pathlib import Path

import pytest

from facelib.collection.snapshots import create
from facelib.publish import publish
from facelib.store.objects import Store
from tests.support.collections import commit_video, list_channel
from tests.support.filled_store import GONE, OTHER, fill


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a filled store with two snapshots, published three times; to be copied."""
    root = tmp_path_factory.mktemp("filled")
    store = Store(root)
    fill(store)
    create(store, "before", note=f"with {GONE}")
    commit_video(store, GONE, clips=1, generation=2, tag="again")
    publish(store)
    list_channel(store, [OTHER], "channel_y")
    commit_video(store, OTHER, clips=1)
    publish(store)
    create(store, "after")
    return root


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Store:
    """A copy of the filled store."""
    shutil.copytree(template, tmp_path / "store")
    return Store(tmp_path / "store")
