"""``docs/reference/dags.md``: each DAG as Airflow itself reads it."""

import atexit
import json
import os
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from docs.markdown import code, page, table

DAGS = Path(__file__).resolve().parents[2] / "dags"


@lru_cache(maxsize=1)
def dags() -> dict[str, Any]:
    """Every DAG by its id. Importing Airflow writes to AIRFLOW_HOME, so an empty one is made where none is set.

    Raises:
        RuntimeError: a DAG file does not import.
    """
    if "AIRFLOW_HOME" not in os.environ:
        os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-docs-")
        atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
    os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
    from airflow.dag_processing.dagbag import DagBag

    bag: Any = DagBag(str(DAGS))
    if bag.import_errors:
        raise RuntimeError(f"DAG files that do not import: {bag.import_errors}")
    return dict(sorted(bag.dags.items()))


def render() -> str:
    """The page."""
    introduction = (
        "`channel_ingest`, `clip_pipeline` and `index_publish` are joined by two assets that are partitioned by UTC "
        "upload day: the first announces days with new videos, the second days with new clips. `curate`, "
        "`dataset_export`, `feature_backfill` and `takedown` are started by hand, `source_check` and `maintenance` run "
        "by the clock. "
        "Every task runs one [command](commands.md)."
    )
    return page("DAGs", introduction, *(_section(dag) for dag in dags().values()), _pools())


def _section(dag: Any) -> str:
    facts = [
        ["starts", _schedule(dag.schedule)],
        ["runs at a time", str(dag.max_active_runs)],
        ["tags", ", ".join(code(tag) for tag in sorted(dag.tags))],
    ]
    parts = [f"## {dag.dag_id}", dag.doc_md.strip(), table(["", ""], facts)]
    if dag.params:
        rows = [[code(name), _default(dag, name), _parameter(dag, name)] for name in dag.params]
        parts += ["Parameters of a run started by hand:", table(["name", "default", "meaning"], rows)]
    rows = [_task(task) for task in dag.topological_sort()]
    parts += ["Tasks:", table(["task", "after", "runs when", "pool", "announces"], rows)]
    return "\n\n".join(parts)


def _schedule(schedule: Any) -> str:
    if schedule is None:
        return "by hand, with a form for its parameters"
    name = code(type(schedule).__name__)
    if hasattr(schedule, "default_partition_mapper"):
        mapper = schedule.default_partition_mapper
        key = getattr(mapper, "downstream_key", None)
        one = f", all days folded into the one key {code(key)}" if key else ", one run for each day announced"
        return f"{name} on the asset {code(schedule.asset_condition.name)}{one}"
    if not hasattr(schedule, "run_offset"):
        return f"{name} {code(schedule.expression)}, {schedule.timezone}"
    day = {0: "that day", -1: "the day before"}.get(schedule.run_offset, f"{schedule.run_offset:+d} days")
    key = f"the partition key is {day} ({code(schedule.key_format)})"
    return f"{name} {code(schedule.expression)}, {schedule.timezone}; {key}"


def _default(dag: Any, name: str) -> str:
    """What a form begins with; `required` where it begins with nothing."""
    parameter = dag.params.get_param(name)
    return code(json.dumps(parameter.value)) if parameter.has_value else "required"


def _parameter(dag: Any, name: str) -> str:
    schema = dag.params.get_param(name).schema
    choices = " or ".join(code(choice) for choice in schema.get("enum", []))
    return "; ".join(
        text for text in (schema.get("description") or dag.params.get_param(name).description, choices) if text
    )


def _task(task: Any) -> list[str]:
    return [
        code(task.task_id),
        ", ".join(code(name) for name in sorted(task.upstream_task_ids)),
        task.trigger_rule.value.replace("_", " "),
        code(task.pool) if task.pool != "default_pool" else "",
        ", ".join(code(outlet.name) for outlet in task.outlets),
    ]


def _pools() -> str:
    pools = json.loads((DAGS / "pools.json").read_text())
    rows = [[code(name), str(pool["slots"]), pool["description"]] for name, pool in pools.items()]
    text = "Deferred tasks count too. A started demo sets these; elsewhere import `dags/pools.json`:"
    command = "```sh\nairflow pools import dags/pools.json\n```"
    return "\n\n".join(["## Pools", text, command, table(["pool", "slots", "for"], rows)])
