"""Clips as stages see them, and the loop over them."""

import wave
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pytest

from facelib.models.registry import Weights
from facelib.stages.base import Job, Output, Params
from facelib.stages.clips import SERIES, Clip, ClipStage, Unmeasurable, series, spread
from facelib.store import records
from tests.support.clips import clip_of, measure
from tests.support.pipelines import write_film


class Length(ClipStage[Params]):
    """Counts frames; a clip of less than ten cannot be counted."""

    name = "length"
    version = 1
    params_type = Params
    cost = 0.1
    tables: ClassVar = {"length": pa.schema([("clip_id", pa.string()), ("frames", pa.int32())]), "series": SERIES}

    def measure(self, clip: Clip, job: Job, output: Output) -> None:
        if clip.n_frames < 10:
            raise Unmeasurable("too_short", clip.n_frames, 10, "frames")
        output.tables["length"].append({"clip_id": clip.clip_id, "frames": sum(1 for _ in clip.frames())})
        output.tables["series"].append(series(clip.clip_id, "zero", "px", range(2), [0.0, np.nan]))


@pytest.mark.parametrize(("n", "count", "expected"), [(10, 2, [2, 7]), (3, 5, [0, 1, 2]), (0, 3, []), (7, 1, [3])])
def test_spread(n: int, count: int, expected: list[int]) -> None:
    assert spread(n, count) == expected


@pytest.mark.parametrize("wanted", [None, [0], [3, 7], [11, 12, 99], []])
def test_frames_are_given_once_in_order(tmp_path: Path, wanted: list[int] | None) -> None:
    clip = clip_of(write_film(tmp_path / "a.mp4", 12))
    numbers = [number for number, _ in clip.frames(wanted)]
    assert numbers == (list(range(12)) if wanted is None else [n for n in wanted if n < 12])


@pytest.mark.parametrize("samples", [0, 100, 7680, 9000])
def test_sound_has_640_samples_a_frame(tmp_path: Path, samples: int) -> None:
    sound = tmp_path / "a.wav"
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.full(samples, 7, "<i2").tobytes())
    clip = clip_of(write_film(tmp_path / "a.mp4", 12), sound=sound)
    speech = clip.speech()
    assert speech is not None and len(speech) == 12 * 640
    assert np.count_nonzero(speech) == min(samples, 12 * 640)
    assert clip_of(tmp_path / "a.mp4").speech() is None


def test_a_clip_that_cannot_be_measured_is_a_reject_and_has_no_row(tmp_path: Path) -> None:
    clips = [clip_of(write_film(tmp_path / f"{n}.mp4", n)) for n in (9, 12)]
    output = measure(Length(Params(), Weights(tmp_path)), clips, tmp_path / "scratch")
    assert output.tables["length"] == [{"clip_id": "12", "frames": 12}]
    assert [(r.reason, r.measured, r.threshold) for r in output.rejects] == [("too_short", 9, 10)]
    table = records.table(output.tables["series"], SERIES)
    assert table.to_pylist()[0]["values"] == [0.0, None]
