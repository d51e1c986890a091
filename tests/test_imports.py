"""facelib imports in under a second and loads heavy packages only where they are used."""

import subprocess
import sys

import pytest

HEAVY = {"torch", "insightface", "open_clip", "pyiqa", "transformers", "airflow", "lancedb", "duckdb", "streamlit"}
MODULES = ["facelib", "facelib.cli", "facelib.settings", "facelib.stages.pipeline", "facelib.search", "facelib.publish"]


@pytest.mark.parametrize("module", MODULES)
def test_no_heavy_package_is_loaded(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_facelib_imports_in_under_a_second_of_processor_time() -> None:
    code = "import time; import facelib, facelib.cli; print(time.process_time())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 1.0
