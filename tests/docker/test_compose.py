"""compose.yaml: its form, what it opens, whom it confines, and the file of secrets that it needs."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml  # type: ignore[import-untyped]

from facelib import variables
from facelib.settings import Settings
from tests.docker.files import DOCKER, facelib_variables, script

TEXT = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if service["image"].startswith("facelib-"))
ONCE = {"airflow-init", "weights"}

_WORDS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_CONDITION = {"enum": ["service_started", "service_healthy", "service_completed_successfully"]}
_SPAN = {"type": "string", "pattern": r"^\d+(s|m)$"}
# The part of the Compose specification that the file uses; what is not in it is refused.
SERVICE: dict[str, Any] = {
    "type": "object",
    "required": ["image", "healthcheck", "restart"],
    "additionalProperties": False,
    "properties": {
        "image": {"type": "string", "pattern": r"^\S+:\S+"},
        "pull_policy": {"enum": ["never", "missing", "always"]},
        "command": _WORDS,
        "env_file": {"const": [{"path": "settings.env", "required": False}]},
        "environment": {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
        "volumes": {**_WORDS, "items": {"type": "string", "pattern": r"^[a-z0-9-]+:/[a-z/]+(:ro)?$"}},
        "ports": _WORDS,
        "networks": {**_WORDS, "items": {"enum": list(COMPOSE["networks"])}},
        "depends_on": {
            "type": "object",
            "propertyNames": {"enum": list(SERVICES)},
            "additionalProperties": {
                "type": "object", "required": ["condition"], "additionalProperties": False,
                "properties": {"condition": _CONDITION},
            },
        },
        "healthcheck": {
            "type": "object", "additionalProperties": False,
            "properties": {
                "test": _WORDS, "interval": _SPAN, "timeout": _SPAN, "start_period": _SPAN,
                "retries": {"type": "integer", "minimum": 1}, "disable": {"const": True},
            },
        },
        "user": {"type": "string", "pattern": r"^\d+:\d+$"},
        "read_only": {"type": "boolean"},
        "init": {"type": "boolean"},
        "tmpfs": _WORDS,
        "cap_drop": {"const": ["ALL"]},
        "security_opt": {"const": ["no-new-privileges:true"]},
        "shm_size": {"type": "string", "pattern": r"^\d+m$"},
        "restart": {"enum": ["unless-stopped", "no"]},
        "stop_grace_period": _SPAN,
        "logging": {
            "type": "object", "required": ["driver", "options"],
            "properties": {"options": {"type": "object", "additionalProperties": {"type": "string"}}},
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("name", SERVICES)
def test_service_has_the_form_of_compose(name: str) -> None:
    jsonschema.validate(SERVICES[name], SERVICE)
    for volume in SERVICES[name].get("volumes", []):
        assert volume.split(":")[0] in COMPOSE["volumes"]


def test_file_has_the_form_of_compose() -> None:
    own = {key for key in COMPOSE if not key.startswith("x-")}
    assert own == {"name", "services", "networks", "volumes"}
    assert all(value in ({}, {"internal": True}) for value in COMPOSE["networks"].values())


@pytest.mark.parametrize("engine", [("docker", "compose"), ("docker-compose",), ("podman-compose",)])
def test_an_engine_reads_it(engine: tuple[str, ...], tmp_path: Path) -> None:
    if not shutil.which(engine[0]) or subprocess.run([*engine, "version"], capture_output=True).returncode:
        pytest.skip(f"{' '.join(engine)} is not here")
    env = tmp_path / ".env"
    script("compose_env").write(env, "0.1.0-x")
    arguments = ["--env-file", str(env), "--file", str(DOCKER / "compose.yaml"), "config"]
    done = subprocess.run([*engine, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_open_on_this_machine_alone(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


def test_what_is_open() -> None:
    opened = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert opened == {
        "airflow-api-server": ["127.0.0.1:8080:8080"],
        "dashboard": ["127.0.0.1:8501:8501"],
        "s3": ["127.0.0.1:8333:8333"],
    }


@pytest.mark.parametrize("name", OURS)
def test_our_services_are_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["env_file"]
    assert service["user"] == "1000:1000" and service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["image"].endswith(":${IMAGE_TAG:?run make compose-env}")
    assert f"FROM lite AS {service['image'].partition(':')[0].removeprefix('facelib-')}" in (
        DOCKER / "Dockerfile"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SERVICES)
def test_no_image_moves_and_nothing_is_privileged(name: str) -> None:
    service = SERVICES[name]
    assert ":latest" not in service["image"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    if name not in OURS:
        assert re.fullmatch(r"docker\.io/\S+:\d+\.\d+\S*", service["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_what_goes_on_is_checked_and_what_ends_is_waited_for(name: str) -> None:
    service = SERVICES[name]
    assert (service["healthcheck"] == {"disable": True}) == (name in ONCE)
    assert (service["restart"] == "no") == (name in ONCE)
    for other, wait in service.get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other in ONCE else "service_healthy"
        assert wait["condition"] == wanted, other


def test_only_what_fetches_or_is_looked_at_is_on_the_outer_network() -> None:
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}
    assert outside == {"airflow-scheduler", "airflow-api-server", "dashboard", "s3", "weights"}
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_every_variable_of_facelib_is_one() -> None:
    named = facelib_variables(COMPOSE)
    assert {"FACELIB_STORE", "FACELIB_S3_PUBLIC_ENDPOINT"} <= named
    variables.check(Settings, named)
    for service in SERVICES.values():
        variables.check(Settings, facelib_variables(service))


@pytest.mark.parametrize("name", OURS)
def test_what_is_written_is_on_a_volume_whose_folder_user_1000_owns(name: str) -> None:
    volumes = {volume.split(":")[1] for volume in SERVICES[name]["volumes"] if not volume.endswith(":ro")}
    environment = SERVICES[name]["environment"]
    for variable in {"FACELIB_WORK_DIR", "FACELIB_EXPORTS_DIR"} & environment.keys():
        assert any(Path(environment[variable]).is_relative_to(volume) for volume in volumes), variable
    # A new volume has the owner of the folder in the image that it is mounted over.
    owned = re.findall(r"chown 1000:1000 (.+)", (DOCKER / "Dockerfile").read_text(encoding="utf-8"))
    assert volumes <= {folder for line in owned for folder in line.split()}


def test_no_secret_is_in_the_file_and_each_is_made(tmp_path: Path) -> None:
    compose_env = script("compose_env")
    needed = set(re.findall(r"\$\{(\w+):\?run make compose-env\}", TEXT))
    assert needed == {*compose_env.MADE, "IMAGE_TAG"}
    for name, value in COMPOSE["services"]["airflow-init"]["environment"].items():
        if re.search("PASSWORD|SECRET|KEY|CONN", name):
            assert "${" in value, name


def test_secrets_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    compose_env = script("compose_env")
    path = tmp_path / ".env"
    first = compose_env.write(path, "0.1.0-aaaaaaa")
    assert path.stat().st_mode & 0o777 == 0o600
    assert compose_env.read(path) == first
    assert len({first[name] for name in compose_env.MADE}) == len(compose_env.MADE)
    assert all(len(first[name]) >= 20 for name in compose_env.MADE)
    path.write_text(path.read_text() + "PARALLELISM=8\nPOSTGRES_PASSWORD=\n")
    second = compose_env.write(path, "0.1.0-bbbbbbb")
    assert second.pop("IMAGE_TAG") == "0.1.0-bbbbbbb" and second.pop("PARALLELISM") == "8"
    changed = {name for name, value in second.items() if value != first[name]}
    assert changed == {"POSTGRES_PASSWORD"}
    assert re.fullmatch(r"[0-9a-f]{48}", second["POSTGRES_PASSWORD"])


def test_asking_for_help_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compose_env = script("compose_env")
    monkeypatch.setattr(compose_env, "ENV_FILE", tmp_path / ".env")
    for argument in ("--help", "--force"):
        with pytest.raises(SystemExit):
            compose_env.main([argument])
    assert not list(tmp_path.iterdir())


def test_the_file_of_secrets_is_kept_out_of_git() -> None:
    assert {".env", "settings.env"} <= set((DOCKER / ".gitignore").read_text(encoding="utf-8").split())
