"""The manifests: their form, and what they allow."""

import ipaddress
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client  # type: ignore[import-untyped]

from facelib import variables
from facelib.settings import Settings
from operators.pod_models import problems
from operators.settings import PodSettings
from tests.docker.files import DOCKER, ROOT, documents, facelib_variables

SECRETS = ("facelib-airflow", "facelib-store", "facelib-sources", "facelib-cookies")
BASE = DOCKER / "kubernetes" / "base"
CLAIM = DOCKER / "kubernetes" / "on-a-claim"
OBJECTS = [
    (path, document)
    for folder in (BASE, CLAIM)
    for path in sorted(folder.glob("*.yaml"))
    if path.name not in ("kustomization.yaml", "airflow-values.yaml")
    for document in documents(path)
]
SECRET = re.compile(r"(?i)password$|secret|access_?key|fernet|jwt|token|connection$")
POLICIES = {d["metadata"]["name"]: d["spec"] for _, d in OBJECTS if d["kind"] == "NetworkPolicy"}

STAGE = {"app.kubernetes.io/name": "facelib", "facelib/stage": "detect", "facelib/shard": "shard-00001-0123456789"}
DASHBOARD = {"app.kubernetes.io/name": "facelib-dashboard", "app.kubernetes.io/part-of": "facelib"}


def _airflow(component: str, **labels: str) -> dict[str, str]:
    return {"tier": "airflow", "component": component, "release": "airflow", **labels}


def _task(dag: str, task: str) -> dict[str, str]:
    return _airflow("worker", kubernetes_executor="True", dag_id=dag, task_id=task)


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a label selector selects a pod, as Kubernetes decides it."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for rule in selector.get("matchExpressions", []):
        held = labels.get(rule["key"]) in rule["values"]
        if held != {"In": True, "NotIn": False}[rule["operator"]]:
            return False
    return True


def _reached(labels: dict[str, str], direction: str = "egress") -> set[str]:
    """Names of the policies that open a way out of, or into, a pod with these labels."""
    return {n for n, spec in POLICIES.items() if spec.get(direction) and _selects(spec["podSelector"], labels)}


@pytest.mark.parametrize(
    ("path", "document"), OBJECTS, ids=[f"{p.stem}-{d['kind']}-{n}" for n, (p, d) in enumerate(OBJECTS)]
)
def test_the_api_knows_every_field(path: Path, document: dict[str, Any]) -> None:
    group, _, version = document["apiVersion"].rpartition("/")
    kind = f"{version.capitalize()}{document['kind']}"
    assert hasattr(client.models, kind)
    assert group in ("", "apps", "networking.k8s.io", "rbac.authorization.k8s.io")
    assert problems(kind, document) == []
    client.ApiClient().sanitize_for_serialization(
        client.ApiClient().deserialize(type("Answer", (), {"data": json.dumps(document)}), kind)
    )


@pytest.mark.parametrize("folder", [BASE, CLAIM], ids=lambda folder: folder.name)
def test_kustomize_builds_it(folder: Path) -> None:
    kubectl = shutil.which("kubectl")
    if not kubectl:
        pytest.skip("kubectl is not here")
    done = subprocess.run([kubectl, "kustomize", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    built = done.stdout
    assert "set by cluster.yaml" not in built and "facelib-cluster" not in built
    assert "FACELIB_CHANNELS: '[]'" in built
    assert ("http://127.0.0.1:8502" in built) == ("facelib.media_server" in built) == (folder == CLAIM)
    assert ("FACELIB_STORE: s3://facelib" in built) == (folder == BASE)
    assert ("FACELIB_STORE: /store" in built) == (folder == CLAIM)
    assert built.count("claimName: facelib-store") == (folder == CLAIM)
    assert ("name: to-the-store" in built) == (folder == BASE)


def test_every_file_is_named_by_its_kustomization() -> None:
    for folder in (BASE, CLAIM):
        (named,) = documents(folder / "kustomization.yaml")
        own = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml", "airflow-values.yaml"}
        assert own == {name for name in named["resources"] if name.endswith(".yaml")}


def test_every_value_of_a_cluster_has_its_places() -> None:
    (kustomization,) = documents(BASE / "kustomization.yaml")
    (cluster,) = documents(BASE / "cluster.yaml")
    used = {entry["source"]["fieldPath"].removeprefix("data.") for entry in kustomization["replacements"]}
    assert used == set(cluster["data"])
    assert Settings(channels=json.loads(cluster["data"]["channels"])).channels == []
    for name, value in cluster["data"].items():
        if name.endswith("Addresses"):
            assert ipaddress.ip_network(value).subnet_of(ipaddress.ip_network("192.0.2.0/24"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "out"),
    [
        (STAGE, set()),
        (DASHBOARD, set()),
        (_airflow("api-server"), {"airflow-among-itself", "airflow-to-postgres"}),
        (_airflow("dag-processor"), {"airflow-among-itself", "airflow-to-postgres"}),
        (_airflow("run-airflow-migrations"), {"airflow-among-itself", "airflow-to-postgres"}),
        (_airflow("scheduler"), {"airflow-among-itself", "airflow-to-postgres", "airflow-to-the-api-server"}),
        (_airflow("triggerer"), {"airflow-among-itself", "airflow-to-postgres", "airflow-to-the-api-server"}),
        (_airflow("statsd"), {"airflow-among-itself"}),
        *(
            (_task(dag, task), {"airflow-among-itself", "airflow-to-the-api-server"})
            for dag, task in (
                ("clip_pipeline", "plan"),
                ("clip_pipeline", "shard.detect"),
                ("index_publish", "publish"),
                ("source_check", "publish"),
                ("dataset_export", "export"),
                ("takedown", "takedown"),
                ("channel_ingest", "announce_videos"),
            )
        ),
        *(
            (
                _task(dag, task),
                {"airflow-among-itself", "airflow-to-the-api-server", "crawl-and-download-to-the-internet"},
            )
            for dag, task in (("channel_ingest", "crawl"), ("channel_ingest", "download"), ("source_check", "check"))
        ),
        # A name alone does not open the way: the executor gives the labels, not the one who names a stage.
        ({**STAGE, "dag_id": "channel_ingest", "task_id": "crawl"}, set()),
    ],
)
def test_ways_out(labels: dict[str, str], out: set[str]) -> None:
    assert _reached(labels) == {"to-dns", "to-the-store", *out}


@pytest.mark.parametrize(
    ("labels", "into"),
    [
        (STAGE, set()),
        (DASHBOARD, {"people-to-the-dashboard"}),
        (_airflow("api-server"), {"airflow-among-itself", "people-to-airflow"}),
        (_airflow("statsd"), {"airflow-among-itself", "monitoring-to-statsd"}),
        (_task("channel_ingest", "download"), {"airflow-among-itself"}),
    ],
)
def test_ways_in(labels: dict[str, str], into: set[str]) -> None:
    assert _reached(labels, "ingress") == into


def test_all_that_is_not_allowed_is_denied() -> None:
    assert POLICIES["deny-all"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, spec in POLICIES.items():
        opened = {word.capitalize() for word in ("ingress", "egress") if spec.get(word)}
        assert name == "deny-all" or set(spec["policyTypes"]) == opened, name
        for rule in [*spec.get("ingress", []), *spec.get("egress", [])]:
            assert rule.get("ports"), f"{name} opens every port"
            assert rule.get("to") or rule.get("from"), f"{name} opens it to everybody"


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "127.0.0.1", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "fd00::1", "fe80::1", "::1", "ff02::1", "::ffff:10.0.0.1"),
    ],
)
def test_the_internet_holds_no_private_address(address: str) -> None:
    ip = ipaddress.ip_address(address)
    for block in (peer["ipBlock"] for peer in POLICIES["crawl-and-download-to-the-internet"]["egress"][0]["to"]):
        inside = ip in ipaddress.ip_network(block["cidr"])
        assert not inside or any(ip in ipaddress.ip_network(held) for held in block.get("except", []))


def test_tasks_that_reach_the_internet_exist_in_the_dags() -> None:
    rules = {
        r["key"]: r["values"] for r in POLICIES["crawl-and-download-to-the-internet"]["podSelector"]["matchExpressions"]
    }
    sources = {dag: (ROOT / "dags" / f"{dag}.py").read_text(encoding="utf-8") for dag in rules["dag_id"]}
    for task in rules["task_id"]:
        assert any(f'task_id="{task}"' in text for text in sources.values()), task


def test_only_one_account_may_do_something_and_only_with_pods_of_its_namespace() -> None:
    kinds = [document["kind"] for _, document in OBJECTS]
    assert not {"ClusterRole", "ClusterRoleBinding"} & set(kinds)
    (role,) = (document for _, document in OBJECTS if document["kind"] == "Role")
    allowed = {(resource, verb) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]}
    assert all(rule["apiGroups"] == [""] for rule in role["rules"])
    assert allowed == {
        *(("pods", verb) for verb in ("create", "delete", "get", "list", "patch", "watch")),
        ("pods/log", "get"),
        *(("events", verb) for verb in ("list", "watch")),
    }
    (binding,) = (document for _, document in OBJECTS if document["kind"] == "RoleBinding")
    assert binding["roleRef"]["kind"] == "Role" and binding["roleRef"]["name"] == role["metadata"]["name"]
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "facelib-airflow", "namespace": "facelib"}]


def test_only_the_account_with_rights_has_a_token() -> None:
    accounts = {
        d["metadata"]["name"]: d["automountServiceAccountToken"] for _, d in OBJECTS if d["kind"] == "ServiceAccount"
    }
    assert {name for name, token in accounts.items() if token} == {"facelib-airflow"}
    (settings,) = documents(BASE / "settings.yaml")
    assert settings["data"]["FACELIB_POD_SERVICE_ACCOUNT"] in accounts


def test_the_dashboard_is_confined_and_checked() -> None:
    (deployment,) = (document for _, document in OBJECTS if document["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 1000
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False and not pod.get("hostNetwork")
    security = container["securityContext"]
    assert security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
    assert security["capabilities"] == {"drop": ["ALL"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/_stcore/health", "port": "http"}
    assert {"memory", "ephemeral-storage"} <= set(container["resources"]["limits"])
    service = next(document for _, document in OBJECTS if document["kind"] == "Service")
    assert service["spec"]["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    assert "type" not in service["spec"]


def test_datasets_are_written_where_they_stay() -> None:
    (settings,) = documents(BASE / "settings.yaml")
    claims = {document["metadata"]["name"] for _, document in OBJECTS if document["kind"] == "PersistentVolumeClaim"}
    (deployment,) = (document for _, document in OBJECTS if document["kind"] == "Deployment")
    dashboard = deployment["spec"]["template"]["spec"]
    (chart,) = documents(DOCKER / "helm" / "airflow-values.yaml")
    for volumes, mounts in (
        (dashboard["volumes"], dashboard["containers"][0]["volumeMounts"]),
        (chart["volumes"], chart["volumeMounts"]),
    ):
        (mount,) = (mount for mount in mounts if mount["mountPath"] == settings["data"]["FACELIB_EXPORTS_DIR"])
        (volume,) = (volume for volume in volumes if volume["name"] == mount["name"])
        assert volume["persistentVolumeClaim"]["claimName"] in claims


def test_the_namespace_refuses_pods_that_are_not_confined() -> None:
    (namespace,) = documents(BASE / "namespace.yaml")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert namespace["metadata"]["name"] == PodSettings.model_fields["namespace"].default


def test_every_variable_of_facelib_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    named: set[str] = set()
    for path in DOCKER.rglob("*.yaml"):
        for document in documents(path):
            named |= facelib_variables(document)
    assert "FACELIB_POD_IMAGE" in named
    variables.check(Settings, named)
    (settings,) = documents(BASE / "settings.yaml")
    (cluster,) = documents(BASE / "cluster.yaml")
    for name, value in {**settings["data"], "FACELIB_POD_IMAGE": cluster["data"]["workerImage"]}.items():
        if name.startswith("FACELIB_POD_"):
            monkeypatch.setenv(name, value)
    # Its class refuses what it does not know.
    assert PodSettings().secret == "facelib-store"


def _secrets(value: Any, path: str = "") -> dict[str, str]:
    """Texts at keys that tell a secret."""
    if isinstance(value, dict):
        found: dict[str, str] = {}
        for key, inner in value.items():
            found |= _secrets(inner, f"{path}.{key}")
        if isinstance(value.get("name"), str):
            found |= _secrets(value.get("value"), f"{path}.{value['name']}")
        return found
    if isinstance(value, list):
        return {name: text for n, inner in enumerate(value) for name, text in _secrets(inner, f"{path}[{n}]").items()}
    return {path: value} if isinstance(value, str) and SECRET.search(path.rpartition(".")[2]) else {}


@pytest.mark.parametrize("path", sorted(DOCKER.rglob("*.yaml")), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_secrets_are_named_and_not_given(path: Path) -> None:
    for document in documents(path):
        assert document.get("kind") != "Secret"
        for name, value in _secrets(document).items():
            assert value.startswith("${") or value in SECRETS, name
