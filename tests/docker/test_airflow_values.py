"""What Airflow is told: in its image, in compose.yaml and in the values of the official chart."""

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from airflow import providers
from airflow.configuration import conf

from tests.docker.files import DOCKER, ROOT, documents, script

BASE = DOCKER / "kubernetes" / "base"
(VALUES,) = documents(DOCKER / "helm" / "airflow-values.yaml")
(ON_A_CLAIM,) = documents(DOCKER / "kubernetes" / "on-a-claim" / "airflow-values.yaml")
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
CFG = configparser.ConfigParser(interpolation=None)
CFG.read(DOCKER / "airflow.cfg")

_ACCOUNT = {"serviceAccount": {"create", "name"}}
_SIZE = {"resources": None}
_PART: dict[str, Any] = {**_ACCOUNT, **_SIZE, "logGroomerSidecar": {"enabled"}}
# Keys of the official chart, 1.22, as far as they are used here; None stands for a value of Kubernetes or of the user.
CHART: dict[str, Any] = {
    "airflowVersion": None,
    "executor": None,
    "uid": None,
    "gid": None,
    "data": {"metadataSecretName"},
    "fernetKeySecretName": None,
    "apiSecretKeySecretName": None,
    "jwtSecretName": None,
    "rbac": {"create"},
    "allowPodLaunching": None,
    "networkPolicies": {"enabled"},
    "securityContexts": {"pod": None, "containers": None},
    "extraEnvFrom": None,
    "env": None,
    "volumes": None,
    "volumeMounts": None,
    "config": None,
    "apiServer": {**_ACCOUNT, **_SIZE, "args": None, "env": None, "extraVolumes": None, "extraVolumeMounts": None},
    "scheduler": _PART,
    "dagProcessor": {**_PART, "enabled": None},
    "triggerer": {**_PART, "persistence": {"enabled"}},
    "workers": {**_ACCOUNT, **_SIZE},
    "migrateDatabaseJob": {**_ACCOUNT, **_SIZE, "args": None, "useHelmHooks": None, "applyCustomEnv": None},
    "createUserJob": {"enabled"},
    "logs": {"persistence": {"enabled", "size"}},
    "statsd": {**_ACCOUNT, **_SIZE, "enabled": None, "securityContexts": {"pod": None, "container": None}},
    "postgresql": {"enabled"},
    "redis": {"enabled"},
    "pgbouncer": {"enabled"},
}


def _unknown(values: dict[str, Any], known: Any, path: str = "") -> list[str]:
    if known is None:
        return []
    found = [f"{path}{key}" for key in values if key not in known]
    if isinstance(known, dict):
        for key, inner in values.items():
            if isinstance(inner, dict):
                found += _unknown(inner, known.get(key), f"{path}{key}.")
    return found


@pytest.mark.parametrize("values", [VALUES, ON_A_CLAIM])
def test_keys_are_those_of_the_chart(values: dict[str, Any]) -> None:
    assert _unknown(values, CHART) == []


def _options() -> set[tuple[str, str]]:
    """Every option that Airflow and the Kubernetes provider know, by section."""
    known = {
        (section, key) for section, found in (conf.configuration_description or {}).items() for key in found["options"]
    }
    for folder in providers.__path__:
        file = Path(folder) / "cncf" / "kubernetes" / "get_provider_info.py"
        if file.exists():
            text = file.read_text(encoding="utf-8")
            known |= {("kubernetes_executor", key) for key in re.findall(r'"([a-z_]+)": \{\s*"description"', text)}
    return known


def _told() -> list[tuple[str, str, str]]:
    found = [("airflow.cfg", section, key) for section in CFG.sections() for key in CFG[section]]
    found += [("values", section, key) for section, options in VALUES["config"].items() for key in options]
    for name, service in COMPOSE["services"].items():
        for variable in service.get("environment", {}):
            if matched := re.fullmatch(r"AIRFLOW__([A-Z_]+?)__([A-Z_]+)", variable):
                found.append((name, matched[1].lower(), matched[2].lower()))
    return found


def test_airflow_knows_every_option() -> None:
    known = _options()
    assert [told for told in _told() if told[1:] not in known] == []


def test_version_and_user_are_those_of_the_image() -> None:
    locked = re.search(r"^apache-airflow==(\S+)", (ROOT / "requirements/dev.lock").read_text(), re.MULTILINE)
    assert locked and VALUES["airflowVersion"] == locked[1]
    assert VALUES["uid"] == VALUES["gid"] == VALUES["securityContexts"]["pod"]["runAsUser"] == 1000


def test_accounts_and_settings_exist() -> None:
    accounts = {d["metadata"]["name"] for d in documents(BASE / "accounts.yaml") if d["kind"] == "ServiceAccount"}
    parts = {
        name: part["serviceAccount"]
        for name, part in VALUES.items()
        if isinstance(part, dict) and "serviceAccount" in part
    }
    assert all(account["name"] in accounts and not account["create"] for account in parts.values())
    # Those that the network lets to the API server, and no other.
    with_rights = {name for name, account in parts.items() if account["name"] == "facelib-airflow"}
    assert with_rights == {"scheduler", "triggerer", "workers"}
    assert VALUES["rbac"]["create"] is False
    sources = {next(iter(entry.values()))["name"] for entry in yaml.safe_load(VALUES["extraEnvFrom"])}
    assert sources == {"facelib-settings", "facelib-store", "facelib-sources"}


def test_pods_of_the_chart_are_confined() -> None:
    contexts = VALUES["securityContexts"]
    assert contexts["pod"]["runAsNonRoot"] and contexts["pod"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert contexts["containers"]["readOnlyRootFilesystem"] and contexts["containers"]["capabilities"] == {
        "drop": ["ALL"]
    }
    assert VALUES["statsd"]["securityContexts"]["container"] == contexts["containers"]
    for name, part in VALUES.items():
        if isinstance(part, dict) and "resources" in part:
            assert (
                part["resources"]["requests"].keys() >= {"cpu", "memory"} and part["resources"]["limits"]["memory"]
            ), name


def test_a_claim_keeps_the_scratch_folder() -> None:
    for key in ("volumes", "volumeMounts"):
        assert all(entry in ON_A_CLAIM[key] for entry in VALUES[key])


def test_the_password_is_where_the_api_server_looks_for_it(tmp_path: Path) -> None:
    file = CFG["core"]["simple_auth_manager_passwords_file"]
    assert file == VALUES["config"]["core"]["simple_auth_manager_passwords_file"]
    mounted = {mount["mountPath"] for mount in VALUES["apiServer"]["extraVolumeMounts"]}
    assert str(Path(file).parent) in mounted
    assert any(
        volume.endswith(f":{Path(file).parent}") for volume in COMPOSE["services"]["airflow-api-server"]["volumes"]
    )
    path = tmp_path / "auth" / "passwords.json"
    init = script("airflow_init")
    init.write_password(path, "first")
    init.write_password(path, "second")
    assert yaml.safe_load(path.read_text()) == {init.ADMIN: "second"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert CFG["core"]["simple_auth_manager_users"].split(":")[0] == init.ADMIN
