"""Every measuring stage on a clip of one frame: a right value, or a reject with its reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.media.audio import cut, read_speech, write_wav
from facelib.models.registry import Weights
from facelib.stages import pipeline
from facelib.stages.base import Output
from facelib.stages.clips import Clip
from facelib.store import records
from facelib.store.results import Result
from tests.support.clips import measure
from tests.support.real_faces import face_clip

pytest.importorskip("torch").set_num_threads(1)
pytestmark = pytest.mark.media

PARAMS: dict[str, Any] = {"speaker": {"model": "light_asd"}, "voice": {"model": "resemblyzer"}}


@pytest.fixture
def one_frame(media_dir: Path, weights: Weights, tmp_path: Path) -> Clip:
    clip = face_clip(media_dir / "talker_a.mp4", weights.file("centerface"), n_frames=1)
    samples = read_speech(media_dir / "talker_a.mp4")
    assert samples is not None
    write_wav(tmp_path / "one.wav", cut(samples, 20, 1))
    return dataclasses.replace(clip, has_audio=True, sound=tmp_path / "one.wav")


@pytest.fixture
def of_one_frame(one_frame: Clip, shared_weights: Path, lite_models: Path, tmp_path: Path) -> Callable[[str], Output]:
    """What a stage, after those that it reads, makes of a clip of one frame."""
    here = Weights(lite_models, {"light_asd": shared_weights / "light_asd_ava.model"})

    def run(name: str) -> Output:
        stage = pipeline.make(name, PARAMS, here, threads=1)
        before = {}
        for other in stage.reads(stage.params):
            if other != "track":
                tables = {t: records.table(run(other).tables[t], s) for t, s in pipeline.STAGES[other].tables.items()}
                before[other] = Result(other, "video", "0" * 32, {}, tables)
        return measure(stage, [one_frame], tmp_path / name, **before)  # type: ignore[arg-type]

    return run


@pytest.mark.parametrize(
    ("stage", "reason", "unknown"),
    [
        ("landmarks", "", ["mouth_opening_std", "jitter"]),
        ("syncnet", "", ["offset_frames", "offset_s", "score"]),
        ("speaker", "too_short", []),
        ("iqa", "", ["face_motion", "face_motion_max", "background_motion", "face_speed", "face_speed_max"]),
        ("image", "", ["inconsistency"]),
        ("hubert", "", []),
        ("speech", "", ["loudness_lufs", "snr_db"]),
        ("voice", "little_speech", []),
        ("embed", "", ["same_face", "people", "max_distance", "worst_frame"]),
    ],
)
def test_one_frame(of_one_frame: Callable[[str], Output], stage: str, reason: str, unknown: list[str]) -> None:
    output = of_one_frame(stage)
    assert [reject.reason for reject in output.rejects] == ([reason] if reason else [])
    assert len(output.tables[stage]) == (0 if reason else 1)
    for row in output.tables[stage]:
        assert [row[column] for column in unknown] == [None] * len(unknown)
    if stage == "hubert":
        (path,) = output.media.values()
        assert np.load(path, allow_pickle=False).shape == (4, 39)
    if stage == "landmarks":
        assert output.tables[stage][0]["measured_ratio"] == 1
