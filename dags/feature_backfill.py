"""Compute one stage for the clips that a condition chooses: a new model, or one whose weights were absent before.

A video is taken when one of its clips passes `where` and it lacks the stage, or one that reads it: missing, stale, or
released from quarantine. What is there is not computed again. Then it is committed and published like any other.

- `stage`: one that reads clips. A new `detect` or `track` makes new clips: change the settings and backfill
  `channel_ingest` instead.
- `model`: of that stage. **Put the same model into the settings** (`pipeline.<stage>.model`), before or after: with
  another one there, the next run of a day goes back to that, for the videos of that day, without computing anything.
- `where`: an SQL condition on the catalogue's tables, such as `clips.face_side > 200 AND syncnet.confidence > 3`.
- Videos that lack other stages too are left to `clip_pipeline`; the result of `plan` counts them (`behind`).
- With `FACELIB_BACKEND=kubernetes` a task more, `left_pods`, ends pods that still work for tasks that have ended.
- It runs only when it is started by hand, or by another system through Airflow's API.
"""

from airflow.sdk import DAG, Param, TriggerRule, chain, task, task_group
from airflow.sdk.exceptions import AirflowSkipException

from facelib.stage_backfill import models_of
from operators.assets import CLIPS
from operators.command import RESULT_KEY, CommandOperator
from operators.dag_options import dag_options
from operators.outcome import committed, fail_if_any_failed
from operators.shard_tasks import FEATURES, MAX_SHARDS, measure_tasks, planned, stop_left_pods

with DAG(
    "feature_backfill",
    description="One stage, one model, for the clips that a condition chooses",
    doc_md=__doc__,
    schedule=None,
    max_active_runs=1,
    params={
        "stage": Param(type="string", enum=sorted(FEATURES), title="Stage", description="one that reads clips"),
        "model": Param(
            None,
            type=["null", "string"],
            enum=[None, *sorted({model for stage in FEATURES for model in models_of(stage)})],
            title="Model",
            description="of that stage; empty: the one in force",
        ),
        "where": Param(
            "TRUE", type="string", minLength=1, title="Condition", description="SQL on the catalogue's tables"
        ),
        "first_day": Param(
            None, type=["null", "string"], format="date", title="From", description="first UTC upload day; empty: any"
        ),
        "last_day": Param(
            None, type=["null", "string"], format="date", title="To", description="last UTC upload day; empty: any"
        ),
        "lane": Param(
            "backfill",
            type="string",
            enum=["backfill", "daily"],
            title="Lane",
            description="where both wait for the same slots, tasks of `daily` go before those of `backfill`",
        ),
    },
    **dag_options("clips", "backfill", in_a_row=None),
):
    plan = CommandOperator(
        task_id="plan",
        argv=[
            "backfill",
            "{{ params.stage }}",
            "--plan-only",
            "{{ '--model=' ~ params.model if params.model else '' }}",
            "--where=({{ params.where }}\n)"
            "{{ \" AND uploads.upload_day >= '\" ~ params.first_day ~ \"'\" if params.first_day else '' }}"
            "{{ \" AND uploads.upload_day <= '\" ~ params.last_day ~ \"'\" if params.last_day else '' }}",
            "--lane={{ params.lane }}",
            "--name={{ run_id }}",
            f"--most-shards={MAX_SHARDS}",
        ],
        returns="shards",
        limit=MAX_SHARDS,
    )

    # Before the group, not in it: Airflow maps its tasks one by one, and then does not look at a branch within it.
    @task.branch
    def choose(ti):
        """The stages that the plan names."""
        return [f"shard.{stage}" for stage in planned(ti)["stages"]]

    chosen = choose()
    plan >> chosen
    commits = []

    @task_group(group_id="shard")
    def run_shard(shard):
        """The stage and those that read it, on one shard; the others are skipped."""
        commit = CommandOperator(task_id="commit", argv=["commit", "--shard", shard], trigger_rule=TriggerRule.ALL_DONE)
        measure_tasks(shard, chosen, commit)
        commits.append(commit.output)

    @task(outlets=[CLIPS], trigger_rule=TriggerRule.ALL_DONE)
    def announce_clips(results, ti, outlet_events):
        """One event for each day of which anything was committed."""
        if not committed(results):
            raise AirflowSkipException("nothing was committed")
        outlet_events[CLIPS].add_partitions(planned(ti)["days"])

    finish = CommandOperator(
        task_id="finish",
        argv=["finish", f"--plan={{{{ ti.xcom_pull(task_ids='plan', key='{RESULT_KEY}')['plan_id'] }}}}"],
        trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
    )

    @task(trigger_rule=TriggerRule.ALL_DONE, retries=0)
    def verdict(**context):
        """Fail the run if any task failed."""
        return fail_if_any_failed(context)

    shards = run_shard.expand(shard=plan.output)
    announced = announce_clips(commits[0])
    [plan, shards] >> finish
    ended = verdict()
    chain([announced, finish], ended)
    stop_left_pods(shards, ended)
