"""The commands on reviews, on a published collection."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from facelib import settings
from facelib.cli import review
from facelib.errors import StoreError
from tests.support.judged import Judged


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    made = Judged(tmp_path_factory.mktemp("review"))
    for clip, (anna, ben) in enumerate([("keep", "keep"), ("drop", "keep"), ("drop", "drop"), ("keep", "keep")]):
        made.judge(clip, anna, tags=["studio"] if clip == 0 else [])
        made.judge(clip, ben, by="ben")
    return made


@pytest.fixture(autouse=True)
def the_store(made: Judged, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("FACELIB_STORE", str(made.store.root))
    settings.load.cache_clear()
    yield
    settings.load.cache_clear()


def told(*arguments: str) -> Any:
    done = CliRunner().invoke(review.app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_list(made: Judged) -> None:
    assert told("list")["all"] >= 8
    found = told("list", "--reviewer", "anna", "--tag", "studio")["reviews"]
    assert [(row["clip_id"], row["verdict"], row["state"]) for row in found] == [(made.clips[0], "keep", "in force")]
    assert told("list", "--state", "no clip fits") == {"reviews": [], "all": 0}
    assert "when, UTC" in CliRunner().invoke(review.app, ["list", "-n", "2"]).output


def test_agree(made: Judged) -> None:
    found = told("agree", "anna", "ben")
    assert (found["clips"], found["same"], found["kappa"], found["share"]) == (4, 3, 0.5, 0.75)
    assert found["different"] == [made.clips[1]]
    assert told("agree", "anna", "nobody")["kappa"] is None


def test_show_and_undo(made: Judged) -> None:
    clip, events = made.clips[5], [made.judge(5, "keep", by="eve"), made.judge(5, "keep", by="kim")]
    shown = told("show", clip)
    assert (shown["verdict"], [row["reviewer"] for row in shown["reviews"]]) == ("keep", ["eve", "kim"])
    done = CliRunner().invoke(review.app, ["undo", events[0], "--by", "lead"])
    assert done.exit_code == 0 and "publish" in done.output
    assert [row["state"] for row in told("show", clip)["reviews"]] == ["undone", "in force"]
    assert told("show", made.clips[1])["verdict"] == "open"
    assert told("show", made.clips[7]) == {"clip_id": made.clips[7], "verdict": "none", "reviews": []}
    assert "the rules alone decide" in CliRunner().invoke(review.app, ["show", made.clips[7]]).output
    with pytest.raises(StoreError, match="no clip 'nothing'"):
        told("show", "nothing")
