"""Find and fetch new uploads, once a day.

The run of a day starts when that UTC day is over, and takes **every** upload not seen before, whatever its upload day:
one found late still gets in. It then announces each day that it touched, and `clip_pipeline` runs once for each.

- **Start by hand**: trigger it. It does what the daily run does. `channel` limits it to one configured channel.
- **Backfill**: each run takes the uploads of its own day only and reads the stored listing; no site is listed again.
  Days with a run create none by default; with the reprocess behaviour *All Runs* they run again, and nothing that is
  done is computed again.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronPartitionTimetable, Param, task
from airflow.sdk.exceptions import AirflowSkipException

from operators.assets import DAY_FORMAT, VIDEOS, required_day
from operators.command import CommandOperator
from operators.lanes import is_backfill, lane_of_run
from operators.settings import TaskSettings

with DAG(
    "channel_ingest",
    description="New uploads of every channel, downloaded",
    doc_md=__doc__,
    # A first run at the next midnight: the default starts one at once if the last midnight is under 2.4 h ago.
    schedule=CronPartitionTimetable(
        "0 0 * * *", timezone="UTC", run_offset=-1, key_format=DAY_FORMAT, run_immediately=timedelta(0)
    ),
    catchup=False,
    max_active_runs=2,
    tags=["facelib", "ingest"],
    default_args=TaskSettings().defaults(),
    params={"channel": Param(None, type=["null", "string"], description="URL of one configured channel; empty: all")},
    user_defined_macros={"is_backfill": is_backfill, "lane_of_run": lane_of_run, "required_day": required_day},
):
    crawl = CommandOperator(
        task_id="crawl",
        argv=[
            "crawl",
            "{{ '--stored' if is_backfill(dag_run) else '' }}",
            "{{ '--channel=' ~ params.channel if params.channel else '' }}",
        ],
        pool="crawl",
    )
    download = CommandOperator(
        task_id="download",
        argv=[
            "download",
            "--lane={{ lane_of_run(dag_run) }}",
            "{{ '--day=' ~ required_day(partition_key) if is_backfill(dag_run) else '' }}",
        ],
        returns="days",
        pool="download",
    )

    @task(outlets=[VIDEOS])
    def announce_videos(days, outlet_events, dag_run):
        """One event for each day with new videos; with none, no event: the run's own day would go out instead."""
        if not days:
            raise AirflowSkipException("no new videos")
        event = outlet_events[VIDEOS]
        event.extra = {"lane": lane_of_run(dag_run)}
        event.add_partitions(days)

    crawl >> download
    announce_videos(download.output)
