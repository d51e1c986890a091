"""One stage on one shard in a Kubernetes pod."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any, NoReturn

from airflow.providers.cncf.kubernetes.kubernetes_helper_functions import generic_api_retry
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.cncf.kubernetes.utils.pod_manager import PodNotFoundException
from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.triggers.base import BaseTrigger
from kubernetes.client import ApiException  # type: ignore[import-untyped]
from kubernetes.client import models as k8s

from facelib.store.plans import Manifest
from operators import pod_spec
from operators.command import USAGE_CODE
from operators.pod_end import end_of
from operators.pod_environment import of_run
from operators.pod_settings import PodSettings
from operators.pod_trigger import StagePodTrigger
from operators.result import ShardTask
from operators.settings import TaskSettings
from operators.stage import stage_argv

_GONE = 404


class PodStageOperator(ShardTask, KubernetesPodOperator):
    """Runs ``facelib run STAGE --shard SHARD --json`` in a pod of its own.

    Deferrable: while the pod runs, a trigger waits and no worker is held. A task that is tried again finds a pod that
    still runs, and does not start another. There is no XCom sidecar: the command writes its manifest to the store under
    the pod's name, and the task reads it there, even if the pod is gone by then. The container has no root, no token
    and no writable folder but ``/tmp``. Exit code 78 (a model's weights are absent) skips the task; 2 (wrong usage)
    fails it without a retry.

    Args:
        stage: name of the stage.
        shard: the shard, a path or URL in the store.
        pod: image, namespace, sizes and place; default: from the environment.

    Raises:
        SettingsError: a setting cannot be used; the message names its variable.
    """

    template_fields: Sequence[str] = (*KubernetesPodOperator.template_fields, "shard")
    ui_color = "#e6f4ea"

    def __init__(self, *, stage: str, shard: Any, pod: PodSettings | None = None, **kwargs: Any) -> None:
        pod = pod or PodSettings()
        own = pod.of(stage)
        options: dict[str, Any] = {
            "name": f"facelib-{stage}",
            "namespace": pod.namespace,
            "image": pod_spec.image(stage, pod, own),
            "cmds": ["facelib"],
            "arguments": [*stage_argv(stage, shard), "--json"],
            "labels": {"app.kubernetes.io/name": "facelib", "facelib/stage": stage},
            "config_file": pod.config_file,
            "cluster_context": pod.context,
            "service_account_name": pod.service_account,
            "image_pull_secrets": [k8s.V1LocalObjectReference(pod.pull_secret)] if pod.pull_secret else None,
            "pod_template_file": pod_spec.template(pod),
            "container_resources": pod_spec.resources(pod, own),
            "active_deadline_seconds": max(1, int((own.hours or TaskSettings().hours) * 3600)),
            "termination_grace_period": pod.grace_seconds,
            # The last lines of the log become the reason of a failure.
            "termination_message_policy": "FallbackToLogsOnError",
            **pod_spec.following(pod),
            **pod_spec.place(stage, pod, own),
            **pod_spec.told(pod, own),
            **pod_spec.mounts(pod),
            **pod_spec.confinement(pod),
        }
        if own.hours:
            # The task waits for a node before the pod's own time begins.
            options["execution_timeout"] = timedelta(hours=own.hours, seconds=3 * pod.startup_seconds)
        super().__init__(**{**options, **kwargs})
        self.stage = stage
        self.shard = shard
        self._told = ""

    def build_pod_request_obj(self, context: Context | None = None, *, dry_run: bool = False) -> k8s.V1Pod:
        """The pod, labelled with its shard, told its run, whose command leaves its manifest under the pod's name."""
        pod = super().build_pod_request_obj(context, dry_run=dry_run)
        shard = str(self.shard)
        pod.metadata.labels["facelib/shard"] = shard_label_value(shard)
        pod.metadata.annotations = {**(pod.metadata.annotations or {}), "facelib/shard": shard}
        base = next(one for one in pod.spec.containers if one.name == self.base_container_name)
        base.args = [*base.args, "--attempt", pod.metadata.name]
        if context:
            told = of_run(context["ti"])
            base.env = [*(base.env or []), *(k8s.V1EnvVar(name=name, value=value) for name, value in told.items())]
        return pod

    def execute(self, context: Context) -> Any:
        """Start the pod, or find the one that runs, and wait for it without a worker.

        Raises:
            TaskDeferred: the pod runs.
            AirflowSkipException: a model's weights are absent.
            AirflowException: the pod failed.
        """
        try:
            super().execute(context)
        except AirflowException:
            self._show(context)
            raise
        return self.result or self._shown(context)

    def defer(self, *, trigger: BaseTrigger, **kwargs: Any) -> NoReturn:
        """Wait for the pod with the trigger of stages.

        Raises:
            TaskDeferred: always.
        """
        super().defer(trigger=StagePodTrigger(**trigger.serialize()[1]), **kwargs)

    def trigger_reentry(self, context: Context, event: dict[str, Any]) -> Any:
        """Take the result of the pod, or wait on.

        Raises:
            TaskDeferred: the pod still runs.
            AirflowSkipException: a model's weights are absent.
            AirflowException: the pod failed, or is gone and left no result.
        """
        name = event["name"]
        self._told = str(event.get("message") or "")
        self._await_api(name, event["namespace"])
        try:
            super().trigger_reentry(context, event)
        except PodNotFoundException as error:
            manifest = self._show(context, name)
            if manifest is None:
                raise AirflowException(
                    f"the pod {name} of {self.stage} was deleted from outside before it was done; "
                    "a try again computes only what is missing"
                ) from error
            if manifest.not_computed:
                raise AirflowSkipException(f"{self.stage} {self.shard}: {manifest.not_computed}") from error
        except AirflowException:
            self._show(context, name)
            raise
        return self.result or self._shown(context, name)

    def cleanup(
        self,
        pod: k8s.V1Pod,
        remote_pod: k8s.V1Pod,
        xcom_result: dict[str, Any] | None = None,
        context: Context | None = None,
    ) -> None:
        """Delete the pod as the settings say, and tell how it ended if it did not succeed."""
        try:
            super().cleanup(pod, remote_pod, xcom_result, context)
        except AirflowSkipException as skip:
            why = end_of(remote_pod, self.base_container_name).message.strip()
            raise AirflowSkipException(f"{self.stage} {self.shard}: {why or skip}") from None
        except AirflowException as error:
            end = end_of(remote_pod, self.base_container_name, self._told)
            kind = AirflowFailException if end.exit_code == USAGE_CODE and end.by_itself else AirflowException
            raise kind(end.text(self.stage)) from error

    def find_pod(self, namespace: str, context: Context, *, exclude_checked: bool = True) -> k8s.V1Pod | None:
        """The pod of this task that is there already; not one that is being deleted, whose work nobody would get."""
        return self._staying(super().find_pod(namespace, context, exclude_checked=exclude_checked))

    def _get_pod_from_task_state_store(self, context: Context) -> k8s.V1Pod | None:
        return self._staying(super()._get_pod_from_task_state_store(context))

    def _staying(self, pod: k8s.V1Pod | None) -> k8s.V1Pod | None:
        if pod is None or pod.metadata.deletion_timestamp is None:
            return pod
        self.log.info("Pod %s is being deleted and is not used again", pod.metadata.name)
        self.patch_already_checked(pod, reraise=False)
        return None

    def _shown(self, context: Context, name: str = "") -> dict[str, Any]:
        """The result of a pod that succeeded."""
        if self._show(context, name) is None or self.result is None:
            raise AirflowException(
                f"{self.stage} {self.shard} succeeded, but its manifest is not in the store that this worker reads: "
                "FACELIB_STORE must be the same place here and in the pod"
            )
        return self.result

    def _show(self, context: Context, name: str = "") -> Manifest | None:
        """Show what a pod did, if it left a manifest: as the task's return value and its name in the grid.

        The return value is pushed here, since for this operator ``do_xcom_push`` means the sidecar.
        """
        from facelib import settings
        from facelib.store import plans

        name = name or (self.pod.metadata.name if self.pod else "")
        if not name:
            return None
        manifest = plans.manifest_of(settings.load().open_store(), str(self.shard), self.stage, name)
        if manifest is not None:
            context["ti"].xcom_push(key="return_value", value=self.take(asdict(manifest)))
            self.log.info("%s", self.shard_label)
        return manifest

    def _await_api(self, name: str, namespace: str) -> None:
        """Wait for an API server that is away for a moment: what follows asks it only once."""

        @generic_api_retry  # type: ignore[untyped-decorator]
        def ask() -> None:
            try:
                self.hook.get_pod(name, namespace)
            except ApiException as error:
                if error.status != _GONE:
                    raise

        ask()


def shard_label_value(shard: str) -> str:
    """A shard as a label's value: its name for people, a digest of its key against mistakes.

    Example:
        >>> shard_label_value("plans/daily-1/shard-00003.json")
        'shard-00003-802e890f64'
    """
    stem = re.sub(r"[^A-Za-z0-9-]+", "-", PurePosixPath(shard).stem)[:40].strip("-")
    digest = hashlib.sha256(shard.encode()).hexdigest()[:10]
    return f"{stem}-{digest}" if stem else digest
