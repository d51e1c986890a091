import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from kubernetes.client import ApiClient  # type: ignore[import-untyped]
from kubernetes.client import models as k8s

from operators.command import CommandOperator
from operators.pod import PodStageOperator
from operators.settings import PodSettings
from operators.stage import stage_operator

LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
POD_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
SHARD = "s3://bucket/plans/backfill-20260105T000000.000000Z/shard-00000.json"

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: one
clusters: [{name: one, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: one, context: {cluster: one, user: one}}]
users: [{name: one, user: {token: none}}]
"""


@pytest.fixture(autouse=True)
def kubernetes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "kubeconfig"
    config.write_text(KUBECONFIG)
    for name, value in {
        "FACELIB_BACKEND": "kubernetes",
        "FACELIB_POD_IMAGE": "registry.example/facelib:1",
        "FACELIB_POD_CONFIG_FILE": str(config),
        "FACELIB_POD_SECRET": "facelib-secret",
        "FACELIB_STORE": "s3://bucket",
        "FACELIB_WORK_DIR": "/somewhere/else",
        "FACELIB_TASK_HOURS": "2",
        "AIRFLOW_CONN_KUBERNETES_DEFAULT": "kubernetes://",
    }.items():
        monkeypatch.setenv(name, value)


def build(stage: str, shard: str = SHARD) -> k8s.V1Pod:
    task = stage_operator(stage, shard)
    assert isinstance(task, PodStageOperator)
    return task.build_pod_request_obj()


@pytest.mark.parametrize(("stage", "gpu"), [("probe", None), ("detect", "1"), ("embed", "1")])
def test_pod_of_a_stage(stage: str, gpu: str | None) -> None:
    pod = build(stage)
    box = pod.spec.containers[0]
    assert len(pod.spec.containers) == 1, "no sidecar"
    assert box.command == ["facelib"]
    assert box.args == ["run", stage, "--shard", SHARD, "--json"]
    assert box.image == "registry.example/facelib:1"
    assert box.resources.limits.get("nvidia.com/gpu") == gpu
    assert pod.spec.active_deadline_seconds == 2 * 3600
    assert pod.spec.restart_policy == "Never"


def test_pod_is_confined() -> None:
    pod = build("detect")
    box = pod.spec.containers[0]
    assert pod.spec.security_context.run_as_non_root and pod.spec.security_context.run_as_user > 0
    assert box.security_context.read_only_root_filesystem
    assert not box.security_context.allow_privilege_escalation
    assert box.security_context.capabilities.drop == ["ALL"]
    assert pod.spec.automount_service_account_token is False
    assert [(v.name, v.empty_dir is not None) for v in pod.spec.volumes] == [("scratch", True)]
    assert [(m.name, m.mount_path) for m in box.volume_mounts] == [("scratch", "/tmp")]


def test_environment_has_settings_and_secrets_but_nothing_of_airflow() -> None:
    box = build("detect").spec.containers[0]
    env = {item.name: item.value for item in box.env}
    assert env["FACELIB_STORE"] == "s3://bucket"
    assert env["HOME"] == env["TMPDIR"] == "/tmp"
    assert env["FACELIB_WORK_DIR"] == "/tmp/work", "the only folder that can be written"
    assert not [
        name for name in env if name.startswith(("FACELIB_POD_", "FACELIB_TASK_", "FACELIB_BACKEND", "AIRFLOW"))
    ]
    assert box.env_from[0].secret_ref.name == "facelib-secret"


def test_two_shards_of_a_stage_differ_in_name_and_label() -> None:
    one, two = build("detect"), build("detect", SHARD.replace("00000", "00001"))
    assert one.metadata.name != two.metadata.name
    assert one.metadata.labels["facelib/shard"] != two.metadata.labels["facelib/shard"]
    assert one.metadata.annotations["facelib/shard"] == SHARD


@pytest.mark.parametrize("shard", [SHARD, "x" * 300, "späte/Reihe mit Raum.json"])
def test_pod_is_valid_for_the_client_and_the_cluster(shard: str) -> None:
    client = ApiClient()
    plain = client.sanitize_for_serialization(build("detect", shard))
    again = client.deserialize(SimpleNamespace(data=json.dumps(plain)), "V1Pod")
    assert client.sanitize_for_serialization(again) == plain
    assert POD_NAME.fullmatch(plain["metadata"]["name"]) and len(plain["metadata"]["name"]) <= 63
    for key, value in plain["metadata"]["labels"].items():
        prefix, _, name = key.rpartition("/")
        assert len(prefix) <= 253 and LABEL.fullmatch(name) and name, key
        assert LABEL.fullmatch(value), (key, value)


def test_task_waits_without_a_worker_and_skips_without_weights() -> None:
    task = stage_operator("embed", SHARD)
    assert isinstance(task, PodStageOperator)
    assert task.deferrable
    assert task.skip_on_exit_code == [78]
    assert not task.do_xcom_push
    assert task.on_finish_action == "delete_pod"
    assert task.pool == "gpu"


def test_same_arguments_on_both_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    pod = stage_operator("track", SHARD)
    monkeypatch.setenv("FACELIB_BACKEND", "local")
    local = stage_operator("track", SHARD)
    assert isinstance(pod, PodStageOperator) and isinstance(local, CommandOperator)
    assert pod.arguments == [*local.argv, "--json"]


def test_without_gpu_resource_no_stage_asks_for_one() -> None:
    task = PodStageOperator(task_id="detect", stage="detect", shard=SHARD, gpu=True, pod=PodSettings(gpu=""))
    assert list(task.build_pod_request_obj(dry_run=True).spec.containers[0].resources.limits) == ["memory"]
