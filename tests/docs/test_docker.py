"""What can be said of the image without building it: it copies what exists, and agrees with the code that uses it."""

import fnmatch
import re
import tomllib
from pathlib import Path

import pytest

from docs.pages.settings import settings
from operators.settings import PodSettings

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker" / "worker.Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
LINES = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
README = (ROOT / "docker" / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COPIED = [
    source for line in LINES if line.startswith("COPY ") and "--from=" not in line for source in line.split()[1:-1]
]


def _arguments(instruction: str) -> list[str]:
    return [line.removeprefix(f"{instruction} ") for line in LINES if line.startswith(f"{instruction} ")]


def _ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path out; the last pattern that matches it or a folder above decides."""
    ignored = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip().removeprefix("!")
        above = [path, *(str(folder) for folder in Path(path).parents if str(folder) != ".")]
        if pattern and not pattern.startswith("#") and any(fnmatch.fnmatch(one, pattern) for one in above):
            ignored = not line.startswith("!")
    return ignored


@pytest.mark.parametrize("source", COPIED)
def test_what_it_copies_exists_and_is_sent(source: str) -> None:
    assert (ROOT / source).exists()
    assert not _ignored(source)


@pytest.mark.parametrize(
    "path", ["data/store/media/a.mp4", ".venv/bin/python", ".git/config", "facelib/a.pyc", "dags/x.py"]
)
def test_what_is_not_sent(path: str) -> None:
    assert _ignored(path)


def test_lock_files_that_it_names_are_copied() -> None:
    named = set(re.findall(r"requirements/\S+\.lock", TEXT))
    assert named and named <= set(COPIED)


def test_everything_is_installed_with_hashes() -> None:
    for run in _arguments("RUN"):
        for command in run.split("&&"):
            if re.search("pip install|uv build", command) and "dist/*.whl" not in command:
                assert "--require-hashes" in command, command


def test_every_dependency_is_in_the_lock_with_a_hash() -> None:
    lock = (ROOT / "requirements" / "demo.lock").read_text(encoding="utf-8")
    hashed = {re.split(r"[=\[]", entry)[0] for entry in re.split(r"\n(?=\S)", lock) if "--hash=sha256:" in entry}
    wanted = {re.split(r"[\[<>=]", line)[0].lower() for line in [*PROJECT["project"]["dependencies"], "hatchling"]}
    assert wanted <= hashed


def test_base_image_has_a_python_that_the_project_takes() -> None:
    bases = {line.split()[0] for line in _arguments("FROM")}
    assert len(bases) == 1
    found = re.fullmatch(r"python:(\d+)\.(\d+)-slim", bases.pop())
    lowest, highest = re.findall(r"(\d+)\.(\d+)", PROJECT["project"]["requires-python"])
    assert found and tuple(map(int, lowest)) <= tuple(map(int, found.groups())) < tuple(map(int, highest))


def test_it_runs_the_command_as_the_user_of_the_pod() -> None:
    pod = PodSettings.model_fields
    assert _arguments("ENTRYPOINT") == ['["facelib"]']
    assert "facelib" in PROJECT["project"]["scripts"]
    assert _arguments("USER") == [f"{pod['user'].default}:{pod['user'].default}"]
    assert f"-t {pod['image'].default} ." in TEXT and f"-t {pod['image'].default} ." in README


def test_variables_are_settings_and_are_in_the_readme() -> None:
    given = dict(re.findall(r"(FACELIB_\w+)=(\S+)", " ".join(_arguments("ENV"))))
    assert given and set(given) <= {setting.variable for setting in settings()}
    assert all(f"| `{name}` | `{value}` |" in README for name, value in given.items())
