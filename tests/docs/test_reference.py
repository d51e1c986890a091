"""docs/reference/ says what the code does, and the code says enough for it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from docs.generate import FOLDER, PAGES
from docs.pages.commands import commands, example
from docs.pages.dags import dags
from docs.pages.settings import settings
from facelib.cli.ingest import STAGE_NAMES
from facelib.demo.feed import DEFAULT_PORT
from facelib.demo.run import LIMIT_SECONDS
from facelib.settings import Settings
from facelib.stages.pipeline import PIPELINE
from facelib.variables import OTHERS, Setting
from operators.settings import PodSettings, TaskSettings
from tests.support.airflow_home import use_scratch_home

use_scratch_home()

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = dict(commands())
EVERY_SETTING = [*settings(), *settings(TaskSettings, "FACELIB_TASK_"), *settings(PodSettings, "FACELIB_POD_")]
DESCRIBED = [*settings(), *settings(TaskSettings, "FACELIB_TASK_"), *settings(PodSettings, "FACELIB_POD_")]
NAMED = re.compile(r"FACELIB_[A-Z0-9_]*[A-Z]\b")


@pytest.mark.parametrize(("name", "render"), PAGES.items(), ids=PAGES)
def test_page_on_disk_is_what_the_code_says(name: str, render: Callable[[], str]) -> None:
    path = FOLDER / name
    on_disk = path.read_text(encoding="utf-8") if path.is_file() else ""
    assert on_disk == render(), f"docs/reference/{name} is not what the code says: run `make reference`"


def test_no_other_page_lies_in_the_folder() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(PAGES), "run `make reference`"


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_help_and_an_example_that_calls_it(name: str) -> None:
    assert COMMANDS[name].help, f"{name} has no help"
    assert example(COMMANDS[name]).startswith(name), f"the help of {name} must end with: Example: `{name} ...`"


@pytest.mark.parametrize("name", COMMANDS)
def test_options_of_a_command_have_help_and_those_of_its_example_exist(name: str) -> None:
    parameters = COMMANDS[name].params
    assert [p.name for p in parameters if not p.help] == []
    known = {option for p in parameters for option in (*p.opts, *p.secondary_opts)}
    assert {word for word in example(COMMANDS[name]).split() if word.startswith("-")} <= known


@pytest.mark.parametrize("setting", DESCRIBED, ids=lambda setting: setting.variable)
def test_setting_is_described(setting: Setting) -> None:
    assert setting.field.description, f"{setting.variable} has no description"


def test_a_variable_sets_what_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in settings():
        monkeypatch.delenv(setting.variable, raising=False)
    monkeypatch.setenv("FACELIB_PIPELINE__DETECT__STEP", "7")
    monkeypatch.setenv("FACELIB_CRAWL__MIN_HOURS", "3")
    loaded = Settings()
    assert loaded.pipeline_document()["detect"]["step"] == 7
    assert loaded.crawl.min_hours == 3


def test_every_variable_that_the_code_names_is_listed() -> None:
    listed = {setting.variable for setting in EVERY_SETTING} | set(OTHERS)
    for folder in ("facelib", "operators", "dags", "dashboards"):
        for path in (ROOT / folder).rglob("*.py"):
            named = set(NAMED.findall(path.read_text(encoding="utf-8")))
            assert named <= listed, f"{path.relative_to(ROOT)}: {sorted(named - listed)}: docs/pages/settings.py"


def test_defaults_of_variables_read_on_their_own() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "facelib").rglob("*.py"))
    found = dict(re.findall(r'from_environment\("(FACELIB_\w+)", (\w+)[,)]', text))
    named = {"DEFAULT_PORT": DEFAULT_PORT, "LIMIT_SECONDS": LIMIT_SECONDS}
    assert found and {name: OTHERS[name][0] for name in found} == {
        name: str(int(named.get(value) or value)) for name, value in found.items()
    }


@pytest.mark.parametrize("stage", PIPELINE, ids=lambda stage: stage.name)
def test_stage_is_documented_and_wired(stage: Any) -> None:
    assert f"\n## {stage.name}\n" in (FOLDER / "stages.md").read_text(encoding="utf-8")
    assert all(f"\n### {stage.name}: {table}\n" in (FOLDER / "tables.md").read_text() for table in stage.tables)
    on = not stage.off(stage.params_type())
    assert (f"shard.{stage.name}" in dags()["clip_pipeline"].task_dict) == on
    assert STAGE_NAMES.split(", ") == [stage.name for stage in PIPELINE]
