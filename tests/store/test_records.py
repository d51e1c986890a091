import duckdb
import pyarrow as pa
import pytest

from facelib.errors import StoreError
from facelib.store import records
from facelib.store.records import Record

SCHEMA = pa.schema([("frame", pa.int32()), ("keypoints", pa.list_(pa.float32(), 2))])


@pytest.mark.parametrize("count", [0, 1, 3, 70_000])
def test_round_trip(count: int) -> None:
    rows = [{"frame": n, "keypoints": [n, n + 0.5]} for n in range(count)]
    data = records.encode(Record({"b": 1, "a": "é"}, {"faces": records.table(rows, SCHEMA)}))
    back = records.decode(data, name="x")
    assert back.head == {"a": "é", "b": 1}
    assert back.rows("faces") == rows
    assert back.tables["faces"].schema.names == SCHEMA.names


def test_only_the_tables_asked_for_are_read() -> None:
    table = records.table([{"frame": 1, "keypoints": [0, 0]}], SCHEMA)
    data = records.encode(Record({}, {"a": table, "b": table}))
    assert list(records.decode(data, name="x", only=["b"]).tables) == ["b"]
    assert records.decode(data, name="x", only=()).tables == {}


def test_other_tools_can_read_a_table(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows = [{"frame": n, "keypoints": [n, n]} for n in range(3)]
    path = tmp_path / "r.parquet"
    path.write_bytes(records.encode(Record({}, {"faces": records.table(rows, SCHEMA)})))
    found = duckdb.sql(f"SELECT f.frame FROM (SELECT unnest(faces) AS f FROM '{path}')").fetchall()
    assert found == [(0,), (1,), (2,)]


@pytest.mark.parametrize("data", [b"", b"no parquet", b"PAR1" * 10])
def test_damage_is_named(data: bytes) -> None:
    with pytest.raises(StoreError, match=r"not a readable record: k\.parquet"):
        records.decode(data, name="k.parquet")


@pytest.mark.parametrize("row", [{"frame": 1}, {"frame": 1, "keypoints": [0, 0], "more": 1}])
def test_missing_and_surplus_columns_are_errors(row: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="missing or surplus"):
        records.table([row], SCHEMA)
