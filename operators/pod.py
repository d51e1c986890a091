"""One stage on one shard in a Kubernetes pod."""

import hashlib
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import Context
from kubernetes.client import models as k8s  # type: ignore[import-untyped]

from operators.command import SKIP_CODE
from operators.settings import PodSettings, TaskSettings
from operators.stage import stage_argv

_SCRATCH = "/tmp"  # noqa: S108 - an emptyDir of the pod, not a shared folder
_LOG_SECONDS = 60


class PodStageOperator(KubernetesPodOperator):
    """Runs ``facelib run STAGE --shard SHARD --json`` in a pod of its own.

    Deferrable: while the pod runs, a trigger waits and no worker is held. There is no XCom sidecar: the command writes
    its manifest to the store. The container has no root, no token and no writable folder but ``/tmp``. Exit code 78 (a
    model's weights are absent) skips the task.

    Args:
        stage: name of the stage.
        shard: the shard, a path or URL in the store.
        gpu: whether the pod asks for one GPU.
        pod: image, namespace and sizes; default: from the environment.
    """

    ui_color = "#e6f4ea"

    def __init__(
        self, *, stage: str, shard: Any, gpu: bool = False, pod: PodSettings | None = None, **kwargs: Any
    ) -> None:
        pod = pod or PodSettings()
        super().__init__(
            **{
                "name": f"facelib-{stage}",
                "namespace": pod.namespace,
                "image": pod.image,
                "cmds": ["facelib"],
                "arguments": [*stage_argv(stage, shard), "--json"],
                "labels": {"app.kubernetes.io/name": "facelib", "facelib/stage": stage},
                "config_file": pod.config_file,
                "service_account_name": pod.service_account,
                "image_pull_secrets": [k8s.V1LocalObjectReference(pod.pull_secret)] if pod.pull_secret else None,
                "automount_service_account_token": False,
                "container_resources": _resources(pod, gpu),
                "startup_timeout_seconds": pod.startup_seconds,
                "active_deadline_seconds": int(TaskSettings().hours * 3600),
                "termination_grace_period": 30,
                "deferrable": True,
                "logging_interval": _LOG_SECONDS,
                "do_xcom_push": False,
                "on_finish_action": "delete_pod",
                "skip_on_exit_code": [SKIP_CODE],
                **_environment(pod),
                **_confinement(pod),
                **kwargs,
            }
        )
        self.stage = stage

    def build_pod_request_obj(self, context: Context | None = None, *, dry_run: bool = False) -> k8s.V1Pod:
        """The pod, labelled with a digest of its shard: a URL is no valid label value."""
        pod = super().build_pod_request_obj(context, dry_run=dry_run)
        shard = str(self.arguments[self.arguments.index("--shard") + 1])
        pod.metadata.labels["facelib/shard"] = hashlib.sha256(shard.encode()).hexdigest()[:16]
        pod.metadata.annotations = {**(pod.metadata.annotations or {}), "facelib/shard": shard}
        return pod


def _resources(pod: PodSettings, gpu: bool) -> k8s.V1ResourceRequirements:
    limits = {"memory": pod.memory, **({pod.gpu: "1"} if gpu and pod.gpu else {})}
    return k8s.V1ResourceRequirements(requests={"cpu": pod.cpu, "memory": pod.memory}, limits=limits)


def _environment(pod: PodSettings) -> dict[str, Any]:
    secret = [k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name=pod.secret))] if pod.secret else None
    # Libraries keep caches in the home folder, and the root file system cannot be written.
    scratch = {"HOME": _SCRATCH, "TMPDIR": _SCRATCH, "FACELIB_WORK_DIR": f"{_SCRATCH}/work"}
    return {"env_vars": {**pod.environment(), **scratch}, "env_from": secret}


def _confinement(pod: PodSettings) -> dict[str, Any]:
    return {
        "volumes": [k8s.V1Volume(name="scratch", empty_dir=k8s.V1EmptyDirVolumeSource(size_limit=pod.scratch))],
        "volume_mounts": [k8s.V1VolumeMount(name="scratch", mount_path=_SCRATCH)],
        "security_context": k8s.V1PodSecurityContext(
            run_as_non_root=True, run_as_user=pod.user, run_as_group=pod.user, fs_group=pod.user,
            seccomp_profile=k8s.V1SeccompProfile(type="RuntimeDefault"),
        ),
        "container_security_context": k8s.V1SecurityContext(
            allow_privilege_escalation=False, read_only_root_filesystem=True, run_as_non_root=True,
            capabilities=k8s.V1Capabilities(drop=["ALL"]),
        ),
    }  # fmt: skip
