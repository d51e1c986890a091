"""A stage that is killed at any point where it writes, and then runs again, leaves what an undisturbed one leaves."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from facelib.media.part import write_part
from tests.support.pipelines import write_film

ROOT = Path(__file__).resolve().parents[2]


def killed(tmp_path: Path, models: Path, film: Path, *stages: str) -> dict[str, dict[str, Any]]:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_stages", str(tmp_path / "collection"), str(film), *stages],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"FACELIB_MODELS_DIR": str(models), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    return {line["stage"]: line for line in lines}


@pytest.mark.slow
def test_every_write_of_a_stage(tmp_path: Path, lite_models: Path) -> None:
    film = write_film(tmp_path / "bar.mp4", 10)
    probe = killed(tmp_path, lite_models, film, "probe")["probe"]
    assert probe["other"] == [] and probe["points"] >= 5 and probe["files"] == 1


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_every_write_of_the_stages_that_write_media(tmp_path: Path, lite_models: Path, media_dir: Path) -> None:
    film = tmp_path / "talker.mp4"
    write_part(media_dir / "talker_a.mp4", film, 0, 10)
    stages = ("probe", "detect", "track", "hashes", "embed", "commit")
    found = killed(tmp_path, lite_models, film, *stages)
    assert {stage: line["other"] for stage, line in found.items()} == {stage: [] for stage in stages}
    assert found["track"]["files"] > found["detect"]["files"] + 1, "the track was cut into a clip"
