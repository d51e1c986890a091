"""Links into Airflow, where its address is set."""

from urllib.parse import quote

from facelib import settings
from facelib.collection.state.runs import Run


def run_link(run: Run) -> str:
    """The address of the run of Airflow that planned a run; empty where none did, or no address is set.

    A plan does not say which DAG it is of, so the list of runs is asked for the id.
    """
    base = settings.load().dashboard.airflow_url
    return f"{base}/dag_runs?run_id_pattern={quote(run.holder, safe='')}" if base and run.by_airflow else ""


def dag_link(dag_id: str) -> str:
    """The address of a DAG; empty where no address is set."""
    base = settings.load().dashboard.airflow_url
    return f"{base}/dags/{dag_id}" if base else ""
