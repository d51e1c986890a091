"""The end of a run on Kubernetes: no pod of a stage works on for a task that has ended."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from airflow.providers.cncf.kubernetes.hooks.kubernetes import KubernetesHook
from airflow.providers.cncf.kubernetes.kubernetes_helper_functions import generic_api_retry
from airflow.providers.cncf.kubernetes.utils.pod_manager import PodManager
from airflow.sdk import BaseOperator, Context
from kubernetes.client import models as k8s  # type: ignore[import-untyped]

from operators.pod_environment import RUN_VARIABLES
from operators.pod_settings import PodSettings

_PHASES_ENDED = ("Succeeded", "Failed")
_STATES_ENDED = ("success", "failed", "skipped", "upstream_failed", "removed")
# The Kubernetes executor gives the pods of tasks labels of their own.
_STAGE_PODS = "facelib/stage,!airflow-worker"


class LeftPodsOperator(BaseOperator):
    """Deletes stage pods that work for a task that has ended.

    Such a task was marked as failed or succeeded while nobody watched its pod: before its trigger had started, or while
    the triggerer or the API server was away. Airflow runs nothing more of a run that is marked as a whole, so the pods
    of every run are looked at, not only those of its own. A pod of a task that has not ended, or that this Airflow does
    not know, stays; so do pods that have ended, if ``FACELIB_POD_ON_FINISH`` keeps them.
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
        working = _working(hook, settings.namespace)
        # Asked after the pods: a task that is cleared meanwhile waits for its pod again.
        ended = _ended({task for _, task in working}, context["ti"])
        left = [pod for pod, task in working if task in ended]
        manager = PodManager(kube_client=hook.core_v1_client)
        for pod in left:
            manager.delete_pod(pod)
            self.log.info("The pod %s worked for a task that has ended, and is deleted", pod.metadata.name)
        return [pod.metadata.name for pod in left]


class _Task(NamedTuple):
    """A task instance; ``key`` is its id, with its map index as Airflow names states by."""

    dag_id: str
    run_id: str
    task_id: str
    key: str


@generic_api_retry  # type: ignore[untyped-decorator]
def _working(hook: KubernetesHook, namespace: str) -> list[tuple[k8s.V1Pod, _Task]]:
    """Stage pods that neither have ended nor are being deleted, each with its task."""
    pods = hook.core_v1_client.list_namespaced_pod(namespace=namespace, label_selector=_STAGE_PODS).items
    found = [
        (pod, _task_of(pod))
        for pod in pods
        if pod.status.phase not in _PHASES_ENDED and pod.metadata.deletion_timestamp is None
    ]
    return [(pod, task) for pod, task in found if task is not None]


def _task_of(pod: k8s.V1Pod) -> _Task | None:
    """The task that a pod was started for, by what the pod is told: labels have short forms of long names."""
    told = {one.name: one.value for container in pod.spec.containers for one in container.env or []}
    dag_id, task_id, run_id = (told.get(name) for name in RUN_VARIABLES)
    if not (dag_id and task_id and run_id):
        return None
    index = pod.metadata.labels.get("map_index")
    return _Task(dag_id, run_id, task_id, task_id if index is None else f"{task_id}_{index}")


def _ended(tasks: Iterable[_Task], ti: Any) -> set[_Task]:
    """Those of some tasks that Airflow neither runs nor will try again."""
    by_dag: defaultdict[str, list[_Task]] = defaultdict(list)
    for task in tasks:
        by_dag[task.dag_id].append(task)
    found: set[_Task] = set()
    for dag_id, some in by_dag.items():
        runs, names = sorted({task.run_id for task in some}), sorted({task.task_id for task in some})
        states = ti.get_task_states(dag_id=dag_id, run_ids=runs, task_ids=names)
        found |= {task for task in some if states.get(task.run_id, {}).get(task.key) in _STATES_ENDED}
    return found
