"""The worked example of CONTRIBUTING.md is a stage that runs."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from facelib.media.encode import ClipWriter
from facelib.models.registry import Weights
from facelib.stages.base import REJECTS, Job, Stage
from facelib.stages.clips import SERIES
from facelib.stages.track import Track
from facelib.store import records
from facelib.store.results import Result

CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
GREY = 90
CLIP = {"start_frame": 50, "end_frame": 55, "number": 1, "start_s": 2.0, "end_s": 2.2}


@pytest.fixture
def example() -> Iterator[ModuleType]:
    """The first block of Python of the page, as a module."""
    found = re.search(r"^```python\n(.*?)^```", CONTRIBUTING.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found, "CONTRIBUTING.md has no block of Python"
    module = ModuleType("contributing_example")
    sys.modules[module.__name__] = module
    exec(compile(found[1], str(CONTRIBUTING), "exec"), module.__dict__)
    yield module
    del sys.modules[module.__name__]


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A video whose ``track`` result has one clip of five frames, all of one grey."""
    path = tmp_path / "v.000050.1.00000000.mp4"
    with ClipWriter(path, 64, 64) as writer:
        for _ in range(5):
            writer.write(np.full((64, 64, 3), GREY, np.uint8))
    schema = Track.tables["clips"]
    empty: dict[str, Any] = dict.fromkeys(schema.names)
    window = {"x1": 0, "y1": 0, "x2": 64, "y2": 64, "has_audio": False}
    clips = records.table([{**empty, **CLIP, **window, "clip_id": path.stem}], schema)
    face = {"clip_id": path.stem, "x1": 16.0, "y1": 16.0, "x2": 48.0, "y2": 48.0, "score": None, "keypoints": None}
    boxes = records.table([{**face, "frame": frame} for frame in range(5)], Track.tables["boxes"])
    tracked = Result("track", "v", "f" * 32, {"media": []}, {"clips": clips, "boxes": boxes})
    return Job("v", "0" * 32, None, {"track": tracked}, {path.name: path}, tmp_path)


@pytest.mark.parametrize(("min_mean", "reasons"), [(0, []), (GREY + 20, ["too_dark"])])
def test_the_example_measures_the_clip(
    example: ModuleType, job: Job, tmp_path: Path, min_mean: float, reasons: list[str]
) -> None:
    params = example.BrightnessParams(frames=2, min_mean=min_mean)
    stage: Stage[Any] = example.Brightness(params, Weights(tmp_path))
    stage.open()
    output = stage.process(job)
    rows = records.table(output.tables["brightness"], stage.tables["brightness"]).to_pylist()
    assert [row["clip_id"] for row in rows] == ([] if reasons else ["v.000050.1.00000000"])
    assert [row["mean"] for row in rows] == [pytest.approx(GREY, abs=2)] * len(rows)
    assert [row["frames"] for row in records.table(output.tables["series"], SERIES).to_pylist()] == [[1, 3]] * len(rows)
    assert output.media_seconds == pytest.approx(0.2)
    assert [(r.reason, r.start_frame, r.number) for r in output.rejects] == [(reason, 50, 1) for reason in reasons]
    assert isinstance(records.table([vars(reject) for reject in output.rejects], REJECTS), pa.Table)


def test_the_example_has_a_fingerprint_of_its_parameters(example: ModuleType) -> None:
    names = {example.Brightness.fingerprint(example.BrightnessParams(frames=n), "r", []) for n in (1, 2)}
    assert len(names) == 2


def test_the_example_is_as_long_as_a_page(example: ModuleType) -> None:
    text = CONTRIBUTING.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    assert 40 <= len(text.splitlines()) <= 60
    assert "frames" in example.BrightnessParams.model_fields
