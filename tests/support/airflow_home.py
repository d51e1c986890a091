"""An AIRFLOW_HOME for tests: importing airflow writes into it."""

import os
import tempfile


def use_scratch_home() -> None:
    """Point Airflow at an empty folder, unless a test run already did. Call before anything imports airflow."""
    os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-test-"))
    os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
