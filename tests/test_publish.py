"""Publish: exactly once, one pointer, and rebuild gives the same."""

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import lancedb
import pyarrow as pa
import pytest

from facelib.catalog import schema
from facelib.catalog.reader import Catalog
from facelib.clock import now
from facelib.errors import StoreError
from facelib.index.reader import Index
from facelib.publish import publish, rebuild
from facelib.store import commits, deny, leases, published, quarantine, uploads
from facelib.store.objects import Store
from tests.support.collections import CHANNEL, DIGEST, commit_video, list_channel, vector_of

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def content(store: Store) -> dict[str, list[Any]]:
    """Everything a reader can see, in an order of its own."""
    with Catalog(store) as catalog:
        found: dict[str, list[Any]] = {
            table: catalog.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in schema.TABLES
        }
        index = Index(store, catalog.publication)
        for table in catalog.publication.vectors:
            found[table.name] = sorted(index.vectors(table).items())
    return found


def test_every_row_is_there_once_however_often_it_runs(store: Store) -> None:
    list_channel(store, ["a", "b"])
    commit_video(store, "a", clips=2)
    commit_video(store, "b", clips=1)
    first = publish(store)
    assert (first.changed, first.videos) == (True, 2)
    once = content(store)
    assert [len(once[t]) for t in ("uploads", "videos", "clips", "vectors")] == [2, 2, 3, 3]
    again = publish(store)
    assert (again.changed, again.number) == (False, first.number)
    assert content(store) == once


def test_a_new_commit_replaces_its_video_and_no_other(store: Store) -> None:
    list_channel(store, ["a", "b"])
    commit_video(store, "a", clips=3)
    commit_video(store, "b", clips=1)
    publish(store)
    commit_video(store, "a", clips=1, generation=2, tag="new")
    publish(store)
    found = content(store)
    assert [row["clip_id"] for row in found["clips"]] == ["a-new-0", "b--0"]
    assert [clip for clip, _ in found[f"identity_toy_{DIGEST[:12]}"]] == ["a-new-0", "b--0"]


def test_a_late_commit_of_an_old_generation_changes_nothing_visible(store: Store) -> None:
    commit_video(store, "a", clips=1, generation=2, tag="new")
    publish(store)
    commit_video(store, "a", clips=5, generation=1, tag="old")
    publish(store)
    assert [row["clip_id"] for row in content(store)["clips"]] == ["a-new-0"]


def test_vectors_of_another_model_go_to_another_table(store: Store) -> None:
    commit_video(store, "a", clips=2)
    publish(store)
    commit_video(store, "a", clips=2, generation=2, digest="e" * 64)
    publish(store)
    newest = published.newest(store)
    assert newest is not None
    assert {table.name: table.rows for table in newest.vectors} == {
        f"identity_toy_{DIGEST[:12]}": 0,
        f"identity_toy_{'e' * 12}": 2,
    }


def test_rebuild_gives_identical_content(store: Store) -> None:
    list_channel(store, ["a", "b", "c"])
    for step, video in enumerate("abca"):
        commit_video(store, video, clips=2, generation=1 + step // 3, tag=str(step))
        publish(store)
    quarantine.enter(store, "c", "track", "f", error="E", reason="r", message="m")
    publish(store)
    before = content(store)
    report = rebuild(store)
    assert report.changed
    assert content(store) == before
    store.remove_tree("derived")
    rebuild(store)
    assert content(store) == before


def test_a_denied_video_disappears_and_does_not_come_back(store: Store) -> None:
    list_channel(store, ["a", "b"])
    for video in "ab":
        commit_video(store, video, clips=1)
    publish(store)
    deny.add(store, "a", "asked to")
    for run in (publish, rebuild):
        run(store)
        found = content(store)
        rows = [row for table, content_ in found.items() if table != "read_log" for row in content_]
        assert not [row for row in rows if "'a'" in str(row) or "a--0" in str(row)]


def test_what_a_dead_writer_left_in_the_index_is_undone(store: Store) -> None:
    """It merged vectors into a known table and made a new one, and died before its publication."""
    commit_video(store, "a", clips=1)
    publish(store)
    newest = published.newest(store)
    assert newest is not None
    database = lancedb.connect(str(store.path(newest.index)))
    known = database.open_table(newest.vectors[0].name)
    rows = known.search().limit(10).to_arrow()
    known.add(rows.set_column(0, "clip_id", pa.array(["ghost"])))
    database.create_table("identity_other_000000000000", rows)
    deny.add(store, "a", "asked to")
    commit_video(store, "b", clips=1)
    publish(store)
    assert [row["clip_id"] for row in content(store)["clips"]] == ["b--0"]


def test_a_catalogue_of_another_version_is_made_anew(store: Store) -> None:
    commit_video(store, "a", clips=1)
    publish(store)
    before = content(store)
    newest = published.newest(store)
    assert newest is not None
    with duckdb.connect(str(store.path(newest.catalog))) as connection:
        connection.execute("ALTER TABLE clips DROP COLUMN face_side")
    commit_video(store, "b", clips=1)
    publish(store)
    assert [row["clip_id"] for row in content(store)["clips"]] == ["a--0", "b--0"]
    assert before["clips"][0] in content(store)["clips"]


def test_an_upload_that_was_denied_before_it_was_seen(store: Store) -> None:
    deny.add(store, "a", "asked to")
    list_channel(store, ["b"])
    moment = now()
    uploads.record_listing(store, {**CHANNEL, "channel_id": "y"}, [{"video_id": "a", "title": "a"}], moment)
    publish(store)
    assert [row["video_id"] for row in content(store)["uploads"]] == ["b"]
    assert [row["video_id"] for row in content(store)["sightings"]] == ["b"]


def test_one_at_a_time(store: Store) -> None:
    with leases.locked(store, "publish"), pytest.raises(StoreError, match="'publish'"):
        publish(store)


def test_before_the_first_one_there_is_a_way_on(store: Store) -> None:
    with pytest.raises(StoreError, match=r"'facelib ingest .*'facelib publish'"):
        Catalog(store)


def test_readers_go_on_undisturbed(store: Store) -> None:
    commit_video(store, "v0", clips=1)
    publish(store)
    failures: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with Catalog(store) as catalog:
                clips = {row["clip_id"] for row in catalog.rows("SELECT clip_id FROM clips")}
                index = Index(store, catalog.publication)
                found = set(index.vectors(index.table("identity")))
            if clips != found:
                failures.append(f"{clips ^ found}")

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 4):
        commit_video(store, f"v{number}", clips=1)
        publish(store)
    stop.set()
    reader.join(timeout=120)
    assert not failures
    assert len(content(store)["clips"]) == 4


def _publish_for_ever(root: str) -> None:
    store = Store(root)
    for number in range(1000):
        commit_video(store, f"w{number}", clips=3)
        publish(store)


def test_a_killed_writer_leaves_readers_as_they_were_and_the_next_one_goes_on(store: Store) -> None:
    commit_video(store, "v", clips=1)
    publish(store)
    writer = multiprocessing.get_context("spawn").Process(target=_publish_for_ever, args=(str(store.root),))
    writer.start()
    deadline = time.monotonic() + 60
    while (published.newest(store) or published.Publication(0, "", "", "", "")).number < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    time.sleep(0.05)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    seen = content(store)
    assert {row["clip_id"] for row in seen["clips"]} == {clip for clip, _ in seen[f"identity_toy_{DIGEST[:12]}"]}
    leases.release(store, "publish")
    publish(store)
    after = content(store)
    assert len(after["videos"]) == len(commits.current(commits.all_names(store)))
    rebuild(store)
    assert content(store) == after


def test_a_search_with_another_models_vector_is_an_error(store: Store) -> None:
    commit_video(store, "a", clips=1)
    publish(store)
    newest = published.newest(store)
    assert newest is not None
    index = Index(store, newest)
    with pytest.raises(StoreError, match="same model"):
        index.nearest(index.table("identity"), [0.0] * 7, limit=1)


def test_nearest_is_exact_and_gives_euclidean_distance(store: Store) -> None:
    for video in "abc":
        commit_video(store, video, clips=2)
    publish(store)
    newest = published.newest(store)
    assert newest is not None
    index = Index(store, newest)
    table = index.table("identity")
    query = vector_of("b--1")
    expected = sorted(
        (sum((x - y) ** 2 for x, y in zip(query, vector, strict=True)) ** 0.5, clip)
        for clip, vector in index.vectors(table).items()
    )
    found = index.nearest(table, query, limit=6)
    assert [n.clip_id for n in found] == [clip for _, clip in expected]
    assert [n.distance for n in found] == pytest.approx([d for d, _ in expected], abs=1e-4)
    among = index.nearest(table, query, limit=6, among=["a--0", "c--1"])
    assert {n.clip_id for n in among} == {"a--0", "c--1"}


def test_old_files_are_let_go(store: Store) -> None:
    for number in range(5):
        commit_video(store, f"v{number}", clips=1)
        publish(store)
    assert len(store.names("derived/catalog")) == 3
    assert len(store.names("derived/index")) == 1
