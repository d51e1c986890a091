"""The proof of a takedown finds what is left, wherever it lies."""

import shutil
from collections.abc import Callable
from pathlib import Path

import lancedb
import pyarrow as pa
import pytest

from facelib.collection.takedown.takedown import takedown
from facelib.store import commits, documents, published, takedowns
from facelib.store.objects import Store
from tests.support.filled_store import GONE, KEPT, left, long_table, run_sql

pytestmark = pytest.mark.timeout(120)
PLANTED: dict[str, Callable[[Store], object]] = {
    "a name": lambda store: store.put(f"results/embed/{GONE}/f.parquet", b""),
    "bytes": lambda store: store.put("notes/a.txt", f"see {GONE}".encode()),
    "a document": lambda store: store.put(
        "log/x/2026-01-05/a.json", documents.encode({"clip": f"{GONE}.000001.0.0a1"})
    ),
    "compressed text in Parquet": lambda store: commits.write(
        store, video_id=KEPT, generation=1, head={"about": [GONE]}, tables={"t": long_table()}
    ),
    "a row of a catalogue": lambda store: run_sql(store, f"INSERT INTO read_log VALUES ('x/{GONE}')"),
    "an old version of a vector table": lambda store: _old_vector(store),
    "bytes of a media file": lambda store: store.put("media/other/a.mp4", b"...." + GONE.encode() + b"...."),
    "a catalogue that is none": lambda store: store.put("derived/catalog/x.duckdb", b"nothing to open"),
}


def _old_vector(store: Store) -> None:
    newest = published.newest(store)
    assert newest is not None
    table = lancedb.connect(str(store.path(newest.index))).open_table(newest.vectors[0].name)
    row = table.search().limit(1).to_arrow()
    table.add(row.set_column(0, "clip_id", pa.array([f"{GONE}--7"])))
    table.delete("true")


@pytest.fixture(scope="module")
def taken_down(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("taken") / "store"
    shutil.copytree(template, root)
    takedown(Store(root), "video", GONE, "asked to")
    return root


@pytest.mark.parametrize("what", PLANTED)
def test_the_proof_finds_what_is_planted(template: Path, taken_down: Path, tmp_path: Path, what: str) -> None:
    shutil.copytree(taken_down, tmp_path / "store")
    store = Store(tmp_path / "store")
    record = takedowns.read_all(store)[0]
    assert left(store, record) == []
    PLANTED[what](store)
    assert left(store, record)
