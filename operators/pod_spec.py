"""The parts of a stage's pod: sizes, place, environment, mounts and confinement."""

import math
from pathlib import Path, PurePosixPath
from typing import Any

from kubernetes.client import models as k8s  # type: ignore[import-untyped]

from facelib import settings as library
from facelib.errors import SettingsError
from operators.command import SKIP_CODE
from operators.pod_environment import environment
from operators.pod_models import model
from operators.pod_settings import Mount, PodSettings, StagePod

SCRATCH = "/tmp"  # noqa: S108 - an emptyDir of the pod, not a shared folder


def resources(pod: PodSettings, stage: StagePod) -> k8s.V1ResourceRequirements:
    """Requests and limits. Memory is both, so that a pod is never killed for its neighbours' sake; CPU is no limit."""
    limits = {"memory": stage.memory, **({pod.gpu: "1"} if wants_gpu(pod, stage) else {})}
    return k8s.V1ResourceRequirements(requests={"cpu": stage.cpu, "memory": stage.memory}, limits=limits)


def wants_gpu(pod: PodSettings, stage: StagePod) -> bool:
    """Whether the pod asks for a GPU."""
    return bool(stage.gpu and pod.gpu)


def place(stage: str, pod: PodSettings, own: StagePod) -> dict[str, Any]:
    """On which nodes the pod may run. A pod with a GPU bears the taint that keeps others off GPU nodes.

    Raises:
        SettingsError: a toleration or the affinity is not as Kubernetes knows it.
    """
    of_stage = own.tolerations is not None
    chosen = own.tolerations if of_stage else pod.tolerations
    variable = f"FACELIB_POD_STAGES: {stage}: tolerations" if of_stage else "FACELIB_POD_TOLERATIONS"
    tolerations = model("list[V1Toleration]", chosen, variable)
    if wants_gpu(pod, own):
        tolerations.append(k8s.V1Toleration(key=pod.gpu, operator="Exists", effect="NoSchedule"))
    return {
        "node_selector": {**pod.node_selector, **(own.node_selector or {})},
        "tolerations": tolerations,
        "affinity": model("V1Affinity", pod.affinity, "FACELIB_POD_AFFINITY") if pod.affinity else None,
        "priority_class_name": pod.priority_class,
    }


def image(stage: str, pod: PodSettings, own: StagePod) -> str | None:
    """The image of a stage's pod; None where only the template names one.

    Raises:
        SettingsError: nothing names an image. There is none that would fit every cluster.
    """
    if own.image:
        return own.image
    if template(pod):
        boxes = (_template_document(pod).get("spec") or {}).get("containers") or [{}]
        if boxes[0].get("image"):
            return None
    raise SettingsError(
        f"FACELIB_POD_IMAGE: no image is named for the pods of {stage}, and FACELIB_BACKEND is kubernetes",
        hint="FACELIB_POD_IMAGE=registry.example.org/facelib-worker-gpu:TAG, or facelib-worker without GPUs; "
        "'python docker/build.py' builds both, '--print-tag' tells the tag of this version",
        reason="bad_settings",
    )


def template(pod: PodSettings) -> str | None:
    """The template file, looked at.

    Raises:
        SettingsError: it is no pod as Kubernetes knows it.
    """
    if pod.template_file is None:
        return None
    model("V1Pod", _template_document(pod), f"FACELIB_POD_TEMPLATE_FILE: {pod.template_file}")
    return str(pod.template_file)


def _template_document(pod: PodSettings) -> Any:
    if pod.template_file is None:
        return {}
    import yaml  # type: ignore[import-untyped]

    try:
        return yaml.safe_load(pod.template_file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SettingsError(
            f"FACELIB_POD_TEMPLATE_FILE: {pod.template_file} cannot be read: {error}", reason="bad_settings"
        ) from error


def told(pod: PodSettings, stage: StagePod) -> dict[str, Any]:
    """Environment of the container: settings by value, secrets by reference.

    Raises:
        SettingsError: the store is a folder that no mount holds.
    """
    values = {**environment(), "FACELIB_STORE": _store(pod)}
    values.setdefault("FACELIB_THREADS", str(_whole_cpus(stage.cpu or "1")))
    # The local copies of a bucket's files share the scratch folder with what the stage writes.
    values.setdefault("FACELIB_CACHE_GB", f"{pod.scratch_gb / 2:g}")
    # Libraries keep caches in the home folder, and the root file system cannot be written.
    scratch = {"HOME": SCRATCH, "TMPDIR": SCRATCH, "FACELIB_WORK_DIR": f"{SCRATCH}/work"}
    secret = [k8s.V1EnvFromSource(secret_ref=k8s.V1SecretEnvSource(name=pod.secret))] if pod.secret else None
    return {"env_vars": {**values, **scratch}, "env_from": secret}


def _store(pod: PodSettings) -> str:
    root = str(library.load().store)
    if "://" in root and not root.startswith("file://"):
        return root
    folder = Path(root.removeprefix("file://")).expanduser().absolute()
    if pod.template_file is None and not any(folder.is_relative_to(path) for path in pod.mounts):
        raise SettingsError(
            f"FACELIB_POD_MOUNTS: pods cannot reach the store, the folder {folder}: nothing is mounted there",
            hint=f'FACELIB_POD_MOUNTS=\'{{"{folder}": {{"claim": "NAME"}}}}\', or set FACELIB_STORE to a bucket',
            reason="bad_settings",
        )
    return str(folder)


def _whole_cpus(cpu: str) -> int:
    return max(1, math.ceil(float(cpu.removesuffix("m")) / (1000 if cpu.endswith("m") else 1)))


def mounts(pod: PodSettings) -> dict[str, Any]:
    """Volumes: an empty folder at /tmp, and what the settings mount."""
    volumes = [k8s.V1Volume(name="scratch", empty_dir=k8s.V1EmptyDirVolumeSource(size_limit=pod.scratch))]
    places = [k8s.V1VolumeMount(name="scratch", mount_path=SCRATCH)]
    for number, (path, mount) in enumerate(pod.mounts.items()):
        name = f"mount-{number}"
        volumes.append(_volume(name, mount))
        read_only = mount.read_only or bool(mount.secret or mount.config_map)
        places.append(k8s.V1VolumeMount(name=name, mount_path=str(PurePosixPath(path)), read_only=read_only))
    return {"volumes": volumes, "volume_mounts": places}


def _volume(name: str, mount: Mount) -> k8s.V1Volume:
    if mount.claim:
        source = k8s.V1PersistentVolumeClaimVolumeSource(claim_name=mount.claim, read_only=mount.read_only or None)
        return k8s.V1Volume(name=name, persistent_volume_claim=source)
    if mount.host_path:
        return k8s.V1Volume(name=name, host_path=k8s.V1HostPathVolumeSource(path=mount.host_path, type="Directory"))
    if mount.secret:
        # Readable by the group that the pod's files have, and by nobody else.
        return k8s.V1Volume(name=name, secret=k8s.V1SecretVolumeSource(secret_name=mount.secret, default_mode=0o440))
    return k8s.V1Volume(name=name, config_map=k8s.V1ConfigMapVolumeSource(name=mount.config_map))


def confinement(pod: PodSettings) -> dict[str, Any]:
    """No root, no token, no capabilities, nothing to write but /tmp."""
    return {
        "automount_service_account_token": False,
        "security_context": k8s.V1PodSecurityContext(
            run_as_non_root=True, run_as_user=pod.user, run_as_group=pod.user, fs_group=pod.user,
            # Without it, each start goes through every file of a large volume.
            fs_group_change_policy="OnRootMismatch",
            seccomp_profile=k8s.V1SeccompProfile(type="RuntimeDefault"),
        ),
        "container_security_context": k8s.V1SecurityContext(
            allow_privilege_escalation=False, read_only_root_filesystem=True, run_as_non_root=True,
            capabilities=k8s.V1Capabilities(drop=["ALL"]),
        ),
    }  # fmt: skip


def following(pod: PodSettings) -> dict[str, Any]:
    """How the pod is waited for, and what becomes of it."""
    return {
        "deferrable": True,
        "startup_timeout_seconds": pod.startup_seconds,
        "poll_interval": pod.poll_seconds,
        "logging_interval": pod.log_seconds,
        "do_xcom_push": False,
        "on_finish_action": pod.on_finish,
        "skip_on_exit_code": [SKIP_CODE],
        "log_events_on_failure": True,
        # The whole specification would hide what happened.
        "log_pod_spec_on_failure": False,
    }
