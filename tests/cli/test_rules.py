"""The commands on rules, and those that tell why: on a published collection, and on none."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from facelib import settings
from facelib.catalog.reader import Catalog
from facelib.cli import explain as explain_commands
from facelib.cli import rules as rule_commands
from facelib.cli import yields as yield_commands
from facelib.collection import rules
from facelib.curate import presets
from facelib.errors import FacelibError
from facelib.publish import publish, rebuild
from facelib.store import layout, published
from facelib.store.objects import Store
from tests.support.collections import commit_video, list_channel

app = typer.Typer()
app.add_typer(rule_commands.app, name="rules")
for group in (explain_commands.app, yield_commands.app):
    app.registered_commands += group.registered_commands

SIDE = '[[rule]]\nname = "side"\ncolumn = "clips.face_side"\nmin = 50\n'


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store that nothing was published in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FACELIB_STORE", str(tmp_path / "store"))
    settings.load.cache_clear()
    return Store(tmp_path / "store")


@pytest.fixture
def filled(store: Store) -> Store:
    """Two clips, published."""
    list_channel(store, ["v"])
    commit_video(store, "v", clips=2)
    publish(store)
    return store


def run(*arguments: str, error: str = "") -> Result:
    result = CliRunner().invoke(app, list(arguments))
    if error:
        assert isinstance(result.exception, FacelibError)
        assert error in str(result.exception)
    else:
        assert result.exit_code == 0, result.output
    return result


def test_list_shows_presets_and_what_is_in_force(store: Store) -> None:
    found = json.loads(run("rules", "list", "--json").stdout)
    assert found["in_force"] == {"number": 0, "name": "default"}
    assert [each["name"] for each in found["sets"]] == presets.names()
    assert "strict-sync" in run("rules", "list").stdout


@pytest.mark.parametrize("name", presets.names())
def test_what_is_shown_can_be_applied(store: Store, name: str) -> None:
    path = Path("shown.toml")
    path.write_text(run("rules", "show", name).stdout)
    told = json.loads(run("rules", "apply", str(path), "--json").stdout)
    assert told == {"rule_set": name, "number": 1, "published": None}
    assert rules.in_force(store) == (1, presets.load(name))
    assert run("rules", "show").stdout == presets.load(name).to_toml()


def test_columns_are_listed(store: Store) -> None:
    found = json.loads(run("rules", "columns", "--json").stdout)["columns"]
    assert {"syncnet.confidence", "clips.seconds", "uploads.licence"} <= {column["name"] for column in found}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "keep_all"),
        (SIDE.replace("face_side", "face_sid"), "did you mean clips.face_side"),
        (SIDE.replace("50", "'x'"), "it holds numbers"),
        (SIDE + "max = 3\n", "no value passes"),
        (SIDE.replace('name = "side"', ""), "name: it is missing; every rule has one"),
    ],
)
@pytest.mark.parametrize("command", ["try", "apply"])
def test_a_bad_file_changes_nothing(filled: Store, command: str, text: str, said: str) -> None:
    Path("mine.toml").write_text(text)
    run("rules", command, "mine.toml", error=said)
    assert filled.names(layout.RULES) == []
    newest = published.newest(filled)
    assert newest and newest.number == 1


@pytest.mark.parametrize("command", ["try", "show", "apply"])
def test_no_such_file(store: Store, command: str) -> None:
    run("rules", command, "nothing.toml", error="there is no rule file nothing.toml (name a file")
    run("rules", command, ".", error="the rule file . cannot be read: Is a directory")


def test_try_shows_and_writes_nothing(filled: Store) -> None:
    Path("mine.toml").write_text(SIDE)
    found = json.loads(run("rules", "try", "mine.toml", "--json").stdout)
    assert (found["rule_set"], found["in_force"], found["clips"]) == ("mine", "default", 2)
    assert [(c["before"], c["after"], c["clips"]) for c in found["changes"]] == [("keep", "drop", 2)]
    assert [(e["rule"], e["found"], e["wanted"]) for e in found["sample"]] == [("side", "0", "at least 50")] * 2
    text = run("rules", "try", "mine.toml", "-n", "1").stdout
    assert "keep → drop" in text and "at least 50" in text
    none = run("rules", "try", "mine.toml", "-n", "0").stdout
    assert "keep → drop" in none and "no verdict changes" not in none
    assert "no verdict changes" in run("rules", "try", "default", "-n", "0").stdout
    assert filled.names(layout.RULES) == []


def test_apply_publishes_verdicts_and_rebuild_gives_the_same(filled: Store) -> None:
    Path("mine.toml").write_text(SIDE)
    told = json.loads(run("rules", "apply", "mine.toml", "--json").stdout)
    assert told == {"rule_set": "mine", "number": 1, "published": 2, "changed": True}
    again = json.loads(run("rules", "apply", "mine.toml", "--json").stdout)
    assert again == {**told, "changed": False}
    tables = []
    for _ in range(2):
        with Catalog(filled) as catalog:
            tables.append([catalog.rows(f"SELECT * FROM {t} ORDER BY ALL") for t in ("verdicts", "failed_rules")])
        rebuild(filled)
    assert tables[0] == tables[1]
    assert [(row["keep"], row["rule_set_number"]) for row in tables[0][0]] == [(False, 1)] * 2


def test_the_story_and_the_hours(filled: Store) -> None:
    story = json.loads(run("explain", "v--0", "--json").stdout)
    assert story["upload"]["url"] == "https://example.org/v"
    assert story["download"] == {}
    assert "Verdict" in run("explain", "v--0").stdout
    run("explain", "nothing", error="no clip 'nothing'")
    for by in ("stage", "day", "channel"):
        found = json.loads(run("yields", "--by", by, "--json").stdout)
        assert found["total"]["clips"] == 2
        assert "h listed" in run("yields", "--by", by).stdout


@pytest.mark.parametrize("arguments", [("rules", "try", "hdtf"), ("explain", "x"), ("yields",)])
def test_nothing_was_published(store: Store, arguments: tuple[str, ...]) -> None:
    run(*arguments, error="nothing was published")
