"""Snapshots: a name for a version that stays, whatever is published after it."""

import shutil
from pathlib import Path

import duckdb
import pytest

from facelib.catalog.reader import Catalog
from facelib.collection.snapshots import CURRENT, create, diff, publication
from facelib.errors import StoreError
from facelib.export.options import ExportOptions
from facelib.export.plan import make_plan
from facelib.index.reader import Index
from facelib.publish import publish, rebuild
from facelib.store import layout, leases, published, snapshots
from facelib.store.local_objects import LocalObjects
from facelib.store.objects import Store
from tests.support.collections import commit_video, list_channel

pytestmark = pytest.mark.timeout(120)
A, B, C = (f"toy_{letter}-012345678{letter}" for letter in "abc")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    list_channel(store, [A, B])
    commit_video(store, A, clips=2)
    commit_video(store, B, clips=1)
    publish(store)
    return store


def seen(store: Store, name: str) -> tuple[list[str], list[str]]:
    """The clips of a snapshot by its catalogue and by its vectors."""
    named = publication(store, name)
    with Catalog(store, named) as catalog:
        clips = [row["clip_id"] for row in catalog.rows("SELECT clip_id FROM clips ORDER BY 1")]
    index = Index(store, named)
    return clips, sorted(index.vectors(index.table("identity")))


def test_it_stays_as_it_is_through_publications_and_a_rebuild(store: Store) -> None:
    create(store, "v1", "for a paper")
    before = seen(store, "v1")
    for number in range(5):
        commit_video(store, C, clips=number + 1, generation=number + 1, tag=str(number))
        commit_video(store, A, clips=1, generation=number + 2, tag=str(number))
        publish(store)
    rebuild(store)
    assert seen(store, "v1") == before == ([f"{A}--0", f"{A}--1", f"{B}--0"],) * 2
    assert snapshots.read(store, "v1").note == "for a paper"


def test_one_that_an_older_version_made_is_exported(store: Store) -> None:
    key = create(store, "v1").catalog
    with duckdb.connect(str(store.path(key))) as connection:
        connection.execute("DROP TABLE clip_people")
        connection.execute("ALTER TABLE syncnet DROP COLUMN experimental")
    planned = make_plan(store, ExportOptions(snapshot="v1", where="clips.seconds > 0"), 1, {})
    assert [row["clip_id"] for row in planned.rows] == [f"{A}--0", f"{A}--1", f"{B}--0"]
    with pytest.raises(StoreError, match=r"it lacks clip_people, syncnet\.experimental"):
        make_plan(store, ExportOptions(snapshot="v1", where="syncnet.experimental"), 1, {})


def test_it_takes_no_space_of_its_own(store: Store) -> None:
    made = create(store, "v1")
    assert store.path(made.catalog).stat().st_nlink == 2


def test_a_copy_serves_where_files_cannot_share_their_bytes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*paths: object) -> None:
        raise OSError("links are not supported here")

    with monkeypatch.context() as patch:
        patch.setattr("facelib.store.local_objects.os.link", refuse)
        patch.setattr(LocalObjects, "_publish", staticmethod(lambda temporary, final: _moved(temporary, final)))
        create(store, "v1")
    assert len(seen(store, "v1")[0]) == 3


def _moved(temporary: Path, final: Path) -> bool:
    final.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(temporary, final)
    return True


def test_a_name_is_taken_for_ever(store: Store) -> None:
    create(store, "v1")
    with pytest.raises(StoreError, match="already"):
        create(store, "v1")


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b", "x" * 81, "a..b", "a.", CURRENT, "é"])
def test_names_that_cannot_be(store: Store, name: str) -> None:
    with pytest.raises(StoreError) as caught:
        create(store, name)
    assert caught.value.reason == "bad_name"
    assert snapshots.names(store) == []


def test_an_unknown_one_names_those_there_are(store: Store) -> None:
    with pytest.raises(StoreError, match="facelib snapshot create"):
        publication(store, "v1")
    create(store, "v1")
    with pytest.raises(StoreError, match="v1"):
        diff(store, "v2")


def test_nothing_published_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        create(Store(tmp_path), "v1")
    assert caught.value.reason == "not_published"
    assert Store(tmp_path).names(layout.SNAPSHOTS) == []


def test_not_while_somebody_publishes(store: Store) -> None:
    with leases.locked(store, "publish"), pytest.raises(StoreError, match="'publish'"):
        create(store, "v1")


def test_what_a_dead_process_left_is_not_taken_for_a_snapshot(store: Store) -> None:
    left = store.path(layout.snapshot_catalog("v1", 0))
    left.parent.mkdir(parents=True)
    left.write_bytes(b"not a catalogue")
    assert snapshots.read_all(store) == []
    create(store, "v1")
    assert len(seen(store, "v1")[0]) == 3


def test_the_difference_of_two(store: Store) -> None:
    create(store, "v1")
    commit_video(store, A, clips=1, generation=2, tag="new")
    commit_video(store, C, clips=2)
    publish(store)
    create(store, "v2")
    found = diff(store, "v1", "v2")
    assert (found.videos.added, found.videos.removed, found.videos.changed) == ([C], [], [A])
    assert found.clips.added == [f"{A}-new-0", f"{C}--0", f"{C}--1"]
    assert found.clips.removed == [f"{A}--0", f"{A}--1"]
    assert found.clips.changed == []
    back = diff(store, "v2", "v1")
    assert (back.clips.added, back.clips.removed) == (found.clips.removed, found.clips.added)
    assert found.summary()["videos_added"] == 1


@pytest.mark.parametrize("after", ["v1", CURRENT])
def test_no_difference(store: Store, after: str) -> None:
    create(store, "v1")
    found = diff(store, "v1", after)
    assert not any(count for name, count in found.summary().items() if not name.startswith("hours"))
    assert found.verdicts == {}


def test_an_export_of_a_snapshot(store: Store) -> None:
    create(store, "v1")
    commit_video(store, A, clips=1, generation=2, tag="new")
    publish(store)
    plans = [make_plan(store, ExportOptions(snapshot=name), 10, {}) for name in ("v1", "")]
    assert [len(plan.rows) for plan in plans] == [3, 2]
    assert [plan.collection.get("snapshot") for plan in plans] == ["v1", None]
    assert plans[0].collection["publication"] == 1
    with pytest.raises(StoreError, match="v2"):
        make_plan(store, ExportOptions(snapshot="v2"), 10, {})


def test_the_verdicts_that_changed(store: Store) -> None:
    create(store, "v1")
    before = store.path(snapshots.read(store, "v1").catalog)
    commit_video(store, C, clips=1)
    publish(store)
    after = store.path((published.newest(store) or publication(store, "v1")).catalog)
    for path, keep in ((before, "NULL"), (after, "false")):
        with duckdb.connect(str(path)) as connection:
            connection.execute("DELETE FROM verdicts")
            connection.execute(f"INSERT INTO verdicts (video_id, clip_id, keep) VALUES ('{A}', '{A}--0', {keep})")
            connection.execute(f"INSERT INTO verdicts (video_id, clip_id, keep) VALUES ('{B}', '{B}--0', true)")
    found = diff(store, "v1")
    assert found.verdicts == {"unknown → drop": [f"{A}--0"]}
    assert (found.clips.added, found.clips.changed) == ([f"{C}--0"], [])
