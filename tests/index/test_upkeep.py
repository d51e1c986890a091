"""Search indexes: made when they are due, made anew when they are stale, and right with what came since."""

from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pytest
from numpy.typing import NDArray

from facelib.distances import distance
from facelib.index import upkeep
from facelib.index.reader import Index
from facelib.index.rewrite import rewrite
from facelib.index.writer import IndexWriter
from facelib.store.objects import Store
from facelib.store.published import Publication, VectorTable

N = 2_000
Vectors = NDArray[np.float32]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"INDEX_ROWS": 1_000, "STALE_ROWS": 50}.items():
        monkeypatch.setattr(upkeep, name, value)


def rows(vectors: Vectors, first: int = 0) -> list[dict[str, Any]]:
    """Ten clips a video."""
    about = {"channel_id": "", "upload_day": ""}
    numbers = range(first, first + len(vectors))
    return [
        {"clip_id": f"c{n:05d}", "video_id": f"v{n // 10}", "vector": vector, **about}
        for n, vector in zip(numbers, vectors, strict=True)
    ]


def faces(count: int, dimensions: int, seed: int = 1) -> Vectors:
    """People with ten clips each, one a row."""
    numbers = np.random.default_rng(seed)
    people = numbers.normal(size=(-(-count // 10), dimensions)).repeat(10, axis=0)[:count]
    return np.asarray(people + numbers.normal(size=(count, dimensions)) * 0.7, np.float32)


def kind(folder: Path) -> tuple[str, int] | None:
    """The kind of the table's index, and the rows that it does not cover; None without one."""
    table = lancedb.connect(str(folder)).open_table("a")
    names = {index.columns[0]: index.name for index in table.list_indices()}
    stats = table.index_stats(names["vector"]) if "vector" in names else None
    return (stats.index_type, stats.num_unindexed_rows) if stats else None


def reader(root: Path, metric: str, dimensions: int) -> tuple[Index, VectorTable]:
    version, held = IndexWriter(root / "index").state("a")
    table = VectorTable("a", version, held, "identity", "m", "d", dimensions, metric)
    return Index(Store(root), Publication(1, "", "index", "", "", (table,))), table


@pytest.mark.parametrize(
    ("dimensions", "metric", "made"),
    [(64, "cosine", "IVF_RQ"), (128, "l2", "IVF_RQ"), (20, "cosine", "IVF_FLAT")],
)
def test_nearly_all_of_the_nearest_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dimensions: int, metric: str, made: str
) -> None:
    monkeypatch.setattr(upkeep, "PROBES", 8)
    vectors = faces(N, dimensions)
    writer = IndexWriter(tmp_path / "index")
    writer.replace_videos("a", ["v0"], rows(vectors), dimensions)
    assert writer.keep_up({"a": metric}) and kind(tmp_path / "index") == (made, 0)
    index, table = reader(tmp_path, metric, dimensions)
    hits = 0
    for query in vectors[::100]:
        away = distance(vectors, query, metric)
        found = index.nearest(table, query.tolist(), limit=10)
        assert [n.distance for n in found] == sorted(n.distance for n in found)
        assert found[0].distance == pytest.approx(0, abs=2e-3)
        hits += len({n.clip_id for n in found} & {f"c{n:05d}" for n in np.argsort(away)[:10]})
    assert hits >= 0.95 * 10 * len(vectors[::100])


def test_among_some_clips_the_comparison_is_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "PROBES", 1)
    vectors = faces(N, 16)
    writer = IndexWriter(tmp_path / "index")
    writer.replace_videos("a", ["v0"], rows(vectors), 16)
    writer.keep_up({"a": "cosine"})
    index, table = reader(tmp_path, "cosine", 16)
    among = [f"c{n:05d}" for n in range(0, N, 7)]
    found = [n.clip_id for n in index.nearest(table, vectors[3].tolist(), limit=30, among=among)]
    order = np.argsort(distance(vectors[::7], vectors[3], "cosine"))[:30]
    assert found == [among[n] for n in order]


@pytest.mark.parametrize(
    ("rows_before", "more", "made"),
    [(990, 0, [False]), (1_000, 0, [True]), (990, 20, [False, True]), (1_000, 50, [True, False]),
     (1_000, 60, [True, True])],
)  # fmt: skip
def test_an_index_comes_with_the_size_and_is_made_anew_when_stale(
    tmp_path: Path, rows_before: int, more: int, made: list[bool]
) -> None:
    folder, vectors = tmp_path / "index", rows(faces(rows_before + more, 16))
    writer, said = IndexWriter(folder), []
    for part in (vectors[:rows_before], vectors[rows_before:]):
        if part:
            writer.replace_videos("a", sorted({row["video_id"] for row in part}), part, 16)
            said.append(writer.keep_up({"a": "l2"}))
    assert said == made
    assert kind(folder) == (("IVF_RQ", 0 if said[-1] else more) if any(said) else None)
    assert not writer.keep_up({"a": "l2"})


@pytest.mark.parametrize("named_after", [0, 1_000])
def test_what_came_after_the_index_is_found_and_what_went_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named_after: int
) -> None:
    monkeypatch.setattr("facelib.index.reader.NAMED_AFTER", named_after)
    vectors = faces(N, 16)
    writer = IndexWriter(tmp_path / "index")
    writer.replace_videos("a", ["v0"], rows(vectors), 16)
    writer.keep_up({"a": "cosine"})
    late = faces(10, 16, seed=9)
    writer.replace_videos("a", ["v200"], rows(late, N), 16)
    writer.replace_videos("a", ["v7"], [], 16)
    index, table = reader(tmp_path, "cosine", 16)
    assert [index.nearest(table, vector.tolist(), limit=1)[0].clip_id for vector in late] == [
        f"c{n:05d}" for n in range(N, N + 10)
    ]
    gone = {f"c{n:05d}" for n in range(70, 80)}
    found = index.nearest(table, vectors[75].tolist(), limit=20)
    assert not gone & {n.clip_id for n in found}
    there = np.concatenate([vectors, late])[[int(n.clip_id[1:]) for n in found]]
    assert [n.distance for n in found] == pytest.approx(distance(there, vectors[75], "cosine").tolist(), abs=1e-6)


@pytest.mark.parametrize(
    ("change", "usable"),
    [
        ("nothing", True),
        ("more", True),
        ("fewer", False),  # the version of the index still has what went
        ("made anew", True),
        ("an index of a writer that died", False),
        ("an earlier version", False),
    ],
)
def test_the_index_is_searched_at_the_version_it_was_made_of(tmp_path: Path, change: str, usable: bool) -> None:
    folder, more = tmp_path / "index", rows(faces(80, 16, seed=9), N)
    writer = IndexWriter(folder)
    writer.replace_videos("a", ["v0"], rows(faces(N, 16)), 16)
    early, _ = writer.state("a")
    writer.keep_up({"a": "cosine"})
    database = lancedb.connect(str(folder))
    made, _ = writer.state("a")
    if change in ("more", "made anew", "an index of a writer that died"):
        writer.replace_videos("a", ["v200"], more, 16)
    if change in ("made anew", "an index of a writer that died"):
        assert writer.keep_up({"a": "cosine"})
    if change == "fewer":
        writer.replace_videos("a", ["v7"], [], 16)
    if change == "an index of a writer that died":
        writer.restore({"a": made})
        assert not database.open_table("a").tags.list(), "its version may go"
    table = database.open_table("a")
    if change == "an earlier version":
        table.checkout(early)
    part = upkeep.indexed_part(database, table)
    assert (part is not None) == usable
    if usable:
        assert part.count_rows() == (N + 80 if change == "made anew" else N)


def test_many_files_become_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "FRAGMENTS", 3)
    vectors, folder = faces(1_000, 16), tmp_path / "index"
    writer = IndexWriter(folder)
    for start in range(0, 1_000, 200):
        writer.replace_videos("a", [f"v{start // 10 + n}" for n in range(20)], rows(vectors[start:][:200], start), 16)
    assert writer.keep_up({"a": "l2"}) and kind(folder) == ("IVF_RQ", 0)
    table = lancedb.connect(str(folder)).open_table("a")
    assert table.stats()["fragment_stats"]["num_fragments"] == 1
    assert sorted(writer.clip_ids("a", [f"v{n}" for n in range(100)]).column("clip_id").to_pylist()) == [
        f"c{n:05d}" for n in range(1_000)
    ]


@pytest.mark.parametrize("indexed", [False, True])
def test_a_rewritten_table_has_an_index_where_the_old_one_had(tmp_path: Path, indexed: bool) -> None:
    folder = tmp_path / "index"
    writer = IndexWriter(folder)
    writer.replace_videos("a", ["v0"], rows(faces(N, 16)), 16)
    if indexed:
        writer.keep_up({"a": "cosine"})
    old = writer.state("a")[0]
    found = rewrite(folder, tmp_path / "new", {"a": {old: ["tag"]}}, ["v3"])["a", old]
    assert (found.rows, found.removed) == (N - 10, 10)
    assert kind(tmp_path / "new") == (("IVF_RQ", 0) if indexed else None)
    table = lancedb.connect(str(tmp_path / "new")).open_table("a")
    assert table.version == found.version == table.tags.get_version("tag")
    assert len(table.tags.list()) == 1 + indexed
    for version in [one["version"] for one in table.list_versions()]:
        table.checkout(version)
        assert not table.count_rows("video_id = 'v3'"), "no version, tagged or not, keeps what was taken out"
