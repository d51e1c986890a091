"""Airflow finds a home of its own before a test imports it."""

from tests.support.airflow_home import use_scratch_home

use_scratch_home()
