"""The nearest clips of clips: exact, by the index, and within bounds of memory."""

from pathlib import Path

import lancedb
import numpy as np
import pyarrow as pa
import pytest
from lancedb.index import IvfFlat, IvfRq
from numpy.typing import NDArray

from facelib.distances import distance
from facelib.index import neighbours
from facelib.index.neighbours import Neighbours
from facelib.index.writer import arrow_schema

N, DIMENSIONS = 900, 16
VECTORS = np.random.default_rng(2).normal(size=(N, DIMENSIONS)).astype(np.float32)
IDS = [f"clip'{number:04d}" for number in range(N)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        {"clip_id": c, "video_id": "v", "channel_id": "", "upload_day": "", "vector": v.tolist()}
        for c, v in zip(IDS, VECTORS, strict=True)
    ]
    table = lancedb.connect(str(tmp_path)).create_table("a", pa.Table.from_pylist(rows, arrow_schema(DIMENSIONS)))
    table.add(pa.Table.from_pylist([{**rows[0], "clip_id": "late"}], arrow_schema(DIMENSIONS)))
    return tmp_path


def exact(number: int, metric: str, limit: int, within: float) -> list[tuple[str, float]]:
    away: NDArray[np.float64] = distance(VECTORS, VECTORS[number], metric)
    order = [n for n in np.argsort(away) if n != number and away[n] <= within][:limit]
    return [(IDS[n], float(away[n])) for n in order]


@pytest.mark.parametrize(("metric", "within"), [("cosine", 9.0), ("l2", 9.0), ("cosine", 0.4), ("l2", 4.0)])
@pytest.mark.parametrize("index", [False, True], ids=["compared", "index"])
def test_the_nearest(folder: Path, monkeypatch: pytest.MonkeyPatch, metric: str, within: float, index: bool) -> None:
    monkeypatch.setattr(neighbours, "ROWS", 250)
    monkeypatch.setattr(neighbours, "QUERIES", 7)
    if index:
        monkeypatch.setattr(neighbours, "EXACT_ROWS", 0)
        table = lancedb.connect(str(folder)).open_table("a")
        table.checkout(1)
        table.restore()
        table.create_index("vector", config=IvfFlat(distance_type=metric, num_partitions=4))
    near = Neighbours(folder, "a", metric, version=0 if index else 1).nearest([*IDS[:20], "nobody"], 5, within)
    assert list(near) == IDS[:20]
    for number in range(20):
        wanted = exact(number, metric, 5, within)
        assert [clip for clip, _ in near[IDS[number]]] == [clip for clip, _ in wanted]
        assert [d for _, d in near[IDS[number]]] == pytest.approx([d for _, d in wanted], abs=1e-4)


@pytest.mark.parametrize("metric", ["cosine", "l2"])
@pytest.mark.parametrize("gone", [False, True], ids=["all", "some gone"])
def test_what_came_after_the_index_is_found_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch, metric: str, gone: bool
) -> None:
    monkeypatch.setattr(neighbours, "EXACT_ROWS", 0)
    table = lancedb.connect(str(folder)).open_table("a")
    table.checkout(1)
    table.restore()
    table.create_index("vector", config=IvfRq(distance_type=metric, num_partitions=4, num_bits=5))
    near = 1.01 * VECTORS[:40]
    table.add(
        pa.Table.from_pylist(
            [
                {"clip_id": f"near{n:02d}", "video_id": "w", "channel_id": "", "upload_day": "", "vector": v.tolist()}
                for n, v in enumerate(near)
            ],
            arrow_schema(DIMENSIONS),
        )
    )
    if gone:
        table.delete("clip_id IN ('near00', 'near01')")
    found = Neighbours(folder, "a", metric).nearest([f"near{n:02d}" for n in range(40)], 5, 4.0)
    assert len(found) == (38 if gone else 40)
    for clip_id, others in found.items():
        number = int(clip_id[-2:])
        assert others[0][0] == IDS[number]
        assert others[0][1] == pytest.approx(float(distance(VECTORS[number], near[number], metric)), abs=1e-3)


def test_a_version_shows_what_was_there(folder: Path) -> None:
    assert set(Neighbours(folder, "a", "l2").of(["late"])) == {"late"}
    assert Neighbours(folder, "a", "l2", version=1).of(["late"]) == {}
    found = Neighbours(folder, "a", "l2").of(IDS[:2])
    assert all(np.array_equal(found[clip], VECTORS[number]) for number, clip in enumerate(IDS[:2]))


def test_a_table_that_is_not_there_is_empty(tmp_path: Path) -> None:
    table = Neighbours(tmp_path, "none", "l2")
    assert table.of(["a"]) == {} and table.nearest(["a"], 3) == {}
