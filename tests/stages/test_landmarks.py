import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facelib.media.encode import ClipWriter
from facelib.models.landmark import POINTS, eye_distance, landmark_difference
from facelib.models.registry import Weights
from facelib.stages.base import Output
from facelib.stages.clips import Clip
from facelib.stages.landmarks import Landmarks, LandmarksParams
from tests.models.test_tddfa_v2 import write_model as write_tddfa
from tests.support.clips import clip_of, measure
from tests.support.real_faces import face_clip

FRAMES = 25
SERIES = {"yaw": "deg", "pitch": "deg", "roll": "deg", "mouth_opening": "ratio", "eye_opening": "ratio"}


@pytest.fixture(scope="module", params=["talker_a", "talker_b", "silent_face"])
def real(request: pytest.FixtureRequest, media_dir: Path, weights: Weights) -> Clip:
    return face_clip(media_dir / f"{request.param}.mp4", weights.file("centerface"), n_frames=FRAMES)


@pytest.fixture(scope="module")
def talker(media_dir: Path, weights: Weights) -> Clip:
    return face_clip(media_dir / "talker_a.mp4", weights.file("centerface"), n_frames=FRAMES)


def run(clip: Clip, weights: Weights, folder: Path, *, batch: int = 0, **params: Any) -> Output:
    return measure(Landmarks(LandmarksParams(**params), weights, threads=1, batch=batch), [clip], folder)


def arrays(output: Output, clip: Clip) -> tuple[np.ndarray, np.ndarray]:
    points = np.load(output.media[f"{clip.clip_id}.landmarks.npy"], allow_pickle=False)
    return points, np.load(output.media[f"{clip.clip_id}.landmark_flags.npy"], allow_pickle=False)


def painted(clip: Clip, black: list[int], path: Path) -> Clip:
    """The clip with some frames painted black."""
    with ClipWriter(path, clip.width, clip.height, preset="ultrafast") as writer:
        for number, picture in clip.frames(threads=1):
            writer.write(np.zeros_like(picture) if number in black else picture)
    return dataclasses.replace(clip, video=path)


@pytest.mark.media
@pytest.mark.parametrize("model", ["mediapipe", "dlib68"])
def test_every_frame_of_a_real_clip_has_points(model: str, real: Clip, weights: Weights, tmp_path: Path) -> None:
    output = run(real, weights, tmp_path, model=model)
    points, flags = arrays(output, real)
    assert points.shape == (FRAMES, POINTS, 2) and points.dtype == np.float32 and np.isfinite(points).all()
    assert flags.tolist() == [0] * FRAMES and flags.dtype == np.uint8
    (row,) = output.tables["landmarks"]
    assert set(row) == set(Landmarks.tables["landmarks"].names)
    assert row["measured_ratio"] == 1 and row["interpolated_frames"] == row["extrapolated_frames"] == 0
    assert row["yaw_absmax"] < 30 and row["pitch_absmax"] < 30 and row["roll_absmax"] < 20
    assert 0 < row["jitter"] < 0.05 and 0 <= row["mouth_opening_mean"] < 0.3
    assert {line["measure"]: line["unit"] for line in output.tables["series"]} == SERIES
    assert all(line["frames"] == list(range(FRAMES)) for line in output.tables["series"])
    assert all(None not in line["values"] and len(line["values"]) == FRAMES for line in output.tables["series"])


@pytest.mark.media
def test_mesh_and_dlib_agree(real: Clip, weights: Weights, tmp_path: Path) -> None:
    ones, _ = arrays(run(real, weights, tmp_path / "a"), real)
    others, _ = arrays(run(real, weights, tmp_path / "b", model="dlib68"), real)
    assert landmark_difference(ones, others) < 0.055


@pytest.mark.media
@pytest.mark.parametrize(
    ("black", "flags"),
    [
        ([4], {4: 1}),
        ([10, 11, 12], {10: 1, 11: 1, 12: 1}),
        ([0, 1], {0: 2, 1: 2}),
        ([23, 24], {23: 2, 24: 2}),
        ([0, 7, 24], {0: 2, 7: 1, 24: 2}),
    ],
)
def test_misses_are_filled_and_flagged(
    black: list[int], flags: dict[int, int], talker: Clip, weights: Weights, tmp_path: Path
) -> None:
    clip = painted(talker, black, tmp_path / "painted.mp4")
    output = run(clip, weights, tmp_path / "out")
    points, found = arrays(output, clip)
    assert len(points) == len(found) == FRAMES
    assert {number: int(flag) for number, flag in enumerate(found) if flag} == flags
    whole, _ = arrays(run(talker, weights, tmp_path / "whole"), talker)
    near = np.linalg.norm(points - whole, axis=-1).mean(axis=1) / eye_distance(whole)
    assert (near < 0.1).all(), "what was filled lies near what is there"
    first = next(number for number in range(FRAMES) if not found[number])
    assert all(np.array_equal(points[number], points[first]) for number in range(first))
    (row,) = output.tables["landmarks"]
    assert row["measured_ratio"] == pytest.approx(1 - len(black) / FRAMES)
    assert row["interpolated_frames"] == list(flags.values()).count(1)
    assert row["extrapolated_frames"] == list(flags.values()).count(2)
    assert len(output.tables["series"][0]["values"]) == FRAMES


@pytest.mark.media
@pytest.mark.parametrize("step", [2, 5, 25])
def test_every_step_th_frame_is_measured(step: int, talker: Clip, weights: Weights, tmp_path: Path) -> None:
    points, flags = arrays(run(talker, weights, tmp_path / "few", step=step), talker)
    whole, _ = arrays(run(talker, weights, tmp_path / "all"), talker)
    measured = list(range(0, FRAMES, step))
    assert np.flatnonzero(flags == 0).tolist() == measured
    assert np.array_equal(points[measured], whole[measured])
    assert set(flags[: measured[-1]]) <= {0, 1} and set(flags[measured[-1] + 1 :]) <= {2}


@pytest.mark.media
def test_results_do_not_depend_on_the_batch(talker: Clip, weights: Weights, tmp_path: Path) -> None:
    ones, _ = arrays(run(talker, weights, tmp_path / "1", batch=1), talker)
    for batch in (3, 16):
        many, _ = arrays(run(talker, weights, tmp_path / str(batch), batch=batch), talker)
        assert many == pytest.approx(ones, abs=1e-5)


@pytest.mark.media
def test_frames_without_a_box_are_not_looked_at(talker: Clip, weights: Weights, tmp_path: Path) -> None:
    boxes = talker.boxes.copy()
    boxes[5:8] = np.nan
    _, flags = arrays(run(dataclasses.replace(talker, boxes=boxes), weights, tmp_path), talker)
    assert np.flatnonzero(flags).tolist() == [5, 6, 7]


@pytest.mark.media
def test_a_clip_longer_than_its_file_is_filled_to_its_end(talker: Clip, weights: Weights, tmp_path: Path) -> None:
    short = painted(dataclasses.replace(talker, n_frames=10), [], tmp_path / "short.mp4")
    points, flags = arrays(run(dataclasses.replace(short, n_frames=FRAMES), weights, tmp_path / "out"), talker)
    assert len(points) == FRAMES and flags.tolist() == [0] * 10 + [2] * 15


@pytest.mark.media
def test_one_frame_is_enough(talker: Clip, weights: Weights, tmp_path: Path) -> None:
    clip = dataclasses.replace(talker, n_frames=1, boxes=talker.boxes[:1], keypoints=talker.keypoints[:1])
    output = run(clip, weights, tmp_path)
    assert arrays(output, clip)[0].shape == (1, POINTS, 2)
    assert output.tables["landmarks"][0]["jitter"] is None


@pytest.mark.parametrize("model", ["mediapipe", "dlib68"])
def test_a_clip_without_any_face_is_a_reject(model: str, weights: Weights, tmp_path: Path) -> None:
    with ClipWriter(tmp_path / "black.mp4", 64, 64) as writer:
        for _ in range(3):
            writer.write(np.zeros((64, 64, 3), np.uint8))
    output = run(clip_of(tmp_path / "black.mp4"), weights, tmp_path / "out", model=model)
    (reject,) = output.rejects
    assert (reject.kind, reject.reason, reject.measured, reject.unit) == ("clip", "no_landmarks", 0.0, "frames")
    assert output.tables == {"landmarks": [], "series": []} and not output.media


@pytest.mark.media
def test_pose_by_3ddfa(talker: Clip, weights: Weights, tmp_path: Path) -> None:
    local = Weights(weights.folder, {"tddfa_v2": write_tddfa(tmp_path / "mb1_120x120.onnx")})
    output = run(talker, local, tmp_path / "out", pose="tddfa_v2")
    plain = run(talker, weights, tmp_path / "plain")
    values = {line["measure"]: line["values"] for line in output.tables["series"]}
    assert np.isfinite(values["yaw"]).all()
    others = {line["measure"]: line["values"] for line in plain.tables["series"]}
    assert values["mouth_opening"] == others["mouth_opening"] and values["yaw"] != others["yaw"]


@pytest.mark.parametrize(
    ("params", "names", "off"),
    [
        ({}, ("mediapipe_mesh",), False),
        ({"model": "dlib68"}, ("dlib_landmarks68",), False),
        ({"model": "insightface_1k3d68"}, ("insightface_1k3d68",), False),
        ({"model": "mediapipe", "pose": "tddfa_v2"}, ("mediapipe_mesh", "tddfa_v2"), False),
        ({"model": "none"}, (), True),
    ],
)
def test_parameters_name_the_weights(params: dict[str, Any], names: tuple[str, ...], off: bool) -> None:
    chosen = LandmarksParams(**params)
    assert Landmarks.models(chosen) == names and Landmarks.off(chosen) is off
