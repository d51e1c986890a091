import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facelib import clock
from facelib.maintenance import leftovers
from facelib.maintenance.report import Freed
from facelib.store import layout, leases
from facelib.store.markers import Marker
from facelib.store.objects import TEMPORARY, Store

DAYS = 7.0
OLD = datetime.now(UTC) - timedelta(days=DAYS + 1)
Work = Callable[[Store, bool], Freed]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let everything that asks the clock be told this time."""
    for module in (clock, leases, leftovers):
        monkeypatch.setattr(module, "now", lambda: moment)
    monkeypatch.setattr("facelib.store.markers.now", lambda: moment)


def age(path: Path, days: float) -> None:
    then = time.time() - days * leftovers.DAY_S
    os.utime(path, (then, then))


@pytest.mark.parametrize(
    ("taken", "released", "minutes", "goes"),
    [
        (OLD, False, 10.0, True),
        (OLD, True, 10.0, True),
        (OLD, False, 60 * 24 * 30.0, False),  # still held
        (datetime.now(UTC), True, 10.0, False),
        (datetime.now(UTC), False, 10.0, False),
    ],
)
def test_leases_that_ended_long_ago_go(
    store: Store, monkeypatch: pytest.MonkeyPatch, taken: datetime, released: bool, minutes: float, goes: bool
) -> None:
    at(monkeypatch, taken)
    assert leases.take(store, "video/a", "plan-1", minutes=minutes)
    if released:
        leases.release(store, "video/a")
    at(monkeypatch, datetime.now(UTC))
    assert leftovers.ended_leases(store, DAYS, dry_run=True).things == goes
    assert store.names(layout.lease("video/a"))
    freed = leftovers.ended_leases(store, DAYS, dry_run=False)
    assert (freed.things, bool(freed.size_bytes)) == (goes, goes)
    assert bool(store.names(layout.lease("video/a"))) != goes
    assert leases.take(store, "video/a", "plan-1", minutes=1.0), "whoever held it may have it again"


def test_markers_of_long_ago_go_and_new_ones_still_count(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = Marker(store, "track", "a", "f" * 32)
    at(monkeypatch, OLD)
    marker.begin()
    at(monkeypatch, datetime.now(UTC))
    marker.begin()
    assert leftovers.markers(store, DAYS, dry_run=True).files == 1
    assert marker.left_over() == 2
    assert leftovers.markers(store, DAYS, dry_run=False).files == 1
    assert marker.left_over() == 1


@pytest.mark.parametrize(("days", "left"), [(0.0, 3), (DAYS, 2), (0.001, 1)])
def test_plans_older_than_that_go(store: Store, days: float, left: int) -> None:
    for plan_id in (f"daily-{clock.stamp(OLD)}", f"daily-{clock.stamp(datetime.now(UTC) - timedelta(days=1))}", "mine"):
        store.put(layout.shard(plan_id, 0), b"{}")
        store.put(layout.manifest(layout.shard(plan_id, 0), "probe", OLD), b"{}")
    assert leftovers.plans(store, days, dry_run=True).things == 3 - left
    assert leftovers.plans(store, days, dry_run=False).files == 2 * (3 - left)
    assert len(store.names(layout.PLANS)) == left
    assert "mine" in store.names(layout.PLANS)


def test_temporary_files_that_nobody_writes_any_more_go(store: Store) -> None:
    store.put("a", b"x")
    for name, days in (("old", 2.0), ("new", 0.0)):
        store.path(f"{TEMPORARY}/{name}").write_bytes(b"12345")
        age(store.path(f"{TEMPORARY}/{name}"), days)
    assert leftovers.temporary_files(store, dry_run=True) == Freed("temporary files", 1, 1, 5)
    assert leftovers.temporary_files(store, dry_run=False).files == 1
    assert store.names(TEMPORARY) == ["new"]


def test_scratch_of_stages_and_downloads_goes_and_nothing_else(tmp_path: Path) -> None:
    old = {"track-abc": True, "embed-xyz": True, "downloads/a.part": True, "mine-1": False, "track": False}
    for name in old:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"123")
        age(tmp_path / name, DAYS + 1)
    folder = tmp_path / "detect-def"
    folder.mkdir()
    (folder / "written-now").write_bytes(b"1")
    age(folder, DAYS + 1)
    assert leftovers.scratch(tmp_path, DAYS, dry_run=True).things == 3
    assert leftovers.scratch(tmp_path, DAYS, dry_run=False).size_bytes == 9
    assert {name for name in old if (tmp_path / name).exists()} == {name for name, goes in old.items() if not goes}
    assert (folder / "written-now").exists(), "something is still written there"
    assert leftovers.scratch(tmp_path / "absent", DAYS, dry_run=False) == Freed("scratch of this machine")
