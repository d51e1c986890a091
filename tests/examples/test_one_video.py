import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from facelib.media.grid import GridReader
from facelib.media.part import write_part
from tests.support.pipelines import MODELS, ROOT

EXAMPLES = ROOT / "examples"


@pytest.mark.slow
def test_the_script_works_through_a_video(lite_models: Path, media_dir: Path, tmp_path: Path) -> None:
    env = os.environ | {"FACELIB_MODELS_DIR": str(lite_models), "FACELIB_THREADS": "1"}
    video = tmp_path / "talk.mp4"
    write_part(media_dir / "talker_a.mp4", video, 0, 75)
    command = [sys.executable, str(EXAMPLES / "one_video.py"), str(video)]
    run = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=280)
    assert run.returncode == 0, run.stderr
    out = tmp_path / "talk_facelib"
    clips = list((out / "clips" / "clips").iterdir())
    assert clips and f"{len(clips)} clips in talk_facelib/clips" in run.stdout
    assert "iqa.sharpness = " in run.stdout and "landmarks.yaw_mean = " in run.stdout
    with GridReader(out / "annotated.mp4") as made, GridReader(video) as source:
        assert sum(shown.count for shown in made) == sum(shown.count for shown in source)
    again = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
    assert again.returncode == 1 and "talk_facelib is there already" in again.stderr


@pytest.mark.parametrize("arguments", [[], ["a", "b"]])
def test_the_script_wants_one_video(arguments: list[str], tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "one_video.py"), *arguments]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert run.returncode == 1 and "which video?" in run.stderr and not list(tmp_path.iterdir())


def test_a_video_that_is_absent_is_said_at_once(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "one_video.py"), "talk.mp4"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert run.returncode == 1 and run.stderr == "there is no file talk.mp4\n" and not list(tmp_path.iterdir())


def test_the_notebook_is_kept_without_outputs() -> None:
    notebook = json.loads((EXAMPLES / "one_video.ipynb").read_text("utf-8"))
    codes = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert codes and all(cell["outputs"] == [] and cell["execution_count"] is None for cell in codes)


@pytest.mark.slow
def test_the_notebook_runs(lite_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("FACELIB_MODELS_DIR", str(MODELS))
    monkeypatch.setenv("FACELIB_THREADS", "1")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    notebook = nbformat.read(EXAMPLES / "one_video.ipynb", as_version=4)
    nbclient.NotebookClient(notebook, timeout=280, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    html = [output.data["text/html"] for output in shown if "text/html" in output.get("data", {})]
    assert sum("<img" in text for text in html) == 2 and any("<video" in text for text in html)
    assert "data:image/jpeg;base64," in html[-1]
