"""Local copies: bounded, shared, the longest unused go first."""

import os
import time
from pathlib import Path

import pytest

from facelib.store.local_cache import GRACE_S, UNUSED_S, LocalCache


@pytest.fixture
def cache(tmp_path: Path) -> LocalCache:
    return LocalCache(tmp_path / "cache", "s3://bucket", 100)


def add(cache: LocalCache, key: str, size: int, *, unused_s: float = 0.0, tag: str = "t") -> Path:
    with cache.temporary() as source:
        source.write_bytes(b"x" * size)
        path = cache.add(key, tag, source)
    os.utime(path, (time.time() - unused_s,) * 2)
    return path


def test_a_copy_is_found_by_key_and_tag(cache: LocalCache) -> None:
    path = add(cache, "a/b.mp4", 3)
    assert path.name == "b.mp4"
    assert cache.find("a/b.mp4", "t") == path
    assert cache.find("a/b.mp4", "other") is None
    assert cache.find("c", "t") is None


def test_another_tag_takes_the_place_of_the_first(cache: LocalCache) -> None:
    first, second = add(cache, "k", 3), add(cache, "k", 4, tag="new")
    assert (first.exists(), second.exists()) == (False, True)


def test_the_longest_unused_go_first(cache: LocalCache) -> None:
    old = [add(cache, f"k{n}", 30, unused_s=GRACE_S * (9 - n)) for n in range(3)]
    cache.find("k0", "t")
    add(cache, "new", 30)
    assert cache.prune() == 90
    assert [path.exists() for path in old] == [True, False, True]


def test_what_was_asked_for_just_now_stays_though_there_be_no_room(cache: LocalCache) -> None:
    paths = [add(cache, f"k{n}", 60) for n in range(3)]
    assert cache.prune() == 180
    assert all(path.exists() for path in paths)


def test_what_nobody_asks_for_goes_though_there_be_room(cache: LocalCache) -> None:
    old, new = add(cache, "old", 10, unused_s=UNUSED_S + 60), add(cache, "new", 10, unused_s=UNUSED_S - 60)
    assert cache.prune() == 10
    assert (old.exists(), new.exists()) == (False, True)
    assert not old.parent.parent.exists()


def test_the_limit_holds_for_all_stores_of_the_folder(cache: LocalCache, tmp_path: Path) -> None:
    other = LocalCache(tmp_path / "cache", "s3://other", 100)
    old = add(other, "k", 90, unused_s=2 * GRACE_S)
    assert cache.find("k", "t") is None
    add(cache, "k", 90)
    assert not old.exists()


def test_a_key_is_forgotten_with_all_its_copies(cache: LocalCache) -> None:
    path = add(cache, "k", 3)
    cache.drop("k")
    cache.drop("k")
    assert not path.exists()


def test_a_file_from_elsewhere_is_moved_in(cache: LocalCache, tmp_path: Path) -> None:
    (tmp_path / "made").write_bytes(b"made")
    assert cache.add("k", "t", tmp_path / "made").read_bytes() == b"made"
    assert not (tmp_path / "made").exists()
    assert list((cache.folder / ".tmp").iterdir()) == []
