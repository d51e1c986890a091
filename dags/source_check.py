"""Ask once a day whether uploads are still at their source under the same licence.

Each run looks at the uploads that were looked at longest ago, as many as `curate.source_check.limit` says, at the pace
that the settings grant each host. What is done about an upload that is gone, private, changed or under another licence
is set in `curate.source_check`: report it, hide its clips, or take it down. The default reports.

**Start by hand**: trigger it at any time; it goes on where the last run stopped.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param

from operators.command import CommandOperator
from operators.dag_options import dag_options

with DAG(
    "source_check",
    description="Uploads that are gone from their source, or changed their licence",
    doc_md=__doc__,
    # A first run at the next time, none at once.
    schedule=CronTriggerTimetable("0 3 * * *", timezone="UTC", run_immediately=timedelta(0)),
    max_active_runs=1,
    params={
        "limit": Param(
            None,
            type=["null", "integer"],
            minimum=0,
            title="At most",
            description="uploads to look at; 0: all; empty: as curate.source_check.limit says",
        ),
        "older_than": Param(
            None,
            type=["null", "number"],
            minimum=0,
            title="Not looked at for",
            description="days; empty: as curate.source_check says",
        ),
    },
    **dag_options("takedown", in_a_row=2),
):
    check = CommandOperator(
        task_id="check",
        argv=[
            "source-check",
            "{{ '' if params.limit is none else '--limit=' ~ params.limit }}",
            "{{ '' if params.older_than is none else '--older-than=' ~ params.older_than }}",
        ],
        pool="crawl",
    )
    publish = CommandOperator(task_id="publish", argv=["publish"])
    check >> publish
