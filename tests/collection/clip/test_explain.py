"""The story of a clip: from the channel to the rules."""

from dataclasses import replace
from pathlib import Path

import pytest

from facelib.catalog.reader import Catalog
from facelib.catalog.writer import CatalogWriter
from facelib.cli.explain import _lines
from facelib.collection import rules
from facelib.collection.clip.explain import Story, explain
from facelib.curate.rules import Rule, RuleSet
from facelib.errors import SettingsError, StoreError
from facelib.store import published
from facelib.store.objects import Store
from tests.support.export_items import Collection, collection
from tests.support.films import FILMS

RULES = RuleSet(
    name="mine",
    rules=(
        Rule(name="side", column="clips.face_side", min=30.0, note="because"),
        Rule(name="long", column="clips.seconds", min=1000.0),
        Rule(name="voice", column="voice.change_score", max=0.5),
    ),
)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """One film, published, with its verdicts."""
    made = collection(tmp_path_factory.mktemp("story"), FILMS[:1])
    rules.put_in_force(made.store, RULES)
    with _open(made.store) as catalog:
        rules.update(made.store, catalog)
    return made


def _open(store: Store) -> CatalogWriter:
    """The published file itself, opened for writing."""
    newest = published.newest(store)
    assert newest is not None
    path = store.path(newest.catalog)
    base = path.with_suffix(".before")
    path.rename(base)
    return CatalogWriter(path, base)


@pytest.fixture(scope="module")
def story(collected: Collection) -> Story:
    with Catalog(collected.store) as catalog:
        clip_id = catalog.rows("SELECT clip_id FROM clips ORDER BY 1 LIMIT 1")[0]["clip_id"]
        return explain(collected.store, catalog, clip_id)


def test_where_it_is_from(story: Story, collected: Collection) -> None:
    assert story.upload["url"].startswith("https://example.org/")
    assert story.upload["upload_day"] == "2026-01-05"
    assert [seen["channel_id"] for seen in story.sightings] == ["channel_x"]
    assert len(story.download["digest"]) == 64
    assert story.download["still_there"]
    assert Path(story.download["place"]).is_file()


def test_how_it_came_about(story: Story) -> None:
    names = [stage["stage"] for stage in story.stages]
    assert set(names) >= {"probe", "detect", "track", "embed"}
    for stage in story.stages:
        if not stage["reason"]:
            assert stage["result_there"] and stage["version"] == 1 and len(stage["params_digest"]) == 64
    assert story.track["start_frame"] == story.clip["track_start"]
    assert any(measure["table"] == "embed" for measure in story.measures)


def test_why_it_was_dropped(story: Story) -> None:
    assert story.verdict["keep"] is False
    told = {rule["rule"]: (rule["state"], rule["wanted"], rule["unit"]) for rule in story.verdict["rules"]}
    assert told == {
        "side": ("passed", "at least 30", "px"),
        "long": ("failed", "at least 1000", "s"),
        "voice": ("unknown", "at most 0.5", ""),
    }
    assert story.verdict["applied"] and story.verdict["rules"][0]["note"] == "because"


def test_as_text(story: Story) -> None:
    text = "\n".join(_lines(story))
    for said in ("Source", "Download", "Stages", "Track", "Rejected near it", "Measures", "Verdict"):
        assert f"\n{said}\n" in text
    assert "failed: long: clips.seconds is" in text
    assert "passed: side: clips.face_side is" in text
    assert story.clip["clip_id"] in text
    assert "\n  size: 0." in text and " MB\n" in text


@pytest.mark.parametrize(
    ("person", "by", "distance", "said"),
    [
        ("", "cluster", None, "nobody yet: it waits for others like it"),
        ("p1", "cluster", 0.25, "p1, by its face, distance 0.25"),
        ("p1", "anna", None, "p1, decided by anna"),
    ],
)
def test_whom_it_shows(story: Story, person: str, by: str, distance: float | None, said: str) -> None:
    row = {"person_id": person, "decided_by": by, "distance": distance}
    assert f"\nPerson\n  {said}\n" in "\n".join(_lines(replace(story, links={"clip_people": [row]})))


def test_a_rule_set_that_names_a_column_of_another_version(
    collected: Collection, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {name: column for name, column in rules.columns().items() if name != "voice.change_score"}
    monkeypatch.setattr("facelib.collection.clip.explain.columns", lambda: known)
    with Catalog(collected.store) as catalog, pytest.raises(SettingsError, match=r"mine.*voice\.change_score"):
        explain(collected.store, catalog, story.clip["clip_id"])


def test_no_such_clip(collected: Collection) -> None:
    with Catalog(collected.store) as catalog, pytest.raises(StoreError) as caught:
        explain(collected.store, catalog, "nothing")
    assert caught.value.reason == "no_clip"


def test_provenance_has_one_row_a_clip(collected: Collection, story: Story) -> None:
    with Catalog(collected.store) as catalog:
        rows = {row["clip_id"]: row for row in catalog.rows("SELECT * FROM provenance")}
        assert len(rows) == catalog.rows("SELECT count(*) AS n FROM clips")[0]["n"]
    own = rows[story.clip["clip_id"]]
    assert own["source_digest"] == story.download["digest"]
    assert own["downloaded"] == story.download["recorded"]
    assert (own["uploader"], own["upload_day"]) == ("somebody", "2026-01-05")
