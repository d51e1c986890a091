"""The rule set in force: versions in the store, verdicts by SQL, and what another set would change."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from facelib.catalog import schema
from facelib.catalog.reader import Catalog
from facelib.catalog.writer import CatalogWriter
from facelib.collection import rules
from facelib.collection.rule_trial import trial
from facelib.curate import presets
from facelib.curate.rule_sql import Query, verdicts
from facelib.curate.rules import Rule, RuleSet
from facelib.errors import SettingsError, StoreError
from facelib.publish import publish
from facelib.store import layout
from facelib.store.objects import Store
from tests.support.collections import commit_video, list_channel

SIDES = RuleSet(name="sides", rules=(Rule(name="side", column="clips.face_side", min=50.0),))
SYNC = RuleSet(name="sync", rules=(Rule(name="sync", column="syncnet.confidence", min=3.0),))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[CatalogWriter]:
    """Three clips of two videos; the last has no sync, the second only a guess at it."""
    with CatalogWriter(tmp_path / "c.duckdb", None) as made:
        add(made, "v", {"clip_id": "a", "face_side": 40.0}, {"confidence": 5.0, "experimental": False})
        add(made, "v", {"clip_id": "b", "face_side": 60.0}, {"confidence": 1.0, "experimental": True})
        add(made, "w", {"clip_id": "c", "face_side": None}, None)
        yield made


def add(catalog: CatalogWriter, video_id: str, clip: dict[str, Any], sync: dict[str, Any] | None) -> None:
    catalog.insert("clips", [{"video_id": video_id, "start_frame": 0, "end_frame": 90_000, **clip}])
    if sync:
        catalog.insert("syncnet", [{"video_id": video_id, "clip_id": clip["clip_id"], **sync}])


def told(catalog: CatalogWriter) -> dict[str, tuple[Any, ...]]:
    rows = catalog.query("SELECT clip_id, keep, failed_rules, unknown_rules, rule_set, rule_set_number FROM verdicts")
    assert len(rows) == len({row[0] for row in rows})
    return {row[0]: row[1:] for row in rows}


def test_the_default_keeps_all(store: Store, catalog: CatalogWriter) -> None:
    assert rules.in_force(store) == (0, presets.load("default"))
    assert rules.update(store, catalog) == 3
    assert told(catalog) == dict.fromkeys("abc", (True, "", "", "default", 0))


def test_each_set_is_a_document_that_stays(store: Store) -> None:
    assert [rules.put_in_force(store, each) for each in (SIDES, SIDES, SYNC, SIDES)] == [1, 1, 2, 3]
    assert store.names(layout.RULES) == ["000001.toml", "000002.toml", "000003.toml"]
    assert rules.in_force(store) == (3, SIDES)
    assert rules.read(store, 2) == SYNC
    assert rules.applied(store, 1) < rules.applied(store, 2) < rules.applied(store, 3)
    assert rules.applied(store, 0) == ""


def test_a_bad_set_changes_nothing(store: Store) -> None:
    bad = RuleSet(name="bad", rules=(Rule(name="r", column="clips.nothing", min=1),))
    with pytest.raises(SettingsError, match=r"clips\.nothing"):
        rules.put_in_force(store, bad)
    assert rules.in_force(store)[0] == 0


def test_another_set_gives_other_verdicts_and_no_set_the_same(store: Store, catalog: CatalogWriter) -> None:
    rules.put_in_force(store, SIDES)
    assert rules.update(store, catalog)
    sides = {
        "a": (False, "side", "", "sides", 1),
        "b": (True, "", "", "sides", 1),
        "c": (None, "", "side", "sides", 1),
    }
    assert told(catalog) == sides
    failed = catalog.query("SELECT clip_id, rule, measured, threshold, wanted, unit FROM failed_rules")
    assert failed == [("a", "side", 40.0, 50.0, "at least 50", "px")]
    assert not rules.update(store, catalog)
    assert told(catalog) == sides
    rules.put_in_force(store, SYNC)
    assert rules.update(store, catalog)
    assert told(catalog) == {
        "a": (True, "", "", "sync", 2),
        "b": (None, "", "sync", "sync", 2),
        "c": (None, "", "sync", "sync", 2),
    }
    assert catalog.query("SELECT * FROM failed_rules") == []


def test_another_default_judges_all_anew(store: Store, catalog: CatalogWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rules.update(store, catalog) == 3
    assert not rules.update(store, catalog)
    other = SIDES.model_copy(update={"name": presets.DEFAULT})
    monkeypatch.setattr(presets, "load", lambda name: other)
    assert rules.update(store, catalog) == 3
    assert {clip: row[0] for clip, row in told(catalog).items()} == {"a": False, "b": True, "c": None}
    assert not rules.update(store, catalog)


def test_only_new_clips_are_judged_and_it_is_the_same_as_all(
    store: Store, catalog: CatalogWriter, tmp_path: Path
) -> None:
    rules.put_in_force(store, SIDES)
    rules.update(store, catalog)
    catalog.replace_videos(["v"], {})
    add(catalog, "v", {"clip_id": "a", "face_side": 70.0}, None)
    add(catalog, "x", {"clip_id": "d", "face_side": 10.0}, None)
    assert rules.update(store, catalog) == 2
    kept = {name: row[0] for name, row in told(catalog).items()}
    assert kept == {"a": True, "c": None, "d": False}
    query = Query()
    again = catalog.query(verdicts(query, SIDES, rules.columns()), query.parameters)
    assert {row[0]: row[2] for row in again} == kept


def test_what_changes_without_a_commit_is_looked_at_again(store: Store, catalog: CatalogWriter) -> None:
    own = RuleSet(name="own", rules=(Rule(name="once", column="clips.is_duplicate", equals=False),))
    rules.put_in_force(store, own)
    assert rules.update(store, catalog)
    assert rules.update(store, catalog) == 3
    assert {row[0] for row in told(catalog).values()} == {True}
    catalog.insert("duplicates", [{"clip_id": "b", "video_id": "v", "kept_clip_id": "a", "stage": 1}])
    assert rules.update(store, catalog)
    assert {name: row[0] for name, row in told(catalog).items()} == {"a": True, "b": False, "c": True}


def test_every_column_can_be_asked_for(store: Store, catalog: CatalogWriter) -> None:
    for name, column in rules.columns().items():
        value = {"VARCHAR": "x", "BOOLEAN": True}.get(column.kind, 1)
        one = RuleSet(name="one", rules=(Rule(name="r", column=name, equals=value),))
        query = Query()
        assert len(catalog.query(verdicts(query, one, rules.columns()), query.parameters)) == 3, name


def test_an_empty_collection(store: Store, tmp_path: Path) -> None:
    with CatalogWriter(tmp_path / "empty.duckdb", None) as catalog:
        assert not rules.update(store, catalog)
        rules.put_in_force(store, SYNC)
        assert not rules.update(store, catalog)
        assert catalog.query("SELECT * FROM verdicts") == []


def test_tables_are_replaced_with_their_video() -> None:
    assert {"verdicts", "failed_rules"} <= set(schema.BY_VIDEO)


def tried(catalog: CatalogWriter, tmp_path: Path, store: Store, new: RuleSet, old: RuleSet, sample: int = 5) -> Any:
    """A trial on a reader's view of the catalogue."""

    class View(Catalog):
        def __init__(self) -> None:
            pass

        def rows(self, sql: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
            cursor = catalog._connection.execute(sql, parameters or [])
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return trial(View(), new, old, sample=sample)


def test_a_trial_tells_what_would_change(store: Store, catalog: CatalogWriter, tmp_path: Path) -> None:
    found = tried(catalog, tmp_path, store, SIDES, presets.load("default"))
    assert (found.clips, found.hours) == (3, 3.0)
    assert [(c.before, c.after, c.clips, c.hours) for c in found.changes] == [
        ("keep", "drop", 1, 1.0),
        ("keep", "keep", 1, 1.0),
        ("keep", "unknown", 1, 1.0),
    ]
    (count,) = found.rules
    assert (count.passed, count.failed, count.unknown, count.only, count.failed_hours) == (1, 1, 1, 1, 1.0)
    examples = {e.clip_id: (e.before, e.after, e.rule, e.found, e.wanted, e.unit) for e in found.sample}
    assert examples == {
        "a": ("keep", "drop", "side", "40", "at least 50", "px"),
        "c": ("keep", "unknown", "side", "not measured", "at least 50", "px"),
    }
    assert told(catalog) == {}


def test_a_trial_tells_what_would_come_back(store: Store, catalog: CatalogWriter, tmp_path: Path) -> None:
    found = tried(catalog, tmp_path, store, presets.load("default"), SIDES)
    assert found.moved("drop", "keep").clips == 1
    assert found.moved("keep", "drop").clips == 0
    assert [(e.clip_id, e.after, e.rule, e.found) for e in found.sample] == [
        ("a", "keep", "side", "40"),
        ("c", "keep", "side", "not measured"),
    ]
    assert tried(catalog, tmp_path, store, SIDES, SIDES).sample == ()
    assert len(tried(catalog, tmp_path, store, presets.load("default"), SIDES, sample=0).sample) == 0


@pytest.mark.parametrize("which", ["new", "in force"])
def test_a_trial_tells_of_a_column_that_there_is_not(
    store: Store, catalog: CatalogWriter, tmp_path: Path, which: str
) -> None:
    odd = RuleSet(name="odd", rules=(Rule(name="r", column="clips.nothing", min=1),))
    new, old = (odd, SIDES) if which == "new" else (SIDES, odd)
    with pytest.raises(SettingsError, match=r"odd.*clips\.nothing"):
        tried(catalog, tmp_path, store, new, old)


def test_exports_choose_by_verdict(store: Store) -> None:
    from facelib.export.options import ExportOptions
    from facelib.export.selection import select

    list_channel(store, ["v"])
    commit_video(store, "v", clips=2)
    publish(store)
    with Catalog(store) as reader:
        assert len(select(reader, ExportOptions(where="verdicts.keep"))) == 2
        with pytest.raises(StoreError):
            select(reader, ExportOptions(where="NOT verdicts.keep"))
