"""Old versions of vector tables: their files go, and every kept version still opens, counts and searches."""

from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pytest

from facelib.index import manifest, upkeep
from facelib.index.manifest import UnknownLayout
from facelib.index.old_versions import clean_old
from facelib.index.rewrite import tag
from facelib.index.writer import IndexWriter
from facelib.store.objects import Store

DIMENSIONS = 64
VIDEOS = 10


def rows(numbers: np.random.Generator, video: int, clips: int = 100) -> list[dict[str, Any]]:
    about = {"video_id": f"v{video}", "channel_id": "", "upload_day": ""}
    return [
        {"clip_id": f"v{video}-{n}", **about, "vector": vector}
        for n, vector in enumerate(numbers.normal(size=(clips, DIMENSIONS)).astype(np.float32))
    ]


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def held(folder: Path, version: int) -> dict[str, float]:
    """All clips of a version, with a number of the vector; what a search finds has its vectors."""
    table = lancedb.connect(str(folder)).open_table("a")
    table.checkout(version)
    read = table.to_arrow()
    query = read.column("vector")[0].as_py()
    found = table.search(query).nprobes(100).limit(3).to_arrow()
    assert found.column("clip_id")[0].as_py() == read.column("clip_id")[0].as_py()
    assert table.search().where("video_id = 'v1'").limit(500).to_arrow().num_rows == 100
    return {row["clip_id"]: row["vector"][0] for row in read.to_pylist()}


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[int, dict[str, float]]:
    """Ten videos, then ten replaced one after the other, with indexes and a table written together between."""
    monkeypatch.setattr(upkeep, "INDEX_ROWS", 500)
    monkeypatch.setattr(upkeep, "STALE_ROWS", 300)
    monkeypatch.setattr(upkeep, "FRAGMENTS", 6)
    writer, numbers = IndexWriter(tmp_path / "index"), np.random.default_rng(1)
    every = [row for video in range(VIDEOS) for row in rows(numbers, video)]
    writer.replace_videos("a", [f"v{video}" for video in range(VIDEOS)], every, DIMENSIONS)
    contents = {}
    for video in range(VIDEOS):
        replaced = rows(numbers, video)
        writer.replace_videos("a", [f"v{video}"], [*replaced], DIMENSIONS)
        # Single clips go too, so that files of deleted rows are there.
        writer._database.open_table("a").delete(f"clip_id = 'v9-{video}' AND video_id <> 'v1'")
        writer.keep_up({"a": "l2"})
        version = int(writer.state("a")[0])
        contents[version] = held(tmp_path / "index", version)
    return contents


def test_only_files_of_other_versions_go(tmp_path: Path, published: dict[int, dict[str, float]]) -> None:
    folder, store, versions = tmp_path / "index", Store(tmp_path), sorted(published)
    tag(folder, {"a": versions[1]}, "v1")
    named, before = {"a": versions[-3:]}, size(folder)
    said = clean_old(store, "index", named, dry_run=True)
    assert size(folder) == before
    assert clean_old(store, "index", named) == said
    freed = sum(said["a"].values())
    assert size(folder) == before - freed
    assert freed > 0.2 * before
    for version in (versions[1], *versions[-3:]):
        assert held(folder, version) == published[version]
    for version in versions[2:-3]:
        with pytest.raises(ValueError, match="no longer exists"):
            lancedb.connect(str(folder)).open_table("a").checkout(version)
    assert clean_old(store, "index", named) == {"a": {}}
    # And the next writer goes on.
    writer = IndexWriter(folder)
    writer.restore({"a": versions[-1]})
    writer.replace_videos("a", ["v0"], rows(np.random.default_rng(2), 0), DIMENSIONS)
    assert writer.state("a")[0] > versions[-1]
    assert held(folder, versions[1]) == published[versions[1]]


def test_versions_since_the_newest_that_is_named_stay(tmp_path: Path, published: dict[int, dict[str, float]]) -> None:
    versions = sorted(published)
    clean_old(Store(tmp_path), "index", {"a": [versions[5]]})
    assert all(held(tmp_path / "index", version) == published[version] for version in versions[5:])


@pytest.mark.parametrize("broken", ["manifest", "data", "branch"])
def test_what_is_not_understood_is_left_alone(
    tmp_path: Path, published: dict[int, dict[str, float]], broken: str
) -> None:
    root, newest = tmp_path / "index" / "a.lance", max(published)
    if broken == "manifest":
        (root / manifest.name_of(newest)).unlink()
    elif broken == "data":
        data = manifest.read((root / manifest.name_of(newest)).read_bytes())
        (root / min(name for name in data.files if name.startswith("data/"))).unlink()
    else:
        lancedb.connect(str(tmp_path / "index")).open_table("a").branches.create("side")
    before = size(root)
    with pytest.raises(UnknownLayout):
        clean_old(Store(tmp_path), "index", {"a": [newest]})
    assert size(root) == before


@pytest.mark.parametrize(
    "data",
    [b"", b"x" * 40, bytes(24) + (8).to_bytes(8, "little") + bytes(4) + b"LANC",
     (3).to_bytes(4, "little") + b"\x92\x01\x00" + bytes(8) + bytes(4) + b"LANC",
     (1).to_bytes(4, "little") + b"\x80" + bytes(8) + bytes(4) + b"LANC"],
)  # fmt: skip
def test_a_manifest_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(UnknownLayout):
        manifest.read(data)


@pytest.mark.parametrize(
    ("name", "version"),
    [("_versions/18446744073709551610.manifest", 5), ("_versions/5.manifest", None), ("data/x.lance", None),
     ("_versions/latest_version_hint.json", None), ("_versions/99999999999999999999.manifest", None)],
)  # fmt: skip
def test_names_of_manifests_tell_versions(name: str, version: int | None) -> None:
    assert manifest.version_of(name) == version
