"""Work out anew what concerns the whole collection: duplicates, persons and verdicts, without a new clip.

`index_publish` does it with every publish. This is for after a change: of the rule set, which `rules` puts into force
here, of the settings `curate.*`, or of decisions. No stage runs; a collection of a million clips takes minutes.

It runs only when it is started by hand, or by another system through Airflow's API. `facelib rules try NAME` says
before how many clips and hours a rule set would change; a rule file of your own is put into force by
`facelib rules apply FILE`.
"""

from airflow.sdk import DAG, Param

from facelib.curate import presets
from operators.command import CommandOperator
from operators.dag_options import dag_options

with DAG(
    "curate",
    description="Duplicates, persons and verdicts worked out anew",
    doc_md=__doc__,
    schedule=None,
    max_active_runs=1,
    params={
        "rules": Param(
            None,
            type=["null", "string"],
            enum=[None, *presets.names()],
            title="Rule set",
            description="preset to put into force; empty: the one in force",
        ),
    },
    **dag_options("curate", in_a_row=3),
):
    rules = CommandOperator(
        task_id="rules",
        argv=["rules", "{{ 'apply' if params.rules else 'list' }}", "{{ params.rules or '' }}"],
    )
    publish = CommandOperator(task_id="publish", argv=["publish"])
    rules >> publish
