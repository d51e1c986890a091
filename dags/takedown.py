"""Remove a video, a channel or a person for good: media, source, results, rows, vectors, and what snapshots hold of it.

It runs only when it is started by hand, or by another system through Airflow's API. What it removes cannot be brought
back; `facelib takedown video ID --reason TEXT --dry-run` says before what would go.

- What goes is on the deny list first, so that runs that are under way do not bring it back.
- The last task searches every file and table of the store, and fails where something is left. Clearing the first one
  then removes that too.
- Exports that held it are named in the result of the first task. They are somebody's files, and stay.
"""

from airflow.sdk import DAG, Param

from operators.command import CommandOperator
from operators.dag_options import dag_options

with DAG(
    "takedown",
    description="Remove a video, a channel or a person for good",
    doc_md=__doc__,
    schedule=None,
    max_active_runs=1,
    params={
        "kind": Param("video", enum=["video", "channel", "person"], title="What", description="kind of the id"),
        "id": Param(
            type="string",
            pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
            title="Id",
            description="of the video, channel or person",
        ),
        "reason": Param(type="string", minLength=1, title="Reason", description="kept for good, so name nobody in it"),
        "by": Param("airflow", type="string", title="By", description="who decides; kept for good"),
    },
    **dag_options("takedown", in_a_row=3),
):
    takedown = CommandOperator(
        task_id="takedown",
        argv=[
            "takedown",
            "{{ params.kind }}",
            "{{ params.id }}",
            "--reason={{ params.reason }}",
            "--by={{ params.by }}",
        ],
        returns="takedown_id",
    )
    publish = CommandOperator(task_id="publish", argv=["publish"])
    verify = CommandOperator(task_id="verify", argv=["takedown", "verify", "{{ ti.xcom_pull(task_ids='takedown') }}"])
    takedown >> publish >> verify
