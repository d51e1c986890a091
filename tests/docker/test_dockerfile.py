"""What can be said of the images without building them: they copy what exists, and agree with the code they run."""

import fnmatch
import json
import re
import tomllib
from pathlib import Path

import pytest

from docs.pages.settings import settings
from operators.settings import PodSettings
from tests.docker.files import DOCKER, ROOT, script

TEXT = (DOCKER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
LINES = [line for line in TEXT.splitlines() if line and not line.startswith("#")]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
INSTALL = (DOCKER / "install.sh").read_text(encoding="utf-8")
IMAGES = ("worker", "worker-gpu", "airflow", "dashboard")
COPIED = [
    source for line in LINES if line.startswith("COPY ") and "--from=" not in line for source in line.split()[1:-1]
]


def stage(name: str) -> list[str]:
    """The instructions of one stage."""
    start = next(n for n, line in enumerate(LINES) if line.startswith("FROM ") and line.endswith(f" AS {name}"))
    end = next((n for n in range(start + 1, len(LINES)) if LINES[n].startswith("FROM ")), len(LINES))
    return LINES[start:end]


def of(name: str, instruction: str) -> list[str]:
    """The arguments of an instruction in one stage."""
    return [line.removeprefix(f"{instruction} ") for line in stage(name) if line.startswith(f"{instruction} ")]


def inherited(name: str, instruction: str) -> list[str]:
    """The arguments of the instruction that holds for a stage: its own, or those of the stage that it is made from."""
    above = stage(name)[0].split()[1]
    return of(name, instruction) or ([] if above == "${BASE}" else inherited(above, instruction))


def ignored(path: str) -> bool:
    """Whether .dockerignore keeps a path out; the last pattern that matches it or a folder above decides."""
    found = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip().removeprefix("!")
        above = [path, *(str(folder) for folder in Path(path).parents if str(folder) != ".")]
        if pattern and not pattern.startswith("#") and any(fnmatch.fnmatch(one, pattern) for one in above):
            found = not line.startswith("!")
    return found


def test_the_images_are_those_that_the_script_builds() -> None:
    stages = [line.rsplit(" ", 1)[1] for line in LINES if line.startswith("FROM ")]
    assert script("build").IMAGES == IMAGES
    assert [name for name in stages if name in IMAGES] == list(IMAGES)


@pytest.mark.parametrize("source", COPIED)
def test_what_it_copies_exists_and_is_sent(source: str) -> None:
    assert (ROOT / source).exists()
    assert not ignored(source)


@pytest.mark.parametrize(
    "path",
    [
        *("data/store/media/a.mp4", ".venv/bin/python", ".git/config", "facelib/a.pyc", "docker/.env"),
        *("docker/kubernetes/base/cluster.yaml", "tests/docker/files.py", "docker/compose.yaml"),
    ],
)
def test_what_is_not_sent(path: str) -> None:
    assert ignored(path)


def test_every_base_is_the_argument_and_none_is_the_latest() -> None:
    names = {line.rsplit(" ", 1)[1] for line in LINES if line.startswith("FROM ")}
    for line in LINES:
        if line.startswith("FROM "):
            assert line.split()[1] in {"${BASE}", *names}
    default = next(line for line in LINES if line.startswith("ARG BASE="))
    tag = re.fullmatch(r"ARG BASE=docker\.io/library/python:(\d+)\.(\d+)-slim-bookworm", default)
    lowest, highest = re.findall(r"(\d+)\.(\d+)", PROJECT["project"]["requires-python"])
    assert tag and tuple(map(int, lowest)) <= tuple(map(int, tag.groups())) < tuple(map(int, highest))
    assert ":latest" not in TEXT


def test_everything_is_installed_from_a_lock_with_hashes() -> None:
    commands = [line for line in INSTALL.replace("\\\n", " ").splitlines() if re.search("pip install|uv build", line)]
    assert len(commands) == 4
    for command in commands:
        assert "--require-hashes" in command or command.rstrip().endswith("--no-deps dist/*.whl"), command
    assert "--compile-bytecode" in INSTALL
    assert not re.search(r"pip install|apt-get|curl|wget", TEXT)


@pytest.mark.parametrize("image", IMAGES)
def test_the_lock_has_every_package_with_a_hash(image: str) -> None:
    chosen = re.search(rf"^ *{image}\) echo (.+) ;;$", (DOCKER / "packages.sh").read_text(), re.MULTILINE)
    assert chosen
    locks = re.findall(r"\S+\.lock", chosen[1])
    text = "\n".join((ROOT / lock).read_text(encoding="utf-8") for lock in locks)
    hashed = {re.split(r"[=\[]", entry)[0] for entry in re.split(r"\n(?=\S)", text) if "--hash=sha256:" in entry}
    wanted = [*PROJECT["project"]["dependencies"]]
    for extra in re.findall(r"--extra (\S+)", chosen[1]):
        wanted += PROJECT["project"]["optional-dependencies"][extra]
    assert {re.split(r"[\[<>=]", line)[0].lower() for line in [*wanted, "hatchling"]} <= hashed
    assert set(locks) <= set(COPIED)


@pytest.mark.parametrize("name", ["airflow", "gpu"])
def test_the_locks_of_an_image_agree(name: str) -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    lock, more = pins("requirements/dev.lock"), pins(f"docker/{name}.lock")
    wanted = re.findall(r"^([a-z0-9-]+)(?:\[\S+\])?>=", (DOCKER / f"{name}.in").read_text(), re.MULTILINE)
    assert set(wanted) <= set(more)
    assert {name: lock[name] for name in more if name in lock} == {n: v for n, v in more.items() if n in lock}


def test_both_builds_of_onnx_runtime_have_one_version() -> None:
    """They are one module, and the files of one lie over those of the other."""
    cpu, gpu = (
        re.findall(rf"^onnxruntime{build}==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
        for build, lock in (("", "requirements/dev.lock"), ("-gpu", "docker/gpu.lock"))
    )
    assert cpu == gpu and len(gpu) == 1


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_runs_as_a_number_with_a_check_and_labels(image: str) -> None:
    user = PodSettings.model_fields["user"].default
    assert of(image, "USER") == [f"{user}:{user}"]
    (check,) = inherited(image, "HEALTHCHECK")
    assert json.loads(check.partition("CMD ")[2])[:2] == ["python", "/opt/health.py"]
    given = " ".join([*of(image, "LABEL"), *of("lite", "LABEL")])
    labels = set(re.findall(r"org\.opencontainers\.image\.(\w+)=", given))
    assert labels == {"title", "description", "licenses"}
    command = inherited(image, "CMD")
    assert len(command) == 1 and isinstance(json.loads(command[0]), list)
    last_root = max(n for n, line in enumerate(stage(image)) if line.startswith(("RUN ", "COPY ")))
    assert last_root < stage(image).index(f"USER {user}:{user}")


def test_pods_and_the_chart_find_their_commands() -> None:
    assert inherited("worker", "ENTRYPOINT") == inherited("worker-gpu", "ENTRYPOINT") == ['["facelib"]']
    assert "facelib" in PROJECT["project"]["scripts"]
    assert of("airflow", "ENTRYPOINT") == ['["/entrypoint"]']
    # It would be put in front of a container's arguments.
    assert of("dashboard", "ENTRYPOINT") == ["[]"]
    assert (DOCKER / "entrypoint.sh").stat().st_mode & 0o111


def test_no_weights_unless_they_are_asked_for() -> None:
    assert "ARG WEIGHTS=" in stage("weights")
    assert 'if [ -n "$1" ]; then FACELIB_PROFILE=$1 facelib models fetch; fi' in INSTALL
    for image in IMAGES:
        assert "--from=weights --chown=1000:1000 /models /models" in of(image, "COPY")


def test_variables_are_settings() -> None:
    given = dict(re.findall(r"(FACELIB_\w+)=(\S+)", " ".join(line for line in LINES if line.startswith("ENV "))))
    assert given and set(given) <= {setting.variable for setting in settings()}
    assert "PYTHONDONTWRITEBYTECODE=1" in TEXT


def test_no_address_and_no_secret_is_in_an_image() -> None:
    for file in ("Dockerfile", "install.sh", "packages.sh", "airflow.cfg"):
        text = (DOCKER / file).read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!127\.0\.0\.1)", text), file
        assert not re.search(r"(?i)(password|secret_key|fernet_key|token)\s*=", text), file
    assert not re.search(r"(?i)^(ARG|ENV) .*(password|secret|token|index_url)", TEXT, re.MULTILINE)
