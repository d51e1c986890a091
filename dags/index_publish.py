"""Bring catalog and index up to date with what was committed.

Runs when `clip_pipeline` announces new clips of any day. All days fold into one key, and one run at a time publishes
everything committed so far: a run that finds nothing new changes nothing. Readers go on undisturbed.

**Start by hand**: trigger it at any time; a partition key is not needed.
"""

from airflow.sdk import DAG, FixedKeyMapper, PartitionedAssetTimetable

from operators.assets import CLIPS
from operators.command import CommandOperator
from operators.settings import TaskSettings

with DAG(
    "index_publish",
    description="Catalog and index from the commit log",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=CLIPS, default_partition_mapper=FixedKeyMapper("all")),
    catchup=False,
    max_active_runs=1,
    tags=["facelib", "publish"],
    default_args=TaskSettings().defaults(),
):
    CommandOperator(task_id="publish", argv=["publish"])
