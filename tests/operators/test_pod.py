import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes.client import ApiClient  # type: ignore[import-untyped]
from kubernetes.client import models as k8s

from facelib import settings
from facelib.errors import SettingsError
from facelib.stages.pipeline import STAGES
from operators.command import CommandOperator
from operators.pod import PodStageOperator
from operators.pod_settings import DEFAULTS
from operators.settings import PodSettings
from operators.stage import stage_operator
from tests.support.pod_checks import refusals

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
def kubernetes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
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
    settings.load.cache_clear()
    yield
    settings.load.cache_clear()


#: Every setting of pods, with a value that says something.
EVERYTHING: dict[str, Any] = {
    "SERVICE_ACCOUNT": "facelib-stage", "PULL_SECRET": "registry", "MEMORY": "6Gi", "CPU": "1500m",
    "PRIORITY_CLASS": "batch", "NODE_SELECTOR": {"pool": "faces"},
    "STAGES": {"detect": {"memory": "16Gi", "gpu": True, "hours": 3, "node_selector": {"pool": "gpu"}}},
    "TOLERATIONS": [{"key": "spot", "operator": "Exists"}],
    "AFFINITY": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "preference": {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}}]}},
    "MOUNTS": {"/data/models": {"claim": "models", "read_only": True}, "/secrets/cookies": {"secret": "cookies"},
               "/etc/more": {"config_map": "more"}},
}  # fmt: skip
TEMPLATE = """
apiVersion: v1
kind: Pod
metadata: {labels: {team: faces}}
spec:
  runtimeClassName: nvidia
  volumes: [{name: certificates, configMap: {name: certificates}}]
  containers:
    - name: base
      env: [{name: FROM_TEMPLATE, value: "1"}]
      volumeMounts: [{name: certificates, mountPath: /etc/ssl/own}]
"""


def as_json(pod: k8s.V1Pod) -> Any:
    return ApiClient().sanitize_for_serialization(pod)


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
    assert box.args == ["run", stage, "--shard", SHARD, "--json", "--attempt", pod.metadata.name]
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


@pytest.mark.parametrize(
    "image",
    [
        *(
            "facelib-worker",
            "localhost:5000/facelib-worker",
            "registry.example.org/team/facelib-worker-gpu:0.1.0-1a2b3c4",
        ),
        f"Registry.example.org:443/a_b/c__d@sha256:{'0a' * 32}",
    ],
)
def test_names_of_images(image: str) -> None:
    assert PodSettings(image=image).image == image


@pytest.mark.parametrize(
    ("scratch", "chosen", "held"), [("20Gi", "", "10.7374"), ("500M", "", "0.25"), ("1.5Ti", "3", "3")]
)
def test_local_copies_leave_room_in_the_scratch_folder(
    scratch: str, chosen: str, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELIB_POD_SCRATCH", scratch)
    if chosen:
        monkeypatch.setenv("FACELIB_CACHE_GB", chosen)
    env = {item.name: item.value for item in build("detect").spec.containers[0].env}
    assert env["FACELIB_CACHE_GB"] == held


def test_two_shards_of_a_stage_differ_in_name_and_label() -> None:
    one, two = build("detect"), build("detect", SHARD.replace("00000", "00001"))
    assert one.metadata.name != two.metadata.name
    assert one.metadata.labels["facelib/shard"] != two.metadata.labels["facelib/shard"]
    assert one.metadata.annotations["facelib/shard"] == SHARD


@pytest.mark.parametrize("shard", [SHARD, "x" * 300, "späte/Reihe mit Raum.json", "/", "---"])
def test_labels_of_any_shard_are_valid(shard: str) -> None:
    assert refusals(as_json(build("detect", shard))) == []


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("more", ["", "everything"])
def test_pod_of_every_stage_is_valid_for_the_api(
    stage: str, more: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in (EVERYTHING if more else {}).items():
        monkeypatch.setenv(f"FACELIB_POD_{name}", value if isinstance(value, str) else json.dumps(value))
    if more:
        template = tmp_path / "template.yaml"
        template.write_text(TEMPLATE)
        monkeypatch.setenv("FACELIB_POD_TEMPLATE_FILE", str(template))
    plain = as_json(build(stage))
    assert refusals(plain) == []
    again = ApiClient().deserialize(SimpleNamespace(data=json.dumps(plain)), "V1Pod")
    assert as_json(again) == plain
    if more:
        box, spec = plain["spec"]["containers"][0], plain["spec"]
        assert spec["runtimeClassName"] == "nvidia", "what the template alone says stays"
        assert spec["nodeSelector"]["pool"] == ("gpu" if stage == "detect" else "faces")
        assert {"name": "FROM_TEMPLATE", "value": "1"} in box["env"]
        assert box["resources"]["requests"]["memory"] == ("16Gi" if stage == "detect" else "6Gi")
        assert [v["name"] for v in spec["volumes"]] == ["certificates", "scratch", "mount-0", "mount-1", "mount-2"]
        assert box["securityContext"]["readOnlyRootFilesystem"] is True
        assert "spot" in [toleration["key"] for toleration in spec["tolerations"]]


def test_every_stage_has_defaults() -> None:
    assert set(DEFAULTS) == set(STAGES)
    everyone = {stage: PodSettings().of(stage) for stage in STAGES}
    assert all(pod.cpu and pod.memory and pod.gpu is not None and pod.image for pod in everyone.values())


@pytest.mark.parametrize(
    ("of_stage", "in_template", "image"),
    [("", "", None), ("registry/own:1", "", "registry/own:1"), ("", "registry/team:1", "registry/team:1")],
    ids=["nowhere", "of the stage", "in the template"],
)
def test_an_image_is_named_or_the_dag_does_not_import(
    of_stage: str, in_template: str, image: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("FACELIB_POD_IMAGE")
    if of_stage:
        monkeypatch.setenv("FACELIB_POD_STAGES", json.dumps({"detect": {"image": of_stage}}))
    if in_template:
        template = tmp_path / "template.yaml"
        template.write_text(TEMPLATE.replace("- name: base", f"- name: base\n      image: {in_template}"))
        monkeypatch.setenv("FACELIB_POD_TEMPLATE_FILE", str(template))
    if image is None:
        with pytest.raises(SettingsError, match=r"FACELIB_POD_IMAGE: no image .* detect.*facelib-worker-gpu:TAG.*tag"):
            stage_operator("detect", SHARD)
        return
    assert build("detect").spec.containers[0].image == image


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("STAGES", "{", "FACELIB_POD_STAGES: '{' is not JSON"),
        ("STAGES", '{"detekt": {}}', "FACELIB_POD_STAGES: there is no stage detekt; there are probe, detect"),
        ("STAGES", '{"detect": {"memory": "16"}}', "FACELIB_POD_STAGES.*memory.*'16' is no amount of memory"),
        ("STAGES", '{"detect": {"gpus": 2}}', "FACELIB_POD_STAGES.*gpus.*Extra inputs"),
        ("STAGES", '{"detect": {"hours": 0}}', "FACELIB_POD_STAGES.*hours.*greater than 0"),
        ("STAGES", '{"detect": {"hours": 1e6}}', "FACELIB_POD_STAGES.*hours.*less than or equal to 100000"),
        ("STAGES", '{"detect": {"hours": "inf"}}', "FACELIB_POD_STAGES.*hours.*finite number"),
        ("STAGES", '{"detect": {"gpu": -1}}', "FACELIB_POD_STAGES.*gpu.*valid boolean"),
        ("STAGES", '{"detect": {"cpu": "0"}}', "FACELIB_POD_STAGES.*cpu.*'0' is no number of CPUs"),
        ("POLL_SECONDS", "nan", "FACELIB_POD_POLL_SECONDS: Input should be a finite number"),
        ("SCRATCH", "0Gi", "FACELIB_POD_SCRATCH: '0Gi' is no amount of memory"),
        *(("CPU", value, f"FACELIB_POD_CPU: '{value}' is no number of CPUs") for value in ("two", "0", "0m", "-1")),
        *(
            ("MEMORY", value, f"FACELIB_POD_MEMORY: '{value}' is no amount of memory")
            for value in ("lots", "8 GB", "0", "0Gi", "-8Gi")
        ),
        *(("GPU", value, f"FACELIB_POD_GPU: '{value}' is no resource name") for value in ("-1", "0", "true", "gpu")),
        ("SCRATCH", "lots", "FACELIB_POD_SCRATCH: 'lots' is no amount of memory"),
        ("IMAGE", "set by cluster.yaml", "FACELIB_POD_IMAGE: 'set by cluster.yaml' is no name of an image"),
        ("STAGES", '{"detect": {"image": "Registry/Own:1"}}', "FACELIB_POD_STAGES.*image.*'Registry/Own:1' is no name"),
        ("NAMESPACE", "Faces", "FACELIB_POD_NAMESPACE: 'Faces' is no name in Kubernetes"),
        ("SECRET", "facelib_store", "FACELIB_POD_SECRET: 'facelib_store' is no name in Kubernetes"),
        ("USER", "root", "FACELIB_POD_USER"),
        ("USER", "0", "FACELIB_POD_USER: Input should be greater than 0"),
        ("ON_FINISH", "leave", "FACELIB_POD_ON_FINISH: Input should be 'delete_pod'"),
        ("MOUNTS", '{"data": {"claim": "a"}}', "FACELIB_POD_MOUNTS: nothing can be mounted at 'data'"),
        ("MOUNTS", '{"/data": {"claim": "a", "secret": "b"}}', "FACELIB_POD_MOUNTS.*give one of claim"),
        ("MOUNTS", '{"/data": {"claim": "A_B"}}', "FACELIB_POD_MOUNTS.*'A_B' is no name of a claim"),
        ("TOLERATIONS", '[{"key": "gpu", "operater": "Exists"}]', "FACELIB_POD_TOLERATIONS: .*operater: there is no"),
        (
            *("STAGES", '{"detect": {"tolerations": [{"kee": "gpu"}]}}'),
            r"^FACELIB_POD_STAGES: detect: tolerations: \[0\]\.kee: there is no",
        ),
        ("AFFINITY", '{"nodeAffinity": []}', r"FACELIB_POD_AFFINITY: nodeAffinity: \[\] is no object"),
        ("TEMPLATE_FILE", "/nowhere/pod.yaml", "FACELIB_POD_TEMPLATE_FILE: there is no file /nowhere/pod.yaml"),
        ("MEMROY", "8Gi", "there is no variable FACELIB_POD_MEMROY; did you mean FACELIB_POD_MEMORY"),
    ],
)
def test_a_bad_setting_is_named_when_the_dag_is_read(
    name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"FACELIB_POD_{name}", value)
    with pytest.raises(SettingsError, match=f"(?s){message}"):
        stage_operator("detect", SHARD)


def test_what_may_be_absent_may_be_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    optional = [name for name, field in PodSettings.model_fields.items() if field.default is None]
    for name in optional:
        monkeypatch.setenv(f"FACELIB_POD_{name.upper()}", "")
    assert {"cpu", "memory", "template_file"} <= set(optional)
    assert {name: getattr(PodSettings(), name) for name in optional} == dict.fromkeys(optional)


@pytest.mark.parametrize("name", ["nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "nvidia.com/mig-1g.5gb", ""])
def test_names_of_gpus(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACELIB_POD_GPU", name)
    limits = build("detect").spec.containers[0].resources.limits
    assert set(limits) == {"memory", name} - {""}


def test_a_template_with_a_field_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE.replace("runtimeClassName", "runtimeClass"))
    monkeypatch.setenv("FACELIB_POD_TEMPLATE_FILE", str(template))
    with pytest.raises(SettingsError, match=r"spec\.runtimeClass: there is no such field in V1PodSpec"):
        stage_operator("detect", SHARD)


@pytest.mark.parametrize(
    ("store", "mounts", "fits"),
    [
        ("/data/store", {}, False),
        ("/data/store", {"/data/store": {"claim": "store"}}, True),
        ("/data/store", {"/data": {"host_path": "/mnt/faces"}}, True),
        ("/data/store", {"/data/sto": {"claim": "store"}}, False),
        ("file:///data/store", {"/data": {"claim": "store"}}, True),
        ("s3://bucket", {}, True),
    ],
)
def test_a_store_that_is_a_folder_must_be_mounted(
    store: str, mounts: dict[str, Any], fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACELIB_STORE", store)
    monkeypatch.setenv("FACELIB_POD_MOUNTS", json.dumps(mounts))
    settings.load.cache_clear()
    if not fits:
        with pytest.raises(SettingsError, match=r"FACELIB_POD_MOUNTS: pods cannot reach the store.*/data/store"):
            build("track")
        return
    pod = build("track")
    assert {item.name: item.value for item in pod.spec.containers[0].env}["FACELIB_STORE"] == store.removeprefix(
        "file://"
    )
    assert [m.mount_path for m in pod.spec.containers[0].volume_mounts] == ["/tmp", *mounts]


def test_settings_of_the_file_reach_the_pod(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "facelib.toml"
    file.write_text('store = "s3://from-file"\nmodels_dir = "/models"\n[download]\nproxy = "http://a:b@c"\n')
    monkeypatch.setenv("FACELIB_CONFIG", str(file))
    monkeypatch.delenv("FACELIB_STORE")
    settings.load.cache_clear()
    env = {item.name: item.value for item in build("detect").spec.containers[0].env}
    assert (env["FACELIB_STORE"], env["FACELIB_MODELS_DIR"]) == ("s3://from-file", "/models")
    assert env["FACELIB_THREADS"] == "4", "as many as CPUs are asked for"
    assert not [name for name in env if "PROXY" in name or "CONFIG" in name]


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
    task = PodStageOperator(task_id="detect", stage="detect", shard=SHARD, pod=PodSettings(gpu=""))
    assert list(task.build_pod_request_obj(dry_run=True).spec.containers[0].resources.limits) == ["memory"]
