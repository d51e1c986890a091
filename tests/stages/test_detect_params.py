"""What the parameters mean, and what earlier systems did under their names."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from facelib.stages.detect import Detect
from facelib.stages.detect_params import DetectParams
from facelib.stages.detect_presets import PRESETS, Preset
from facelib.stages.track import TrackParams


@pytest.mark.parametrize(
    ("params", "size", "factor"),
    [
        ({}, (1920, 1080), 384 / 1920),
        ({}, (100, 50), 1.0),
        ({"detector": "yolov3_face"}, (1216, 608), 0.5),
        ({"long_side": 480}, (1920, 1080), 0.25),
        ({"long_side": 480}, (1080, 1920), 0.25),
        ({"short_side": 540}, (1920, 1080), 0.5),
        ({"scale": 0.25}, (1920, 1080), 0.25),
        ({"scale": 1.0}, (1920, 1080), 1.0),
        ({"scale": 0.5, "long_side": 192}, (1920, 1080), 0.1),
    ],
)
def test_size_of_the_detectors_picture(params: dict[str, Any], size: tuple[int, int], factor: float) -> None:
    assert DetectParams(**params).shrink(*size) == pytest.approx(factor)


@pytest.mark.parametrize(("params", "every"), [({}, 5), ({"step": 7}, 7), ({"step_s": 1}, 25), ({"step_s": 0.001}, 1)])
def test_step_in_frames_or_seconds(params: dict[str, Any], every: int) -> None:
    assert DetectParams(**params).every == every


# preset, detector, frames from look to look, picture of 1920×1080 times, lowest score
LEGACY = [
    ("s0", "mtcnn", 2, 150 / 1920, 0.975),
    ("s1", "s3fd", 2, 0.25, 0.9),
    ("s1_upstream", "s3fd", 1, 0.25, 0.9),
    ("s3_live", "yolov3_face", 25, 1.0, 0.4),
    ("s3_mtcnn", "mtcnn", 25, 1.0, 0.4),
    ("s3_anime", "anime_frcnn", 25, 1.0, 0.4),
    ("s4", "faceboxes_v2", 25, 600 / 1080, 0.6),
]


@pytest.mark.parametrize(("preset", "detector", "every", "factor", "min_score"), LEGACY)
def test_presets(preset: Preset, detector: str, every: int, factor: float, min_score: float) -> None:
    params = DetectParams(preset=preset)
    assert (params.detector, params.every, params.min_score) == (detector, every, min_score)
    assert params.shrink(1920, 1080) == pytest.approx(factor)


def test_details_of_presets() -> None:
    s0, s1, s3, s4 = (DetectParams(preset=name) for name in ("s0", "s1", "s3_mtcnn", "s4"))
    assert (s0.min_share, s0.policy, s0.choose_from, s0.min_face) == (0.1, "largest", "found", 20)
    assert (s1.copy_boxes, s1.shot_threshold, s1.min_shot_frames) == (True, 30.0, 15)
    assert (s3.min_side, s3.border, s3.whole_pixels, s3.skip_first, s3.min_face) == (50, 5, True, True, 5)
    assert (s4.policy, s4.shot_threshold) == ("widest", 16.0)
    track = TrackParams(preset="s1")
    assert (track.min_iou, track.max_gap, track.min_detections, track.min_face_side) == (0.5, 25, 75, 100)
    assert TrackParams(preset="s1_upstream").min_detections == 100


def test_every_preset_is_a_choice_and_names_fields_that_are_there() -> None:
    assert set(PRESETS) | {"none"} == set(get_args(Preset))
    fields = {"detect": DetectParams.model_fields, "track": TrackParams.model_fields}
    for stages in PRESETS.values():
        for stage, params in stages.items():
            assert set(params) <= set(fields[stage])


def test_fields_that_are_set_win_and_a_stored_document_stays_as_it_is() -> None:
    chosen = DetectParams.model_validate({"preset": "s1", "step": 3, "detector": "yunet"})
    assert (chosen.step, chosen.detector, chosen.scale) == (3, "yunet", 0.25)
    assert DetectParams.model_validate(chosen.model_dump(mode="json")) == chosen


@pytest.mark.parametrize(
    "params", [{"preset": "s9"}, {"detector": "haar"}, {"step": 0}, {"scale": 1.5}, {"shot_detector": "none"}]
)
def test_what_is_not_there_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DetectParams(**params)


@pytest.mark.parametrize(
    ("params", "models"),
    [
        ({}, ("centerface",)),
        ({"detector": "mtcnn"}, ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet")),
        ({"shot_detector": "transnetv2"}, ("centerface", "transnetv2")),
    ],
)
def test_only_models_that_are_used_are_needed(params: dict[str, Any], models: tuple[str, ...]) -> None:
    assert Detect.models(DetectParams(**params)) == models
