"""The end of a run on Kubernetes: no pod of its stages works on for a task that nobody waits for."""

from http import HTTPStatus
from typing import Any

from airflow.providers.cncf.kubernetes.hooks.kubernetes import KubernetesHook
from airflow.providers.cncf.kubernetes.kubernetes_helper_functions import generic_api_retry
from airflow.providers.cncf.kubernetes.pod_generator import make_safe_label_value
from airflow.sdk import BaseOperator, Context
from kubernetes.client import ApiException  # type: ignore[import-untyped]
from kubernetes.client import models as k8s

from operators.pod_settings import PodSettings

_ENDED = ("Succeeded", "Failed")


class LeftPodsOperator(BaseOperator):
    """Deletes the stage pods of its own run that still work.

    It belongs behind all stages of a run. Each has ended by then, so a pod that works is that of a task that was marked
    as failed or succeeded while nobody watched the pod: before its trigger had started, or while the triggerer or the
    API server was away. Pods that have ended stay, if ``FACELIB_POD_ON_FINISH`` keeps them.
    """

    ui_color = "#e6f4ea"

    def execute(self, context: Context) -> list[str]:
        """Delete them.

        Returns:
            Their names.

        Raises:
            ApiException: the cluster does not answer, or refuses.
        """
        settings = PodSettings()
        hook = KubernetesHook(
            conn_id=KubernetesHook.default_conn_name, config_file=settings.config_file, cluster_context=settings.context
        )
        pods = _working(hook, settings.namespace, context["ti"])
        for pod in pods:
            _delete(hook, pod, settings.grace_seconds)
            self.log.info("The pod %s worked for a task that has ended, and is deleted", pod.metadata.name)
        return [pod.metadata.name for pod in pods]


@generic_api_retry  # type: ignore[untyped-decorator]
def _working(hook: KubernetesHook, namespace: str, ti: Any) -> list[k8s.V1Pod]:
    """Stage pods of a run that neither have ended nor are being deleted."""
    run = {"dag_id": make_safe_label_value(ti.dag_id), "run_id": make_safe_label_value(ti.run_id)}
    # The Kubernetes executor labels the pods of tasks like the run too.
    selector = ",".join([*(f"{name}={value}" for name, value in run.items()), "facelib/stage", "!airflow-worker"])
    found = hook.core_v1_client.list_namespaced_pod(namespace=namespace, label_selector=selector).items
    return [pod for pod in found if pod.status.phase not in _ENDED and pod.metadata.deletion_timestamp is None]


@generic_api_retry  # type: ignore[untyped-decorator]
def _delete(hook: KubernetesHook, pod: k8s.V1Pod, grace_seconds: int) -> None:
    options = k8s.V1DeleteOptions(grace_period_seconds=grace_seconds)
    try:
        hook.core_v1_client.delete_namespaced_pod(pod.metadata.name, pod.metadata.namespace, body=options)
    except ApiException as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
