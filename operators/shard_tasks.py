"""The tasks that measure the clips of one shard, for the DAGs that map them."""

from collections.abc import Collection
from typing import Any

from airflow.sdk import BaseOperator, TriggerRule

from operators.command import RESULT_KEY
from operators.settings import BackendSettings
from operators.stage import stage_operator

#: Stages that read the clips that ``track`` cut, and do not need each other.
ON_CLIPS = ("hashes", "landmarks", "speech", "speaker", "iqa", "image", "hubert", "embed")
#: Stages that read the clips and the result of one of those.
AFTER = {"syncnet": "landmarks", "voice": "speech"}
#: Shards of one run: below Airflow's ``max_map_length`` of 1024.
MAX_SHARDS = 1000


#: All stages that measure clips.
FEATURES = (*ON_CLIPS, *AFTER)


def measure_tasks(shard: Any, before: Any, after: BaseOperator, stages: Collection[str] = FEATURES) -> None:
    """Make the tasks of the stages that measure clips, behind one task and before another.

    Each is a direct successor of ``before``, so that a branch before the mapped group can skip it.

    Args:
        shard: the shard, or the argument of a mapped task group.
        before: what cuts the clips, or chooses stages.
        after: what commits them.
        stages: only these.
    """
    on_clips = {stage: stage_operator(stage, shard) for stage in ON_CLIPS if stage in stages}
    for task in on_clips.values():
        before >> task >> after
    for stage, first in AFTER.items():
        if stage in stages:
            # One before it that was skipped may not be needed with these settings; if it is, nothing is computed.
            late = stage_operator(stage, shard, trigger_rule=TriggerRule.NONE_FAILED)
            [before, on_clips[first]] >> late if first in on_clips else before >> late
            late >> after


def stop_left_pods(before: Any, after: Any) -> None:
    """Where stages run in pods, make the task that ends those which still work for a task that has ended.

    It is no teardown: with one, Airflow does not end a run at once that is marked as failed, but skips its verdict and
    then counts it as succeeded. What such a run leaves is found by the next one.

    Args:
        before: the mapped task group of the shards.
        after: the task that tells how the run ended.
    """
    if BackendSettings().backend == "kubernetes":
        # The Kubernetes client takes a second to import, which every parse of every DAG file would pay.
        from operators.left_pods import LeftPodsOperator

        before >> LeftPodsOperator(task_id="left_pods", trigger_rule=TriggerRule.ALL_DONE) >> after


def planned(ti: Any) -> dict[str, Any]:
    """The whole result of the task ``plan`` of a run."""
    return dict(ti.xcom_pull(task_ids="plan", key=RESULT_KEY))
