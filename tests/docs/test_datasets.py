"""docs/datasets.md tells every kind of channel, reason of a filter, retry and status of a reproduced clip."""

import re
import tomllib
from pathlib import Path

import pytest

from facelib.reproduce.report import NOTES, STATUSES
from facelib.sources.kinds import KINDS
from facelib.sources.retries import RETRIES
from facelib.sources.select import SelectSettings

SOURCES = Path(__file__).resolve().parents[2] / "facelib" / "sources"
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "datasets.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_channel(kind: str) -> None:
    assert re.search(rf"^\| `{kind}:", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("status", "meaning"), STATUSES.items())
def test_status(status: str, meaning: str) -> None:
    assert f"| `{status}` | {meaning}" in PAGE


@pytest.mark.parametrize("note", NOTES)
def test_note(note: str) -> None:
    assert f"`{note}` (" in PAGE


def _faults() -> set[str]:
    """Reasons that the readers of HDTF's and VoxCeleb's files give."""
    files = [*SOURCES.glob("hdtf_*.py"), *SOURCES.glob("voxceleb_*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    given = r"""(?:BadRow\(|add\([^"\n]*(?:"", )?|Fault\.of\([^"\n]*"", )"([a-z]+_[a-z_]+)\""""
    return set(re.findall(given, text))


@pytest.mark.parametrize("reason", sorted(_faults() | {"not_listed", "not_tried"}))
def test_reason_of_a_reproduced_clip_or_of_a_fault(reason: str) -> None:
    assert re.search(rf"`{reason}`", PAGE.split("## HDTF and VoxCeleb again")[1].split("## Cutting files")[0])


@pytest.mark.parametrize("reason", RETRIES)
def test_retry(reason: str) -> None:
    rule = RETRIES[reason]
    row = re.search(rf"^\| `{reason}` \| (.*) \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    assert row
    assert row[1].startswith("after") == rule.at_once
    hours = {0.0: "at once", 1.0: "after 1 h", 4.0: "after 4 h", 6.0: "after 6 h"}[rule.wait]
    assert row[2].startswith(hours)
    assert row[3].startswith("pauses") == rule.pauses_host


def test_nothing_else_is_said_to_be_tried_again() -> None:
    section = PAGE.split("Which failures are tried again")[1].split("`facelib download --retry`")[0]
    assert set(re.findall(r"^\| `(\w+)`", section, re.MULTILINE)) == set(RETRIES)


def test_the_selection_of_the_page_loads_and_its_settings_exist() -> None:
    block = re.search(r"^```toml\n\[select\]\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert block
    values = tomllib.loads(block[1])
    values["exclude"] = []
    SelectSettings(**values)
    assert set(re.findall(r"`select\.(\w+)`", PAGE)) <= set(SelectSettings.model_fields)
