"""One upkeep as a whole, and its command."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from facelib import settings as settings_module
from facelib.cli import app
from facelib.clock import now
from facelib.collection import snapshots
from facelib.collection.state.summary import summary
from facelib.index.reader import Index
from facelib.maintenance import packing
from facelib.maintenance.report import readable
from facelib.maintenance.run import maintain
from facelib.publish import publish
from facelib.settings import Settings
from facelib.store import layout, leases, published
from facelib.store.objects import Store
from facelib.store.published import Publication
from tests.support.collections import commit_video, list_channel
from tests.support.pipelines import settings_in

LEFT = {f"{layout.CATALOG}/000000009-dead.duckdb": 100, f"{layout.INDEX}/000000009-dead/t.lance/data": 50}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def store(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Two videos, a snapshot, what a publisher that died left; and a month has passed."""
    store = settings.open_store()
    list_channel(store, ["a", "b"])
    for video_id in ("a", "b"):
        commit_video(store, video_id, clips=1)
    publish(store)
    snapshots.create(store, "v1")
    for key, size in LEFT.items():
        store.put(key, b"x" * size)
    later = now() + timedelta(days=30)
    monkeypatch.setattr(packing, "now", lambda: later)
    return store


def files(store: Store) -> set[str]:
    return {
        key for top in store.names() for key in ([top] if store.exists(top) else store.walk(top)) if top != "leases"
    }


def test_a_dry_run_changes_nothing_and_says_what_a_run_then_does(store: Store, settings: Settings) -> None:
    before = files(store)
    said = maintain(store, settings, dry_run=True)
    assert files(store) == before
    done = maintain(store, settings)
    assert {one.what for one in said.freed if one.things} == {one.what for one in done.freed if one.things}
    gone = before - files(store)
    assert set(LEFT) <= gone
    rest = {key for key in gone - set(LEFT) if not key.startswith(layout.INDEX)}
    assert {key.rsplit("/", 1)[0].rsplit("/", 1)[0] for key in rest} == {layout.COMMITS}


def test_readers_and_the_next_publish_see_what_they_saw(store: Store, settings: Settings) -> None:
    before = summary(store)
    maintain(store, settings)
    assert summary(store) == before
    assert not publish(store).changed
    assert snapshots.publication(store, "v1")
    commit_video(store, "a", clips=2, generation=2, tag="new")
    assert publish(store).counts["clips"] == 3
    expected = ("commit", "versions of vector tables")
    freed = [one for one in maintain(store, settings).freed if one.things]
    assert not [one.what for one in freed if not any(what in one.what for what in expected)]


def test_disks_do_not_fill_with_versions_of_vectors(store: Store, settings: Settings) -> None:
    """Ten publications later the last three and a snapshot still open and search, and only their versions are left."""
    for number in range(2, 12):
        commit_video(store, "a", clips=30, generation=number, tag=f"g{number}")
        assert publish(store).changed
        if number == 5:
            snapshots.create(store, "v2")
    holders = [published.read(store, number) for number in (9, 10, 11)]
    holders += [snapshots.publication(store, name) for name in ("v1", "v2")]
    before = [_searched(store, holder) for holder in holders]
    vectors = {key: store.size(key) for key in files(store) if key.startswith(holders[0].index)}
    said, done = maintain(store, settings, dry_run=True).freed[-1], maintain(store, settings).freed[-1]
    assert (said.things, said.files, said.size_bytes) == (done.things, done.files, done.size_bytes)
    left = sum(store.size(key) for key in files(store) if key.startswith(holders[0].index))
    assert left == sum(vectors.values()) - done.size_bytes < 0.6 * sum(vectors.values())
    assert [_searched(store, holder) for holder in holders] == before
    assert maintain(store, settings).freed[-1].things == 0


def _searched(store: Store, holder: Publication) -> list[str]:
    """What is nearest to a clip, and every clip that has a vector."""
    index, table = Index(store, holder), holder.vectors[0]
    every = sorted(index.vectors(table))
    nearest = index.nearest(table, index.vector(table, every[0]), limit=5)
    assert len(every) == table.rows and nearest[0].clip_id == every[0]
    return [*every, *(one.clip_id for one in nearest)]


def test_beside_a_publish_the_rest_is_done_and_the_task_tried_again(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert leases.take(store, "publish", "another", minutes=10.0)
    assert len(maintain(store, settings).postponed) == 1
    assert set(LEFT) <= files(store)
    monkeypatch.setenv("FACELIB_STORE", settings.store)
    monkeypatch.setenv("FACELIB_WORK_DIR", str(tmp_path / "work"))
    settings_module.load.cache_clear()
    done = CliRunner().invoke(app, ["maintenance", "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout.splitlines()[0])["postponed"]
    leases.release(store, "publish", "another")
    done = CliRunner().invoke(app, ["maintenance", "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "would be freed: " in done.stdout
    settings_module.load.cache_clear()


@pytest.mark.parametrize(
    ("size", "said"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (5 * 1024**4, "5.0 TiB"), (2**52, "4096.0 TiB")]
)
def test_sizes_have_units(size: int, said: str) -> None:
    assert readable(size) == said
