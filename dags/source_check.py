"""Ask once a day whether uploads are still at their source under the same licence.

Each run looks at the uploads that were looked at longest ago, as many as `curate.source_check.limit` says, at the pace
that the settings grant each host. What is done about an upload that is gone, private, changed or under another licence
is set in `curate.source_check`: report it, hide its clips, or take it down. The default reports.

**Start by hand**: trigger it at any time; it goes on where the last run stopped.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable

from operators.command import CommandOperator
from operators.settings import TaskSettings

with DAG(
    "source_check",
    description="Uploads that are gone from their source, or changed their licence",
    doc_md=__doc__,
    # A first run at the next time, none at once.
    schedule=CronTriggerTimetable("0 3 * * *", timezone="UTC", run_immediately=timedelta(0)),
    catchup=False,
    max_active_runs=1,
    tags=["facelib", "takedown"],
    default_args=TaskSettings().defaults(),
):
    check = CommandOperator(task_id="check", argv=["source-check"], pool="crawl")
    publish = CommandOperator(task_id="publish", argv=["publish"])
    check >> publish
