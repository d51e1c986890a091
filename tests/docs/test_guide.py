"""The guide's settings load, its commands exist, and it explains every reason that the code gives."""

import ast
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.pages.commands import commands
from docs.pages.settings import settings
from facelib.settings import Settings, config_path
from facelib.sources.base import DownloadError
from facelib.sources.failures import HINTS
from facelib.store import layout

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
TABLES = "\n".join(
    [GUIDE, *((ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("datasets", "curation", "object_storage"))]
)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md")), ROOT / "docker" / "README.md"]
WORK = ("media", "stages", "sources", "store")
"""Packages whose errors can put a video in quarantine."""
ELSEWHERE = {"locked", "no_stage", "no_shard", "no_face", "not_a_picture", "wrong_length"}
ELSEWHERE |= {"stage_off", "other_weights", "needs_extra", "bad_weights"}
"""Reasons of those packages that only a command or a page meets."""
COMMANDS = dict(commands())


def _block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_settings_file_of_the_guide_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in settings():
        monkeypatch.delenv(setting.variable, raising=False)
    path = tmp_path / "facelib.toml"
    path.write_text(_block("toml"))
    monkeypatch.setenv("FACELIB_CONFIG", str(path))
    loaded, written = Settings(), tomllib.loads(_block("toml"))
    assert config_path() == path
    assert loaded.channels == written["channels"]
    assert loaded.download.max_height == written["download"]["max_height"]
    assert loaded.pipeline_document()["track"].items() >= written["pipeline"]["track"].items()


def _command_lines() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                if line.split(" ")[0].endswith("facelib"):
                    yield page.name, line


@pytest.mark.parametrize(("page", "line"), list(_command_lines()))
def test_command_lines_exist(page: str, line: str) -> None:
    words = ["facelib", *shlex.split(line, comments=True)[1:]]
    name = next((" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in COMMANDS), None)
    assert name, f"{page}: there is no command {line!r}"
    known = {option for p in COMMANDS[name].params for option in (*p.opts, *p.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= known, f"{page}: {line!r}"


def _strings(call: ast.Call) -> list[str]:
    return [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]


def _reasons() -> set[str]:
    """Every ``reason=`` of the working packages, and what ``_within`` and ``Reject`` are called with."""
    found = set(HINTS)
    for path in (file for package in WORK for file in (ROOT / "facelib" / package).glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call):
                continue
            named = [k.value.value for k in node.keywords if k.arg == "reason" and isinstance(k.value, ast.Constant)]
            function = node.func.id if isinstance(node.func, ast.Name) else ""
            found |= {str(value) for value in named}
            found |= set(_strings(node)[-1:]) if function == "_within" else set()
            found |= set(_strings(node)[:1]) if function in ("Unmeasurable", "Rule") else set()
            found |= set(_strings(node)[1:2]) if function == "Reject" and len(_strings(node)) == 3 else set()
        found |= set(re.findall(r'\("([a-z_]+)", \w+, self\.params\.', text))
        found |= set(re.findall(r'"Crash", "(\w+)"', text)) | set(re.findall(r'else "(exception)"', text))
    return found - ELSEWHERE


@pytest.mark.parametrize("reason", sorted(_reasons()))
def test_reason_is_explained(reason: str) -> None:
    assert re.search(rf"^\|.*`{reason}`", TABLES, re.MULTILINE), f"docs/guide.md does not explain {reason}"


def test_the_code_gives_the_reasons_that_are_known_to_exist() -> None:
    known = {"low_score", "small_face", "too_short", "no_face_vector", "too_many_pixels", "crashed", "exception"}
    assert known <= _reasons(), "this test no longer finds the reasons in the code"


def test_what_is_tried_again_by_itself_is_marked() -> None:
    marked = set(re.findall(r"^\| `(\w+)` ↻", GUIDE, re.MULTILINE))
    assert marked == DownloadError.RETRYABLE


def test_settings_named_in_the_tables_exist() -> None:
    known = {setting.key for setting in settings()}
    sections = {key.rpartition(".")[0] for key in known} - {""}
    named = re.findall(rf"`((?:{'|'.join(map(re.escape, sorted(sections, reverse=True)))})\.\w+)`", GUIDE)
    assert named and set(named) <= known


def test_every_folder_of_the_store_is_in_the_table_of_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = {v for k, v in vars(layout).items() if k.isupper() and isinstance(v, str)}
    assert folders and [f for f in sorted(folders) if not re.search(rf"^\|.*`{f}/", text, re.MULTILINE)] == []
