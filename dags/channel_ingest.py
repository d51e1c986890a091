"""Find and fetch new uploads, once a day.

The run of a day starts when that UTC day is over, and takes **every** upload not seen before, whatever its upload day:
one found late still gets in. It then announces each day that it touched, and `clip_pipeline` runs once for each.

- Channels are listed in batches, one task each. A channel that cannot be listed is named in the log and holds back no
  other; where none of a batch can be listed, its task fails and is tried again alone, the rest goes on, and the run
  fails in the end.
- **Start by hand**: trigger it. It does what the daily run does. `channel` limits it to one channel, `day` to the
  uploads of one day.
- **Backfill**: each run takes the uploads of its own day only and reads the stored listing; no site is listed again.
  Days with a run create none by default; with the reprocess behaviour *All Runs* they run again, and nothing that is
  done is computed again. Its downloads wait for the same slots and the same hosts as those of the daily run.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronPartitionTimetable, Param, TriggerRule, task
from airflow.sdk.exceptions import AirflowSkipException

from operators.assets import DAY_FORMAT, VIDEOS
from operators.channels import crawl_commands
from operators.command import CommandOperator
from operators.dag_options import dag_options
from operators.lanes import day_of_run, is_backfill, lane_of_run
from operators.outcome import fail_if_any_failed

with DAG(
    "channel_ingest",
    description="New uploads of every channel, downloaded",
    doc_md=__doc__,
    # A first run at the next midnight: the default starts one at once if the last midnight is under 2.4 h ago.
    schedule=CronPartitionTimetable(
        "0 0 * * *", timezone="UTC", run_offset=-1, key_format=DAY_FORMAT, run_immediately=timedelta(0)
    ),
    max_active_runs=2,
    params={
        "channel": Param(
            None, type=["null", "string"], title="Channel", description="URL of the only one to list; empty: all"
        ),
        "day": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Day",
            description="fetch the uploads of this UTC day only; empty: all",
        ),
    },
    user_defined_macros={"day_of_run": day_of_run, "lane_of_run": lane_of_run},
    **dag_options("ingest", in_a_row=4),
):

    @task
    def batches(params, dag_run):
        """One command for each batch of channels."""
        return crawl_commands(params["channel"], stored=is_backfill(dag_run))

    crawl = CommandOperator.partial(task_id="crawl", pool="crawl").expand(argv=batches())
    # Uploads that an earlier run left are fetched even where no channel can be listed now.
    download = CommandOperator(
        task_id="download",
        argv=[
            "download",
            "--lane={{ lane_of_run(dag_run) }}",
            "{% set day = day_of_run(dag_run, partition_key, params.day) %}{{ '--day=' ~ day if day else '' }}",
        ],
        returns="days",
        pool="download",
        trigger_rule=TriggerRule.ALL_DONE,
    )

    @task(outlets=[VIDEOS])
    def announce_videos(days, outlet_events, dag_run):
        """One event for each day with new videos; with none, no event: the run's own day would go out instead."""
        if not days:
            raise AirflowSkipException("no new videos")
        event = outlet_events[VIDEOS]
        event.extra = {"lane": lane_of_run(dag_run)}
        event.add_partitions(days)

    @task(trigger_rule=TriggerRule.ALL_DONE, retries=0)
    def verdict(**context):
        """Fail the run if any task failed."""
        return fail_if_any_failed(context)

    crawl >> download
    announce_videos(download.output) >> verdict()
