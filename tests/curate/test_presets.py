"""Presets: each can be read, names columns that there are, and tells where its thresholds are from."""

import pytest

from facelib.collection import rules
from facelib.curate import presets
from facelib.curate.rule_sql import check
from facelib.errors import SettingsError


def test_the_presets_and_the_default_first() -> None:
    assert presets.names() == ["default", "celebv", "hdtf", "strict-sync", "talkvid", "voxceleb2"]


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_can_be_used(name: str) -> None:
    found = presets.load(name)
    assert found.name == name
    assert found.note
    check(found, rules.columns())
    assert bool(found.rules) != found.keep_all
    assert all(rule.note for rule in found.rules)
    assert presets.text(name).startswith("# ")


@pytest.mark.parametrize(
    ("name", "said"), [("voxceleb", "voxceleb2"), ("zzz", "there are default"), ("../x", "default")]
)
def test_another_name_is_refused(name: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        presets.load(name)
    assert said in caught.value.hint
    assert caught.value.reason == "no_preset"
