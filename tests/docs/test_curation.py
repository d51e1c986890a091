"""docs/curation.md tells every preset, rule key, setting, policy, kind and reason, and its rule file can be used."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from docs.pages.commands import commands
from docs.pages.settings import settings
from facelib.collection.rules import columns
from facelib.curate import presets
from facelib.curate.rule_file import parse
from facelib.curate.rule_sql import check
from facelib.curate.rules import Missing, Rule, RuleSet
from facelib.errors import SettingsError
from facelib.sources.still_there import CASES, Policy
from facelib.store.takedowns import KINDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "curation.md").read_text(encoding="utf-8")
TABLES = PAGE + (ROOT / "docs" / "datasets.md").read_text(encoding="utf-8")
GROUPS = ("duplicates", "people", "group", "rules", "snapshot", "takedown")
SINGLE = ("compare", "explain", "yields", "source-check")
SETTINGS = [setting.key for setting in settings() if setting.key.startswith("curate.")]
IN_CODE = (
    *(f"cli/{name}.py" for name in ("duplicates", "people", "faces", "rules", "explain", "yields", "snapshots")),
    *(f"cli/{name}.py" for name in ("takedown", "source_check")),
    *("curate/*.py", "curate/presets/*.py", "export/*.py"),
    "collection/*.py",
    *(
        f"store/{name}.py"
        for name in ("snapshots", "takedowns", "people", "source_checks", "exports_log", "blocked_faces")
    ),
)
INNER = {"layer_count", "landmarks_missing"}
"""Reasons of single items in single formats, which the manifest tells in words."""
INNER |= {"no_clip", "no_result", "no_series", "no_offset"}
"""Those of commands on one clip, which say what to do."""


def _reasons() -> Iterator[str]:
    for pattern in IN_CODE:
        found = sorted((ROOT / "facelib").glob(pattern))
        assert found, f"there is no facelib/{pattern}"
        for path in found:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for keyword in node.keywords if isinstance(node, ast.Call) else ():
                    if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                        yield str(keyword.value.value)


REASONS = sorted({*_reasons(), *(f"no_{kind}" for kind in KINDS)} - INNER)


def _example() -> RuleSet:
    block = re.search(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert block
    return parse(block[1], name="mine", preset=presets.load)


def _row(cell: str) -> bool:
    return bool(re.search(rf"^\|.*`{re.escape(cell)}`", PAGE, re.MULTILINE))


@pytest.mark.parametrize("reason", REASONS)
def test_reason_is_explained(reason: str) -> None:
    assert re.search(rf"^\|.*`{reason}`", TABLES, re.MULTILINE), f"docs/curation.md does not explain {reason}"


def test_the_code_gives_the_reasons_that_are_known_to_exist() -> None:
    assert {"no_person", "bad_rules", "no_takedown", "bad_clusters", "in_use"} <= set(REASONS)


@pytest.mark.parametrize("name", [name for name, _ in commands() if name.split()[1] in (*GROUPS, *SINGLE)])
def test_command_is_named(name: str) -> None:
    assert name in PAGE or name.removeprefix("facelib ") in PAGE


@pytest.mark.parametrize("command", [name.split()[2] for name, _ in commands() if name.startswith("facelib people ")])
def test_command_on_persons_is_in_the_table(command: str) -> None:
    assert f"| `people {command}` |" in PAGE


@pytest.mark.parametrize("name", presets.names())
def test_preset_is_in_the_table(name: str) -> None:
    assert f"| `{name}` |" in PAGE


@pytest.mark.parametrize("key", SETTINGS)
def test_setting_is_named(key: str) -> None:
    assert f"`{key}`" in PAGE


def test_settings_that_are_named_exist() -> None:
    named = set(re.findall(r"`(curate\.\w+\.\w+)`", PAGE))
    assert named and named <= set(SETTINGS)


def test_rule_file_of_the_page_can_be_used() -> None:
    found = _example()
    check(found, columns())
    rules = {rule.name: rule for rule in found.rules}
    assert "active-speaker" not in rules
    assert (rules["long-enough"].min, rules["long-enough"].max) == (5.0, 30.0)
    assert {rule.name for rule in presets.load("voxceleb2").rules} - {"active-speaker"} <= set(rules)


def test_every_key_of_a_rule_file_is_in_the_table() -> None:
    fields = {**RuleSet.model_fields, **Rule.model_fields}
    keys = {field.alias or name for name, field in fields.items()} - {"rule"} | {"extends", "without"}
    assert [key for key in sorted(keys) if not _row(key)] == []
    assert all(f"`{value}`" in PAGE for value in get_args(Missing))
    assert Rule.model_fields["missing"].default == "unknown"


@pytest.mark.parametrize("name", re.findall(r"`((?:clips|uploads|iqa)\.\w+)`", PAGE))
def test_columns_that_are_named_exist(name: str) -> None:
    assert name in columns()


def test_a_preset_that_there_is_not_is_an_error() -> None:
    with pytest.raises(SettingsError) as caught:
        parse('extends = "nobody"', name="mine", preset=presets.load)
    assert caught.value.reason == "no_preset"


@pytest.mark.parametrize("word", [*CASES, *get_args(Policy)])
def test_case_and_policy_of_the_source_check(word: str) -> None:
    assert _row(word)


def test_kinds_of_duplicate_uploads() -> None:
    text = (ROOT / "facelib" / "curate" / "duplicate_uploads.py").read_text(encoding="utf-8")
    kinds = set(re.findall(r'(?:return|else) "(\w+)"', text)) | set(re.findall(r'return "(\w+)" if', text))
    assert kinds == {"sound_only", "mirrored", "trimmed", "rescaled", "re_encoded"}
    assert [kind for kind in sorted(kinds) if not _row(kind)] == []
