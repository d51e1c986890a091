"""A local Airflow starts, says what is wrong, and leaves nothing behind however it ends."""

import configparser
import importlib.util
import json
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest
import yaml  # type: ignore[import-untyped]

from facelib.demo.airflow import Airflow
from facelib.demo.airflow_config import free_port, write_config
from facelib.demo.airflow_rest import AirflowError
from facelib.demo.supervise import PID_FILE

DAG = """
from airflow.sdk import DAG, task
with DAG("one", schedule=None):
    @task
    def wait():
        import subprocess
        subprocess.run(["sleep", "600"], start_new_session=True)
    wait()
"""
# A shell starts what runs in its background with SIGINT ignored, and children inherit that.
pytestmark = pytest.mark.timeout(900)

HOLD = """
import signal, sys, time
from pathlib import Path
from facelib.demo.airflow import Airflow
signal.signal(signal.SIGINT, signal.default_int_handler)
with Airflow(Path(sys.argv[1]), Path(sys.argv[2]), port=int(sys.argv[3])) as airflow:
    airflow.unpause("one")
    airflow.trigger("one")
    print("up", flush=True)
    time.sleep(600)
"""


def dags_folder(path: Path, text: str = DAG) -> Path:
    path.mkdir()
    (path / "one.py").write_text(text)
    return path


def tree(home: Path) -> list[Any]:
    """Every process of an Airflow."""
    known = [psutil.Process(item["pid"]) for item in json.loads((home / PID_FILE).read_text())]
    return [*known, *(below for top in known for below in top.children(recursive=True))]


def wait_for_task(home: Path) -> list[Any]:
    """Every process of an Airflow, once its task has started the command that outlives its own parent."""
    for _ in range(1200):
        with suppress(psutil.NoSuchProcess):  # some end while they are looked at
            found = tree(home)
            if any(process.name() == "sleep" for process in found):
                return found
        time.sleep(0.1)
    raise AssertionError("the task did not start")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_when_its_parent_ends(tmp_path: Path, number: signal.Signals) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-c", HOLD, str(home), str(dags_folder(tmp_path / "dags")), str(free_port())]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert parent.stdout and parent.stdout.readline() == b"up\n"
    processes = wait_for_task(home)
    parent.send_signal(number)
    parent.wait(timeout=60)
    parent.stdout.close()
    assert psutil.wait_procs(processes, timeout=120)[1] == []


@pytest.mark.slow
def test_detached_it_outlives_its_parent_until_it_is_stopped(tmp_path: Path) -> None:
    home, dags, port = tmp_path / "home", dags_folder(tmp_path / "dags"), free_port()
    code = HOLD.replace("with Airflow", "airflow = Airflow").replace(" as airflow:", ".start(detached=True)")
    code = "\n".join(line.strip() for line in code.splitlines() if "sleep" not in line)
    subprocess.run([sys.executable, "-c", code, str(home), str(dags), str(port)], check=True, capture_output=True)
    processes = wait_for_task(home)
    other = Airflow(home, dags, port=port)
    try:
        assert other.running()
        assert [run["state"] for run in other.runs("one")] == ["running"]
        with pytest.raises(AirflowError, match="runs already"):
            other.start()
        os.kill(processes[0].pid, signal.SIGKILL)
        assert other.running(), "its children are left"
    finally:
        stopped = other.stop()
    assert stopped
    assert psutil.wait_procs(processes, timeout=60)[1] == []
    assert not other.running()
    assert not other.stop()


@pytest.mark.slow
def test_a_file_that_does_not_import_is_named_and_nothing_runs_on(tmp_path: Path) -> None:
    airflow = Airflow(tmp_path / "home", dags_folder(tmp_path / "dags", "import airflow.no_such_dag"), port=free_port())
    with pytest.raises(AirflowError, match=r"one\.py does not import") as caught:
        airflow.start()
    assert "no_such_dag" in str(caught.value)
    assert not airflow.running()


def test_secrets_are_private_differ_and_are_kept(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for home in (one, two):
        write_config(home, tmp_path, 1, 2, 3)
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        for name in ("airflow.cfg", "passwords.json", "secrets.json"):
            assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    kept = (one / "secrets.json").read_text()
    assert kept != (two / "secrets.json").read_text()
    write_config(one, tmp_path, 1, 2, 3)
    assert (one / "secrets.json").read_text() == kept


def test_every_option_of_the_configuration_is_one_of_airflow(tmp_path: Path) -> None:
    """Looked up in the file that Airflow's own configuration is made from: to import that takes seconds."""
    package = importlib.util.find_spec("airflow")
    assert package and package.submodule_search_locations
    described = Path(package.submodule_search_locations[0]) / "config_templates" / "config.yml"
    known = yaml.load(described.read_text(encoding="utf-8"), yaml.CSafeLoader)
    write_config(tmp_path / "home", tmp_path, 1, 2, 3)
    written = configparser.RawConfigParser()
    written.read(tmp_path / "home" / "airflow.cfg")
    asked = {(section, name) for section in written.sections() for name in written.options(section)}
    assert not {(section, name) for section, name in asked if name not in known.get(section, {}).get("options", {})}
