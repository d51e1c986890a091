"""Turn the videos of one day into measured clips.

Runs when `channel_ingest` announces new videos of a day, and computes what is missing or stale for that day. Each video
is leased to one run, so two runs for one day never compute a video twice.

- One group of tasks for each **shard**, one task for each stage in it. A shard that fails does not hold back others:
  what succeeded is committed and published, and then the run fails and names what failed.
- A stage whose model is absent is **skipped**, and the catalogue says so (`not_computed`, never a zero); fetch the
  weights and run the day again. A stage that the settings switch off has no task.
- With `FACELIB_BACKEND=kubernetes` a task more, `left_pods`, ends pods that still work for tasks that have ended.
- **Start by hand**: trigger it with the day as partition key (`YYYY-MM-DD`).
- It takes no backfill, since assets start it: backfill `channel_ingest`.
"""

from airflow.sdk import DAG, Param, PartitionedAssetTimetable, TriggerRule, chain, task, task_group
from airflow.sdk.exceptions import AirflowSkipException

from operators.assets import CLIPS, VIDEOS, required_day
from operators.command import RESULT_KEY, CommandOperator
from operators.dag_options import dag_options
from operators.lanes import lane_of_events
from operators.outcome import committed, fail_if_any_failed
from operators.shard_tasks import FEATURES, MAX_SHARDS, measure_tasks, planned, stop_left_pods
from operators.stage import in_pipeline, stage_operator

#: Stages in order; each needs the one before it.
CHAIN = ("probe", "detect", "track")

with DAG(
    "clip_pipeline",
    description="Clips and measures of one day's videos",
    doc_md=__doc__,
    schedule=PartitionedAssetTimetable(assets=VIDEOS),
    max_active_runs=4,
    params={
        "lane": Param(
            "auto",
            type="string",
            enum=["auto", "daily", "backfill"],
            title="Lane",
            description="auto: as the videos came in",
        )
    },
    user_defined_macros={"lane_of_events": lane_of_events, "required_day": required_day},
    **dag_options("clips", in_a_row=None),
):
    plan = CommandOperator(
        task_id="plan",
        argv=[
            "plan",
            "--day={{ required_day(partition_key) }}",
            "--lane={{ lane_of_events(triggering_asset_events, params.lane) }}",
            "--name={{ run_id }}",
        ],
        returns="shards",
        limit=MAX_SHARDS,
    )
    commits = []

    @task_group(group_id="shard")
    def run_shard(shard):
        """Every stage of one shard, then its commit, whatever failed."""
        commit = CommandOperator(task_id="commit", argv=["commit", "--shard", shard], trigger_rule=TriggerRule.ALL_DONE)
        cutting = [stage_operator(stage, shard) for stage in CHAIN]
        chain(*cutting, commit)
        measure_tasks(shard, cutting[-1], commit, in_pipeline(FEATURES))
        commits.append(commit.output)

    @task(outlets=[CLIPS], trigger_rule=TriggerRule.ALL_DONE)
    def announce_clips(results):
        """One event for the day if anything was committed, even where other shards failed."""
        if not committed(results):
            raise AirflowSkipException("nothing was committed")

    finish = CommandOperator(
        task_id="finish",
        argv=["finish", f"--plan={{{{ ti.xcom_pull(task_ids='plan', key='{RESULT_KEY}')['plan_id'] }}}}"],
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
    )

    @task(outlets=[VIDEOS])
    def continue_day(ti):
        """Announce the day again if the plan had more shards than one run maps; only after a run that got on."""
        if len(planned(ti)["shards"]) <= MAX_SHARDS:
            raise AirflowSkipException("every shard was run")

    @task(trigger_rule=TriggerRule.ALL_DONE, retries=0)
    def verdict(**context):
        """Fail the run if any task failed."""
        return fail_if_any_failed(context)

    shards = run_shard.expand(shard=plan.output)
    announced = announce_clips(commits[0])
    [plan, shards] >> finish
    ended = verdict()
    chain([announced, finish], continue_day(), ended)
    stop_left_pods(shards, ended)
