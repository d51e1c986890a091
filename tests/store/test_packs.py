from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from facelib.collection.takedown.sweep import sweep
from facelib.errors import StoreError
from facelib.maintenance import packing
from facelib.maintenance.packing import pack_commits
from facelib.store import commits, layout, packs, records
from facelib.store.mentions import Mentions
from facelib.store.objects import Store

DAY = datetime(2026, 1, 5, 12, tzinfo=UTC)
VIDEOS = [f"file_v{number}-{number:010x}" for number in range(40)]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Forty videos that were committed in one hour, ten of them twice, and one the day after."""
    store = Store(tmp_path)
    for number, video_id in enumerate([*VIDEOS, *VIDEOS[:10], VIDEOS[0]]):
        moment = DAY + (timedelta(minutes=number) if number < 50 else timedelta(days=1))
        monkeypatch.setattr(commits, "now", lambda moment=moment: moment)
        table = pa.table({"clip_id": [f"{video_id}.{n}" for n in range(number % 3)]})
        commits.write(
            store, video_id=video_id, generation=1 + number // 40, head={"n": number}, tables={"clips": table}
        )
    yield store


def pack(store: Store, **options: Any) -> Any:
    return pack_commits(store, 7.0, lambda: None, **{"dry_run": False, **options})


def content(store: Store) -> dict[str, Any]:
    """Everything that the log says."""
    return {
        name.key: (record.head, {table: found.to_pylist() for table, found in record.tables.items()})
        for name in commits.all_names(store)
        for record in [commits.read(store, name)]
    }


def test_the_log_says_the_same_in_fewer_files(store: Store) -> None:
    before, current = content(store), commits.current(commits.all_names(store))
    assert pack(store, dry_run=True).things == 1
    assert len(list(store.walk(layout.COMMITS))) == 51
    freed = pack(store)
    assert (freed.things, freed.files) == (1, 49)
    assert len(list(store.walk(layout.COMMITS))) == len(list(store.walk(layout.PACKS))) == 1
    assert content(store) == before
    assert list(content(store)) == sorted(before)
    assert commits.current(commits.all_names(store)) == current
    assert commits.current_of(store, {VIDEOS[3]}) == {VIDEOS[3]: current[VIDEOS[3]]}
    assert commits.all_names(store, known=set(before)) == []
    name = current[VIDEOS[3]]
    assert commits.read(store, name, only=()).tables == {}
    assert pack(store).files == 0


def test_days_that_are_not_old_enough_stay(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for days, things in ((0, 0), (7.0, 0), (6.0, 1)):
        monkeypatch.setattr(packing, "now", lambda: DAY + timedelta(days=7.4))
        assert pack_commits(store, days, lambda: None, dry_run=True).things == things


def test_large_days_are_in_several_packs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(store)
    monkeypatch.setattr(packing, "MOST_BYTES", 10_000)
    assert pack(store).things > 2
    assert content(store) == before


def test_a_record_that_came_late_is_packed_beside_the_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pack(store)
    for minutes in (5, 15):
        monkeypatch.setattr(commits, "now", lambda minutes=minutes: DAY + timedelta(minutes=minutes, seconds=1))
        commits.write(store, video_id="late", generation=1, head={}, tables={})
    before = content(store)
    assert len(before) == 53
    assert pack(store).things == 1
    assert content(store) == before


def test_one_that_dies_before_it_removes_anything_loses_and_doubles_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(store)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "remove", lambda self, key: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            pack(store)
    assert content(store) == before
    pack(store)
    assert content(store) == before
    assert len(list(store.walk(layout.PACKS))) == 1


def test_a_pack_that_is_not_what_was_written_replaces_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "_rows", lambda source: iter([]))
    with pytest.raises(StoreError, match="is not what was written"):
        pack(store)
    assert len(list(store.walk(layout.COMMITS))) == 51


def test_what_is_nowhere_is_missing(store: Store) -> None:
    pack(store)
    name = commits.CommitName.parse(layout.commit("2026-01-05", DAY + timedelta(minutes=2), 1, "nobody"))
    with pytest.raises(StoreError) as caught:
        commits.read(store, name)
    assert caught.value.reason == "missing"


def test_a_takedown_takes_its_records_out_of_packs(store: Store) -> None:
    before = content(store)
    pack(store)
    assert sweep(store, Mentions([VIDEOS[0], VIDEOS[1]]), lambda: None)[0]["packs"] == 1
    assert content(store) == {
        key: said
        for key, said in before.items()
        if not key.endswith((f"_{VIDEOS[0]}.parquet", f"_{VIDEOS[1]}.parquet"))
    }
    assert len(before) - len(content(store)) == 5
    assert not any(VIDEOS[0].encode() in store.read(key) for key in store.walk(layout.PACKS))
    sweep(store, Mentions(VIDEOS), lambda: None)
    assert list(store.walk(layout.PACKS)) == []


def test_a_record_of_another_form_is_read_as_it_was(tmp_path: Path) -> None:
    store = Store(tmp_path)
    keys = [layout.commit("2026-01-05", DAY + timedelta(seconds=n), 1, f"v{n}") for n in range(2)]
    for key in keys:
        store.put(key, records.encode(records.Record({"key": key}, {})))
    data = {key: store.read(key) for key in keys}
    packed = packs.write(store, keys)
    for key in keys:
        store.remove(key)
    assert {key: packs.read(store, key) for key in packs.keys(store)} == data
    assert packs.without(store.read(packed), lambda key: False) == store.read(packed)
    assert packs.without(store.read(packed), lambda key: True) is None
