"""The commands on persons, on a published collection."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from facelib import settings
from facelib.cli import people
from facelib.store import decisions, layout
from tests.collection.people.test_decisions import Published


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return Published(tmp_path_factory.mktemp("people"))


@pytest.fixture(autouse=True)
def the_store(made: Published, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FACELIB_STORE", str(made.store.root))
    settings.load.cache_clear()
    yield
    settings.load.cache_clear()


def told(*arguments: str) -> Any:
    done = CliRunner().invoke(people.app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_list_and_show(made: Published) -> None:
    found = told("list", "--named")
    assert [(row["name"], row["clips"]) for row in found["people"]] == [("Ada", 5), ("Ben", 3)]
    assert found["waiting"] == 1
    shown = told("show", "ada", "-n", "2")
    assert shown["person"]["person_id"] == made.ada and len(shown["clips"]) == 2 and shown["twins"] == []
    assert told("twins") == {"twins": []}


def test_verify_clips_and_a_channel(made: Published) -> None:
    clips = told("verify", "Ada", "--clip", made.clips[0])
    assert [clip["same_person"] for clip in clips["clips"]] == [True]
    assert told("verify", "Ben", "--channel", "channel_b")["same_person"] == 0


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["name", "Ben", "Benjamin"], "name"),
        (["hide", "Ben"], "hide"),
        (["merge", "Ada", "Ben"], "merge"),
    ],
)
def test_decisions_are_kept(made: Published, arguments: list[str], kind: str) -> None:
    before = set(made.store.walk(layout.DECISIONS))
    try:
        done = CliRunner().invoke(people.app, [*arguments, "--by", "ben"], catch_exceptions=False)
        last = list(decisions.read_all(made.store))[-1]
    finally:
        for key in set(made.store.walk(layout.DECISIONS)) - before:
            made.store.remove(key)
    assert done.exit_code == 0 and "publish" in done.output
    assert (last.kind, last.by) == (kind, "ben")


def test_a_merge_is_undone(made: Published) -> None:
    before = set(made.store.walk(layout.DECISIONS))
    run = CliRunner().invoke
    again = f"{made.ben} is a person of its own again"
    try:
        assert run(people.app, ["merge", "Ada", "Ben"]).exit_code == 0
        assert told("show", "Ada")["merged"] == [{"person_id": made.ben, "name": "Ben", "by": "cli"}]
        assert again in run(people.app, ["unmerge", "Ben"]).output.replace("\n", " ")
        assert told("show", "Ada")["merged"] == []
        assert run(people.app, ["unmerge", "Ben"]).exit_code != 0
    finally:
        for key in set(made.store.walk(layout.DECISIONS)) - before:
            made.store.remove(key)


def test_the_plain_output() -> None:
    for arguments in (["list"], ["show", "Ada"], ["twins"], ["verify", "Ada", "--channel", "channel_a"]):
        done = CliRunner().invoke(people.app, arguments, catch_exceptions=False)
        assert done.exit_code == 0 and "Traceback" not in done.output
