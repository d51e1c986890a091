"""Write a dataset from the published collection: choose the format, a condition and the cut, and trigger it.

The dataset lies in the folder `name` below the setting `exports_dir`, with a manifest of its sources, licences, models
and digests. A run with the same name and parameters completes what an interrupted one began; the same name with other
parameters is refused.

- `where` is an SQL condition on the catalogue's tables, such as
  `clips.face_side > 100 AND syncnet.confidence > 3 AND uploads.licence LIKE 'CC%'`.
- It runs only when it is started by hand, or by another system through Airflow's API.
"""

from airflow.sdk import DAG, Param

from facelib.export.names import CROPS, FORMATS
from operators.command import CommandOperator
from operators.dag_options import dag_options

#: Options of ``facelib export`` that take the parameter of the same name.
OPTIONS = ("where", "unit", "rule", "crop", "size", "limit", "splits", "split_by", "seed", "snapshot")

with DAG(
    "dataset_export",
    description="A dataset from the published collection",
    doc_md=__doc__,
    schedule=None,
    max_active_runs=2,
    params={
        "name": Param(
            type="string",
            pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
            title="Name",
            description="folder of the dataset",
        ),
        "format": Param("clips", enum=list(FORMATS), title="Format", description="see docs/reference/formats.md"),
        "where": Param(
            "TRUE", type="string", minLength=1, title="Condition", description="SQL on the catalogue's tables"
        ),
        "unit": Param("clip", enum=["clip", "segment"], title="Unit", description="segment: the parts in sync"),
        "rule": Param("dense", enum=["legacy", "dense", "strict"], title="Rule", description="of segments"),
        "crop": Param("window", enum=list(CROPS), title="Crop policy", description="see docs/crops.md"),
        "size": Param(0, type="integer", minimum=0, maximum=4096, title="Size", description="px; 0 leaves the scale"),
        "sync": Param(True, type="boolean", title="In sync", description="move sound by the offset measured"),
        "limit": Param(0, type="integer", minimum=0, title="At most", description="items, chosen by the seed; 0: all"),
        "splits": Param("", type="string", title="Splits", description="per cent, such as 80/10/10; empty: none"),
        "split_by": Param("person", enum=["person", "video", "channel"], title="Split by", description="never in two"),
        "seed": Param(0, type="integer", title="Seed", description="of the sample and the splits"),
        "snapshot": Param("", type="string", title="Snapshot", description="its name; empty: what is published now"),
        "settings": Param({}, type="object", title="Settings of the format", description='such as {"every": 1}'),
    },
    **dag_options("export", in_a_row=2),
):
    CommandOperator(
        task_id="export",
        argv=[
            "export",
            "{{ params.format }}",
            "--name={{ params.name }}",
            *(f"--{option.replace('_', '-')}={{{{ params.{option} }}}}" for option in OPTIONS),
            "{{ '--sync' if params.sync else '--no-sync' }}",
            "--settings={{ params.settings | tojson }}",
        ],
    )
