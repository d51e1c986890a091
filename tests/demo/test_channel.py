"""The real channel, from the real portraits, where they are in the cache."""

import os
from pathlib import Path

import pytest

from facelib.demo.channel import build_channel
from facelib.demo.portraits import PORTRAITS, fetch_portraits, portrait_path, read_picture
from facelib.demo.uploads import UPLOADS

DEFAULT_CACHE = Path(__file__).resolve().parents[2] / "data" / "cache" / "portraits"


@pytest.fixture
def cache() -> Path:
    named = os.environ.get("FACELIB_DEMO_CACHE")
    folder = Path(named) if named else DEFAULT_CACHE
    if not all(portrait_path(one, folder).is_file() for one in PORTRAITS.values()):
        if named:
            pytest.fail(f"FACELIB_DEMO_CACHE names {folder}, which does not hold the portraits")
        pytest.skip(f"no portraits in {folder} (make demo fetches them, or set FACELIB_DEMO_CACHE)")
    return folder


def test_each_portrait_holds_its_features(cache: Path) -> None:
    for key, path in fetch_portraits(cache).items():
        portrait, picture = PORTRAITS[key], read_picture(path)
        x1, y1, x2, y2 = portrait.face
        height, width = picture.shape[:2]
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height
        mouth = portrait.mouth
        for x, y in (*(eye.centre for eye in portrait.eyes), mouth.left, mouth.middle, mouth.right):
            assert x1 < x < x2
            assert y1 < y < y2


@pytest.mark.slow
def test_the_whole_channel_is_built_and_not_built_again(cache: Path, tmp_path: Path) -> None:
    told: list[str] = []
    uploads = build_channel(tmp_path, cache, told.append)
    assert [upload.truth.name for upload in uploads] == [spec.name for spec in UPLOADS]
    assert sum(upload.truth.expected_clips for upload in uploads if upload.listed) == 9
    assert all(upload.video.stat().st_size > 100_000 for upload in uploads)
    made = len(told)
    assert build_channel(tmp_path, cache, told.append) == uploads
    assert len(told) == made
