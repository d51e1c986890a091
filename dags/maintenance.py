"""Keep the store small and quick: once a week, let go, pack and clear away what nobody will ask for.

- **Raw downloads** go `maintenance.raw_days` days after every stage of their video is done; 0, the default, keeps them.
- **Commit records** older than `maintenance.pack_days` are packed, many in one file; nothing of them is lost.
- **What processes that died have left** goes: leases that ended, start markers, temporary files, scratch, catalogues
  and index folders that no recent publication and no snapshot names.

**Start by hand**: trigger it at any time. With `dry_run` it changes nothing, and its log and result say what would go.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, Param

from operators.command import CommandOperator
from operators.dag_options import dag_options

with DAG(
    "maintenance",
    description="Let go, pack and clear away what nobody will ask for",
    doc_md=__doc__,
    # A first run at the next time, none at once.
    schedule=CronTriggerTimetable("0 4 * * 0", timezone="UTC", run_immediately=timedelta(0)),
    max_active_runs=1,
    params={"dry_run": Param(False, type="boolean", title="Dry run", description="change nothing; say what would go")},
    **dag_options("maintenance", in_a_row=2),
):
    CommandOperator(task_id="maintenance", argv=["maintenance", "{{ '--dry-run' if params.dry_run else '' }}"])
