"""Bring catalog and index up to date with what was committed.

Runs when `clip_pipeline` announces new clips of any day. All days fold into one key, and one run at a time publishes
everything committed so far: a run that finds nothing new changes nothing. Readers go on undisturbed. Each publish also
works out anew what concerns the whole collection (duplicates, persons, verdicts); `curate` does that under another rule
set.

**Start by hand**: trigger it at any time; a partition key is not needed. With `rebuild`, catalogue and index are made
anew from the store, which takes as long as the collection is large.
"""

from airflow.sdk import DAG, FixedKeyMapper, Param, PartitionedAssetTimetable

from operators.assets import CLIPS
from operators.command import CommandOperator
from operators.dag_options import dag_options

with DAG(
    "index_publish",
    description="Catalog and index from the commit log",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=CLIPS, default_partition_mapper=FixedKeyMapper("all")),
    max_active_runs=1,
    params={
        "rebuild": Param(
            False, type="boolean", title="Rebuild", description="make catalogue and index anew from the store alone"
        )
    },
    **dag_options("publish", in_a_row=2),
):
    CommandOperator(task_id="publish", argv=["{{ 'rebuild' if params.rebuild else 'publish' }}"])
