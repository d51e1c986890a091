"""The script that builds the images: which engine, which arguments, which secrets."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.docker.files import script

build: Any = script("build")


def _program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


WORKS = "exit 0"
NO_DAEMON = "echo 'Cannot connect to the Docker daemon. Is it running?' >&2; exit 1"
# As some versions of the client do.
NO_DAEMON_ALTHOUGH_0 = "echo 'ERROR: Cannot connect to the Docker daemon' >&2; exit 0"


@pytest.mark.parametrize(
    ("programs", "found"),
    [
        ({"docker": WORKS, "podman": WORKS, "buildah": WORKS}, "docker"),
        ({"docker": NO_DAEMON, "buildah": WORKS}, "buildah"),
        ({"docker": NO_DAEMON_ALTHOUGH_0, "podman": WORKS}, "podman"),
        ({"buildah": WORKS}, "buildah"),
    ],
)
def test_the_first_engine_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: dict[str, str], found: str
) -> None:
    for name, text in programs.items():
        _program(tmp_path, name, text)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build.find_engine() == found


def test_without_one_each_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _program(tmp_path, "docker", NO_DAEMON)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert build.main(["worker"]) == 1
    told = capsys.readouterr().err
    assert "docker: Cannot connect to the Docker daemon. Is it running?" in told
    assert "podman: not installed" in told and "buildah: not installed" in told
    assert "apt-get install buildah" in told


@pytest.mark.parametrize("engine", ["docker", "podman", "buildah"])
def test_arguments(tmp_path: Path, engine: str) -> None:
    options = build.parse(
        ["worker", "--base", "python@sha256:1", "--weights", "lite", "--registry", "r.example.org/x/"]
    )
    command = build.command(engine, "worker", "0.1.0-1a2b3c4-dirty", options, {"ca": tmp_path})
    assert command[:2] == [engine, "build"] and command[-1] == "."
    text = " ".join(command)
    assert "--target worker --tag r.example.org/x/facelib-worker:0.1.0-1a2b3c4-dirty" in text
    label = "--label org.opencontainers.image"
    assert f"{label}.version=0.1.0 {label}.revision=1a2b3c4-dirty" in text
    assert "--build-arg BASE=python@sha256:1 --build-arg WEIGHTS=lite" in text
    assert f"--secret id=ca,src={tmp_path}" in text
    # An OCI image has no health check.
    assert ("--format docker" in text) == (engine != "docker")


def test_it_tells_the_whole_name_of_what_it_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _program(tmp_path, "podman", WORKS)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(build, "tag", lambda: "0.1.0-1a2b3c4")
    assert build.main(["worker", "--registry", "registry.example.org/team"]) == 0
    assert capsys.readouterr().out.startswith(
        "registry.example.org/team/facelib-worker:0.1.0-1a2b3c4 built with podman"
    )


def test_the_default_base_is_that_of_the_file() -> None:
    command = build.command("docker", "worker", "0.1.0-x", build.parse(["worker"]), {})
    assert not any(argument.startswith(("BASE=", "WEIGHTS=")) for argument in command)


def test_the_index_is_a_secret_that_does_not_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:it's@index.example.org/simple")
    monkeypatch.setenv("PIP_CERT", str(tmp_path / "ca.pem"))
    with build.index_secrets() as secrets:
        assert secrets["ca"] == tmp_path / "ca.pem"
        file = secrets["index"]
        assert file.stat().st_mode & 0o077 == 0
        shown = subprocess.run(
            ["sh", "-c", f'. {file}; printf %s "$PIP_INDEX_URL $UV_DEFAULT_INDEX"'], capture_output=True, text=True
        )
        assert shown.stdout.split() == [os.environ["PIP_INDEX_URL"]] * 2
        command = build.command("docker", "worker", "0.1.0-x", build.parse([]), secrets)
        assert not any("index.example.org" in argument for argument in command)
    assert not file.exists()


def test_an_unknown_image_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build.parse(["wroker"])
    assert "there is no image wroker; there are worker, worker-gpu, airflow, dashboard" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "dirty"),
    [("", False), ("docker/kubernetes/base/cluster.yaml", False), ("docker/helm/own.yaml", False), ("a.py", True)],
)
def test_values_of_a_cluster_leave_the_tag_alone(tmp_path: Path, changed: str, dirty: bool) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for name in ("docker/kubernetes/base/cluster.yaml", "a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    for step in (["init"], ["add", "."], ["commit", "--message=a"]):
        subprocess.run([*git, *step], check=True, capture_output=True)
    if changed:
        (tmp_path / changed).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / changed).write_text("2")
    assert build.revision(tmp_path).endswith("-dirty") == dirty


def test_the_tag_is_a_tag() -> None:
    version, _, commit = build.tag().partition("-")
    assert version == build.version()
    assert commit and build.tag().replace("-", "").replace(".", "").isalnum()
