"""One stage on one shard: in a pod, in a process of its own or in the task's process, with the same result."""

from collections.abc import Iterable, Sequence
from typing import Any

from airflow.sdk import BaseOperator, Context

from operators.command import CommandOperator
from operators.pod_settings import GPU_STAGES
from operators.result import MAP_INDEX_TEMPLATE, ShardTask
from operators.settings import BackendSettings

__all__ = ["GPU_POOL", "GPU_STAGES", "LocalStageOperator", "in_pipeline", "stage_argv", "stage_operator"]

GPU_POOL = "gpu"


def in_pipeline(stages: Iterable[str]) -> list[str]:
    """Those of some stages that the settings in force have not switched off."""
    from facelib import settings
    from facelib.stages.pipeline import active

    on = {stage.name for stage in active(settings.load().pipeline.model_dump(mode="json"))}
    return [stage for stage in stages if stage in on]


def stage_argv(stage: str, shard: Any) -> list[Any]:
    """Arguments after ``facelib``; ``shard`` may be a value that Airflow fills in when the task starts."""
    return ["run", stage, "--shard", shard]


class LocalStageOperator(ShardTask, CommandOperator):
    """Runs a stage as a local process.

    Args:
        stage: name of the stage, as in ``facelib run``.
        shard: the shard, a path or URL in the store.
    """

    template_fields: Sequence[str] = ("argv", "shard")
    ui_color = "#fce8e6"

    def __init__(self, *, stage: str, shard: Any, **kwargs: Any) -> None:
        super().__init__(argv=stage_argv(stage, shard), **kwargs)
        self.stage = stage
        self.shard = shard

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the command; as :meth:`CommandOperator.execute`."""
        return self.take(super().execute(context))


def stage_operator(stage: str, shard: Any, **kwargs: Any) -> BaseOperator:
    """A task named like its stage, run where ``FACELIB_BACKEND`` says.

    ``local`` (default) is a process of its own, ``inprocess`` the task's process, ``kubernetes`` a pod. All return the
    same: counts of videos, seconds, rejects and quarantine by reason (:func:`operators.result.shown`), and show it in
    the grid in place of the map index.

    Args:
        stage: name of the stage.
        shard: the shard, or the argument of a mapped task group.
        kwargs: anything else of an Airflow task.

    Raises:
        SettingsError: a setting cannot be used; the message names its variable.
    """
    options = {"task_id": stage, "map_index_template": MAP_INDEX_TEMPLATE, **kwargs}
    if stage in GPU_STAGES:
        options.setdefault("pool", GPU_POOL)
    backend = BackendSettings().backend
    if backend == "kubernetes":
        # The Kubernetes client takes a second to import, which every parse of every DAG file would pay.
        from operators.pod import PodStageOperator

        return PodStageOperator(stage=stage, shard=shard, **options)
    if backend == "inprocess":
        from operators.inprocess import InProcessStageOperator

        return InProcessStageOperator(stage=stage, shard=shard, **options)
    return LocalStageOperator(stage=stage, shard=shard, **options)
