"""One stage on one shard, on this machine or in a pod: the same command line either way."""

from collections.abc import Iterable
from typing import Any

from airflow.sdk import BaseOperator

from operators.command import CommandOperator
from operators.settings import BackendSettings

#: Stages that run a model on frames or sound, and so take a slot of the pool ``gpu``.
GPU_STAGES = frozenset({"detect", "landmarks", "syncnet", "speaker", "iqa", "image", "hubert", "voice", "embed"})
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


class LocalStageOperator(CommandOperator):
    """Runs a stage as a local process.

    Args:
        stage: name of the stage, as in ``facelib run``.
        shard: the shard, a path or URL in the store.
    """

    ui_color = "#fce8e6"

    def __init__(self, *, stage: str, shard: Any, **kwargs: Any) -> None:
        super().__init__(argv=stage_argv(stage, shard), **kwargs)
        self.stage = stage


def stage_operator(stage: str, shard: Any, **kwargs: Any) -> BaseOperator:
    """A task named like its stage, run where ``FACELIB_BACKEND`` says: ``local`` (default) or ``kubernetes``.

    Args:
        stage: name of the stage.
        shard: the shard, or the argument of a mapped task group.
        kwargs: anything else of an Airflow task.
    """
    options = {"task_id": stage, **({"pool": GPU_POOL} if stage in GPU_STAGES else {}), **kwargs}
    if BackendSettings().backend == "kubernetes":
        # The Kubernetes client takes a second to import, which every parse of every DAG file would pay.
        from operators.pod import PodStageOperator

        return PodStageOperator(stage=stage, shard=shard, gpu=stage in GPU_STAGES, **options)
    return LocalStageOperator(stage=stage, shard=shard, **options)
