"""The command line as a user meets it: real processes, exit codes, and sentences instead of stack traces."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from facelib.settings import Settings
from facelib.stages.pipeline import active
from tests.support.pipelines import MODELS, write_film

ROOT = Path(__file__).resolve().parents[2]


def facelib(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    values = {
        **{k: v for k, v in os.environ.items() if not k.startswith("FACELIB_")},
        "FACELIB_STORE": str(folder / "store"),
        "FACELIB_WORK_DIR": str(folder / "work"),
        "FACELIB_MODELS_DIR": str(MODELS.resolve()),
        **environment,
    }
    command = [sys.executable, "-m", "facelib.cli", *arguments]
    return subprocess.run(command, cwd=folder, env=values, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(["crawl"], 1, "no channel to crawl", id="no channel"),
        pytest.param(["crawl", "--channel", "http://127.0.0.1:9/f"], 1, "127.0.0.1:9", id="unreachable feed"),
        pytest.param(["crawl", "--channel", "nowhere"], 1, "nowhere", id="no such folder"),
        pytest.param(["plan", "--day", "yesterday"], 1, "write YYYY-MM-DD", id="bad day"),
        pytest.param(["run", "detect", "--shard", "plans/x/y.json"], 1, "facelib plan", id="no such shard"),
        pytest.param(["search"], 1, "--face PICTURE", id="nothing to search for"),
        pytest.param(["search", "--clip", "x"], 1, "nothing was published", id="nothing published"),
        pytest.param(["status"], 1, "facelib publish", id="status of nothing"),
        pytest.param(["quarantine", "release", "x"], 1, "not in quarantine", id="not in quarantine"),
        pytest.param(["models", "fetch", "nonsense"], 1, "centerface", id="no such model"),
        pytest.param(["finish"], 1, "--plan ID", id="finish what"),
        pytest.param(["nonsense"], 2, "No such command", id="no such command"),
    ],
)
def test_a_mistake_gets_a_sentence_and_a_way_on(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    done = facelib(tmp_path, *arguments, FACELIB_DOWNLOAD__RETRIES="0")
    assert done.returncode == code, done.stderr
    assert said in " ".join((done.stdout + done.stderr).split())
    assert "Traceback" not in done.stderr


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    done = facelib(tmp_path, "--version", FACELIB_DEVICE="nothing")
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert (done.returncode, done.stdout) == (0, f"facelib {declared}\n"), done.stderr


def test_absent_weights_have_their_own_code(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    write_film(films / "a.mp4", 60)
    environment = {"FACELIB_MODELS_DIR": str(tmp_path / "none"), "FACELIB_PIPELINE__PROBE__MIN_BYTES": "100"}
    for step in (["crawl", "--channel", str(films)], ["download"]):
        assert facelib(tmp_path, *step, **environment).returncode == 0
    shard = json.loads(facelib(tmp_path, "plan", "--json", **environment).stdout)["shards"][0]
    assert facelib(tmp_path, "run", "probe", "--shard", shard, **environment).returncode == 0
    done = facelib(tmp_path, "run", "detect", "--shard", shard, **environment)
    assert done.returncode == 78
    assert "facelib models fetch centerface" in done.stderr and "MIT" in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        pytest.param("FACELIB_STORE", "file", "is a file, not a folder", id="store is a file"),
        pytest.param("FACELIB_DEVICE", "gpu", "'gpu' is no device", id="no device"),
        pytest.param("FACELIB_PIPLINE__IQA__HANDS", "true", "mean FACELIB_PIPELINE__IQA__HANDS?", id="misspelt"),
    ],
)
def test_a_bad_variable_gets_a_sentence(tmp_path: Path, variable: str, value: str, said: str) -> None:
    (tmp_path / "file").write_text("")
    done = facelib(tmp_path, "status", **{variable: value})
    assert done.returncode == 1 and said in " ".join(done.stderr.split())


def test_a_plan_that_stands_in_the_way_and_changed_settings_are_told(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    write_film(films / "a.mp4", 60)
    for step in (["crawl", "--channel", str(films)], ["download"]):
        assert facelib(tmp_path, *step).returncode == 0
    first = json.loads(facelib(tmp_path, "plan", "--json").stdout)
    second = facelib(tmp_path, "plan", "--json")
    assert json.loads(second.stdout)["holders"] == [first["plan_id"]]
    assert f"facelib finish --plan {first['plan_id']}" in " ".join(second.stderr.split())
    ran = facelib(tmp_path, "run", "probe", "--shard", first["shards"][0], FACELIB_PIPELINE__PROBE__MIN_BYTES="100")
    told = " ".join(ran.stderr.split())
    assert "in the plan, 100 now" in told and f"facelib finish --plan {first['plan_id']}" in told
    assert "in the plan" not in facelib(tmp_path, "run", "probe", "--shard", first["shards"][0]).stderr


def test_ingest_without_a_channel_says_that_it_works_on_what_is_known(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    write_film(films / "a.mp4", 60)
    assert facelib(tmp_path, "crawl", "--channel", str(films)).returncode == 0
    (films / "a.mp4").unlink()
    assert "no channel is configured; working on what is known" in facelib(tmp_path, "ingest").stderr


@pytest.mark.slow
@pytest.mark.usefixtures("lite_models")
def test_step_by_step_from_a_folder_to_the_doctor(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    write_film(films / "a.mp4", 60)
    environment = {"FACELIB_PIPELINE__PROBE__MIN_BYTES": "100", "FACELIB_CHANNELS": json.dumps([str(films)])}

    def step(*arguments: str) -> dict[str, object]:
        done = facelib(tmp_path, *arguments, "--json", **environment)
        assert done.returncode == 0, done.stderr
        answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
        return answer

    assert step("crawl")["new"] == 1
    assert step("download")["downloaded"] == 1
    made = step("plan", "--name", "by hand")
    (shard,) = made["shards"]  # type: ignore[misc]
    for stage in [stage.name for stage in active(Settings().pipeline.model_dump(mode="json"))]:
        assert step("run", stage, "--shard", shard)["done"] == 1
    assert step("commit", "--shard", shard) == {"committed": 1, "unchanged": 0}
    assert step("finish", "--plan", str(made["plan_id"])) == {"released": 1}
    assert step("publish")["changed"] is True
    assert step("publish")["changed"] is False
    assert step("status")["videos"] == 1
    assert step("rebuild")["changed"] is True
    assert step("models", "verify") != {}
    findings = step("doctor", "--deep")["findings"]
    assert {finding["state"] for finding in findings} == {"good"}  # type: ignore[attr-defined,index]
    assert step("plan")["videos"] == 0
