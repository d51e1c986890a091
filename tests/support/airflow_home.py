"""An AIRFLOW_HOME for tests: importing airflow writes into it."""

import atexit
import os
import shutil
import tempfile


def use_scratch_home() -> None:
    """Point Airflow at an empty folder, unless a test run already did. Call before anything imports airflow."""
    if "AIRFLOW_HOME" not in os.environ:
        os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-test-")
        atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
    os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
    # By the clock on the wall, which on a busy machine says little of a file.
    os.environ.setdefault("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "300")
